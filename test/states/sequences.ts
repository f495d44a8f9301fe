import { seeded } from '../lib/lossy.ts';
import type { Move } from './moves.ts';

export type Sequence = readonly Move[];

/** Sequences without those that come twice. Of equal `nameOf`, the first stays. */
export function distinct(
  sequences: Iterable<Sequence>,
  nameOf: (sequence: Sequence) => string = (sequence) => sequence.join(),
): Sequence[] {
  const named = new Map<string, Sequence>();
  for (const sequence of sequences) {
    const name = nameOf(sequence);
    if (!named.has(name)) named.set(name, sequence);
  }
  return [...named.values()];
}

/** Every way of picking some of these, or none, and putting them in some order. */
export function arrangements(moves: Sequence): Sequence[] {
  return [
    [],
    ...moves.flatMap((move, i) =>
      arrangements([...moves.slice(0, i), ...moves.slice(i + 1)]).map((rest) => [move, ...rest]),
    ),
  ];
}

/** Every order of all of these. */
export function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    orders([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

/** Every way of leaving one out. */
export function omissions(moves: Sequence): Sequence[] {
  return moves.map((_, i) => [...moves.slice(0, i), ...moves.slice(i + 1)]);
}

/** Every way of putting one of `alphabet` in, anywhere. */
export function insertions(moves: Sequence, alphabet: Sequence): Sequence[] {
  return Array.from({ length: moves.length + 1 }, (_, at) =>
    alphabet.map((move) => [...moves.slice(0, at), move, ...moves.slice(at)]),
  ).flat();
}

/** Every way of sending one of them once more, anywhere. */
export function repetitions(moves: Sequence): Sequence[] {
  return insertions(moves, [...new Set(moves)]);
}

/** Every way of putting one of `alphabet` in the place of one of them. */
export function replacements(moves: Sequence, alphabet: Sequence): Sequence[] {
  return moves.flatMap((_, at) =>
    alphabet.map((move) => [...moves.slice(0, at), move, ...moves.slice(at + 1)]),
  );
}

/** Every way of changing the places of two. */
export function swaps(moves: Sequence): Sequence[] {
  return moves.flatMap((first, i) =>
    moves
      .slice(i + 1)
      .map((second, j) => moves.map((move, k) => (k === i ? second : k === i + 1 + j ? first : move))),
  );
}

/** Every single change of all these kinds. */
export function singleChanges(moves: Sequence, alphabet: Sequence): Sequence[] {
  return [
    ...omissions(moves),
    ...insertions(moves, alphabet),
    ...replacements(moves, alphabet),
    ...swaps(moves),
  ];
}

/**
 * Sequences at random, the same for the same seed, up to twice as long as `legal`. Two of three moves are those that
 * would come next, for one that is nothing but random gets nowhere.
 */
export function* randomWalks(
  seed: number,
  count: number,
  legal: Sequence,
  alphabet: Sequence,
): Iterable<Sequence> {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let i = 0; i < count; i++) {
    const length = 1 + below(2 * legal.length);
    const moves: Move[] = [];
    for (let next = 0; moves.length < length; ) {
      const legally = random() < 2 / 3 ? legal[next] : undefined;
      const move = legally ?? alphabet[below(alphabet.length)];
      if (legally !== undefined) next++;
      if (move !== undefined) moves.push(move);
    }
    yield moves;
  }
}
