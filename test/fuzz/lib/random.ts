import { seeded } from '../../lib/lossy.ts';

/** Choices that are the same for the same seed. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** A number of 32 bits, small more often than not: most places and counts are. */
  number(): number {
    const size = this.#next();
    if (size < 0.5) return this.below(16);
    return size < 0.8 ? this.below(256) : this.below(2 ** 32);
  }
}

/** `length` bytes that look random, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const next = seeded(seed);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}
