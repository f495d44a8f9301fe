import type { Path } from './pair.ts';

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A path that loses, repeats and holds datagrams back, each with its own chance, the same for the same seed. */
export function lossyPath(
  seed: number,
  { loss = 0.3, repeat = 0.1, delay = 0.2 }: { loss?: number; repeat?: number; delay?: number } = {},
): Path {
  const random = seeded(seed);
  const held: Record<'client' | 'server', Uint8Array[]> = { client: [], server: [] };
  return (datagram, from) => {
    const late = held[from];
    held[from] = [];
    if (random() < loss) return late;
    if (random() < delay) {
      held[from] = [datagram];
      return late;
    }
    return random() < repeat ? [datagram, ...late, datagram] : [datagram, ...late];
  };
}

/** A path that loses the datagrams of these numbers, counted from 0 over both directions. */
export function losing(...numbers: readonly number[]): Path {
  let count = 0;
  return (datagram) => (numbers.includes(count++) ? [] : [datagram]);
}
