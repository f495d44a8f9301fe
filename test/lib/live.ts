import { expect } from 'vitest';
import { type EndOptions, makePair } from './ends.ts';
import { expectConnected } from './expect.ts';
import type { Pair } from './pair.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

/** A pair whose keys `sealerOf` can have. */
export function connected(options: EndOptions = {}): Pair {
  const pair = makePair({ keylog: true, mtu: 16_000, ...options }, { mtu: 16_000, ...options }).run();
  expectConnected(pair);
  return pair;
}

/** Something sealed by `from` with its true keys, brought to the other side. */
export function bring(pair: Pair, from: Side, ...records: readonly Uint8Array[]): void {
  for (const record of records) pair[other(from)].receive(record, pair.now);
  pair.settle();
}

/** The messages that a side has got, as text. */
export const messages = (pair: Pair, side: Side): string[] =>
  pair.of(side, 'message').map(({ data }) => Buffer.from(data).toString());

/** Both sides still hear each other. */
export function expectAlive(pair: Pair): void {
  for (const side of SIDES) {
    const text = `still here ${messages(pair, other(side)).length}`;
    pair[side].send(Buffer.from(text), pair.now);
    pair.settle();
    expect(messages(pair, other(side)).at(-1)).toBe(text);
  }
  expect([pair.client.state, pair.server.state]).toEqual(['connected', 'connected']);
}
