import { afterEach, describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/bytes.ts';
import { fixedRandom } from './lib/entropy.ts';
import { heldBytes } from './lib/memory.ts';
import { noise, Random } from './lib/random.ts';
import { recordings } from './lib/recordings.ts';
import { optionsOf, type Side, setupOf } from './lib/setups.ts';
import { WatchedEnd } from './lib/watched.ts';

/**
 * What one connection may hold on to of what it is sent, in bytes: 128 KiB of unfinished messages, 8 KiB of records that
 * came before their keys, what it keeps of messages that were right, and some for itself.
 */
const MOST_HELD = 250_000;

const kept: unknown[] = [];
afterEach(() => void kept.splice(0));

/** A record of epoch 0 with a fragment in it of a message that is said to be as long as can be. */
function fragment(
  type: number,
  messageSeq: number,
  length: number,
  offset: number,
  content: number,
): Uint8Array {
  const number = (value: number, size: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
  const body = concat(
    Uint8Array.of(type),
    number(length, 3),
    number(messageSeq, 2),
    number(offset, 3),
    number(content, 3),
    noise(content, offset),
  );
  return new Uint8Array(
    concat(Uint8Array.of(22, 0xfe, 0xfd, 0, 0), number(offset, 6), number(body.length, 2), body),
  );
}

/** What is kept because it may be wanted later: fragments of long messages, and records of the next epoch. */
function* hoard(count: number): Generator<Uint8Array> {
  const random = new Random(5);
  for (let i = 0; i < count; i++) {
    const type = random.pick([1, 2, 11, 12, 16]);
    const length = type === 1 ? 16_384 : 65_536;
    yield fragment(type, random.below(10), length, random.below(length - 500), 1 + random.below(500));
    yield new Uint8Array(
      concat(Uint8Array.of(22 + (i % 2), 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, i, 4, 0), noise(1024, i)),
    );
  }
}

const STAGES: readonly [name: string, side: Side, datagrams: number][] = [
  ['a client that has said hello', 'client', 0],
  ['a client in the midst of a handshake', 'client', 1],
  ['a client that is connected', 'client', 2],
  ['a server that listens', 'server', 0],
  ['a server in the midst of a handshake', 'server', 1],
  ['a server that is connected', 'server', 2],
];

describe('memory held for what anyone may send (S6)', () => {
  it.each(STAGES)(`%s: less than ${MOST_HELD} bytes`, (_, side, datagrams) => {
    const recording = recordings().find(({ name }) => name === `plain, ${side}`);
    const make = (): WatchedEnd => {
      const options = { ...optionsOf(setupOf('plain'), side), random: fixedRandom(side), keylog: false };
      const end = new WatchedEnd(side, options);
      end.start(1000);
      for (const bytes of recording?.inbound.slice(0, datagrams) ?? []) end.receive(bytes, 1000);
      end.takeOutgoing();
      return end;
    };
    const attack = (end: WatchedEnd): void => {
      for (const bytes of hoard(100)) end.receive(bytes, 1000);
      expect(end.ended).toBe(false);
    };
    for (let i = 0; i < 2; i++) attack(make()); // what is made once, and compiled, is not held for one connection
    const before = heldBytes();
    const ends = Array.from({ length: 6 }, make);
    kept.push(ends);
    for (const end of ends) attack(end);
    expect((heldBytes() - before) / ends.length).toBeLessThan(MOST_HELD);
  });
});
