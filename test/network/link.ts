import { seeded } from '../lib/lossy.ts';

/** What befalls datagrams on their way in one direction. Chances are from 0 to 1, times in ms, sizes in bytes. */
export interface LinkConditions {
  /** Chance that a datagram vanishes. */
  readonly loss: number;
  /** Chance that one that does not vanish comes twice. The second goes its own way. */
  readonly duplication: number;
  /** What every datagram takes at least. */
  readonly delay: number;
  /** Chance that a datagram is held back, so that those sent behind it may come before it. */
  readonly reordering: number;
  /** By how much at most it is held back. */
  readonly jitter: number;
  /** The largest payload of UDP that fits. What is larger vanishes, and nobody is told. */
  readonly pathMtu: number;
}

export const FAULTLESS: LinkConditions = {
  loss: 0,
  duplication: 0,
  delay: 0,
  reordering: 0,
  jitter: 0,
  pathMtu: 65_535,
};

/** What became of a datagram: how long each copy of it takes, or why none arrives. */
export type Fate =
  | {
      readonly type: 'arrives';
      readonly delays: readonly number[];
      /** How many of the copies were held back. */
      readonly heldBack: number;
    }
  | { readonly type: 'lost' }
  | { readonly type: 'too_large' };

/**
 * One direction between two hosts. The fate of the nth datagram is decided by the seed and by n: it does not depend on
 * what goes on elsewhere, nor on the conditions that those before it met.
 */
export class Link {
  conditions: LinkConditions;
  readonly #random: () => number;

  constructor(seed: number, conditions: LinkConditions) {
    this.#random = seeded(seed);
    this.conditions = conditions;
  }

  carry(length: number): Fate {
    const { loss, duplication, delay, reordering, jitter, pathMtu } = this.conditions;
    const random = this.#random;
    // Always the same number of draws.
    const [lot, secondLot, ...held] = [random(), random(), random(), random(), random(), random()];
    const [isHeld, by, isSecondHeld, secondBy] = held;
    if (length > pathMtu) return { type: 'too_large' };
    if (lot < loss) return { type: 'lost' };
    const wait = (chance: number, share: number): number => (chance < reordering ? share * jitter : 0);
    const waits = [wait(isHeld, by)];
    if (secondLot < duplication) waits.push(wait(isSecondHeld, secondBy));
    return {
      type: 'arrives',
      delays: waits.map((ms) => delay + ms),
      heldBack: waits.filter((ms) => ms > 0).length,
    };
  }
}

/** A seed for each thing that has a name, all from one. */
export function seedOf(seed: number, name: string): number {
  let hash = (seed ^ 0x811c9dc5) | 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
}
