import { describe, expect, it } from 'vitest';
import { expectWhole, receiveAll } from '../../../test/flood/lib/gates.ts';
import {
  clientHello,
  described,
  fragment,
  helloDatagram,
  helloPieces,
  longHello,
  peerOf,
} from '../../../test/flood/lib/hellos.ts';
import { memoryAfter } from '../../../test/flood/lib/memory.ts';
import { EMPTY } from '../../bytes/bytes.ts';
import { type ClientHello, writeClientHello } from '../../wire/messages/client-hello.ts';
import { HelloGate } from './gate.ts';

const PEER = peerOf(1);
/** More than a gate keeps pieces of. */
const CROWD = 1000;

const lengthOf = (hello: ClientHello): number => writeClientHello(hello).length;

describe('HelloGate.receive() of fragments that are of no use', () => {
  it('without content: refused, and they take no room from those that wait (S6)', () => {
    const gate = new HelloGate();
    const hello = clientHello();
    const [first = EMPTY, second = EMPTY] = helloPieces(hello, [40]);
    gate.receive(first, PEER, 0);
    for (let i = 0; i < CROWD; i++) {
      const empty = fragment(100, i % 101, EMPTY);
      expect(described(gate.receive(empty, peerOf(2 + i), 0))).toBe('discard, malformed_hello');
    }
    for (const offset of [0, 40, 100]) gate.receive(fragment(lengthOf(hello), offset, EMPTY), PEER, 0);
    expect(described(gate.receive(second, PEER, 0))).toBe('reply');
  });

  it('a message of no bytes: malformed_hello', () => {
    expect(receiveAll(new HelloGate(), [fragment(0, 0, EMPTY)])).toEqual(['discard, malformed_hello']);
  });

  it('one that reaches beyond its message: refused', () => {
    const gate = new HelloGate();
    const beyond = [
      fragment(50, 40, new Uint8Array(11)),
      fragment(50, 51, EMPTY),
      fragment(2, 0, new Uint8Array(3)),
    ];
    for (const result of receiveAll(gate, beyond)) expect(result).toMatch(/^discard, /);
  });

  it('whole pieces that make no hello: malformed_hello, and the place is free again', () => {
    const gate = new HelloGate();
    const rubbish = [fragment(60, 0, new Uint8Array(30)), fragment(60, 30, new Uint8Array(30))];
    expect(receiveAll(gate, rubbish)).toEqual(['waiting', 'discard, malformed_hello']);
    expectWhole(gate, clientHello(), helloPieces(clientHello(), [40]));
  });

  it('of a hello over 4 KiB: hello_too_long; in one datagram it is taken', () => {
    const padded = (length: number): ClientHello => {
      const hello = clientHello();
      const padding =
        length - lengthOf({ ...hello, extensions: new Map([...hello.extensions, [21, EMPTY]]) });
      return { ...hello, extensions: new Map([...hello.extensions, [21, new Uint8Array(padding)]]) };
    };
    const gate = new HelloGate();
    expectWhole(gate, padded(4096), helloPieces(padded(4096), [2000]));
    const results = receiveAll(gate, helloPieces(padded(4097), [2000]));
    expect(results).toEqual(['discard, hello_too_long', 'discard, hello_too_long']);
    expect(described(gate.receive(helloDatagram(padded(4097)), PEER, 0))).toBe('reply');
  });

  it.each([4097, 16_384, 2 ** 24 - 1])(
    'one that claims a message of %i bytes takes no memory for it',
    (length) => {
      const gate = new HelloGate();
      const claims = (): void => {
        for (let i = 0; i < CROWD; i++) gate.receive(fragment(length, 0, Uint8Array.of(1)), peerOf(i), 0);
      };
      const before = memoryAfter(claims);
      expect(memoryAfter(claims) - before).toBeLessThan(1_000_000);
      expect(gate.stats.discards).toEqual({ hello_too_long: 2 * CROWD });
    },
  );

  it('more pieces of one hello than are kept: bounded work, and the hello in one datagram gets through', () => {
    const gate = new HelloGate();
    const hello = longHello();
    const body = writeClientHello(hello);
    for (let at = 0; at < body.length; at += 2) {
      gate.receive(fragment(body.length, at, body.subarray(at, at + 1)), PEER, 0);
    }
    expect(gate.stats.replies).toBe(0);
    expect(described(gate.receive(helloDatagram(hello), PEER, 0))).toBe('reply');
  });
});

describe('more peers in fragments than a gate keeps (S6)', () => {
  const [first = EMPTY, second = EMPTY] = helloPieces(longHello(), [700]);

  it('the oldest make room: memory is flat, each is counted', () => {
    const gate = new HelloGate();
    const flood = (from: number, to: number): void => {
      for (let i = from; i < to; i++) gate.receive(first, peerOf(i), 0);
    };
    const before = memoryAfter(() => flood(0, 10_000));
    const after = memoryAfter(() => flood(10_000, 60_000));
    expect(after - before).toBeLessThan(1_000_000);
    const { received, replies, discards } = gate.stats;
    expect([received, replies]).toEqual([60_000, 0]);
    // All but those that wait still.
    expect(60_000 - (discards.fragment_limit ?? 0)).toBeLessThan(CROWD);
  });

  it('a hello whose pieces come one behind the other gets through, and one in one datagram as well', () => {
    const gate = new HelloGate();
    for (let i = 0; i < CROWD; i++) gate.receive(first, peerOf(i), 0);
    expectWhole(gate, longHello(), [first, second], peerOf(CROWD));
    for (let i = 0; i < CROWD; i++) gate.receive(first, peerOf(CROWD + i), 0);
    expect(described(gate.receive(helloDatagram(clientHello()), peerOf(3 * CROWD), 0))).toBe('reply');
  });

  it('one peer alone, with ever new messages, takes one place', () => {
    const gate = new HelloGate();
    const [own = EMPTY, rest = EMPTY] = helloPieces(clientHello(), [40]);
    gate.receive(own, PEER, 0);
    for (let i = 0; i < CROWD; i++) gate.receive(fragment(90, 0, Uint8Array.of(1), i % 256), peerOf(2), 0);
    expect(described(gate.receive(rest, PEER, 0))).toBe('reply');
  });

  it('who had to make room starts afresh: no piece of before is joined with a new one', () => {
    const gate = new HelloGate();
    const [own = EMPTY, rest = EMPTY] = helloPieces(clientHello(), [40]);
    gate.receive(own, PEER, 0);
    for (let i = 0; i < CROWD; i++) gate.receive(first, peerOf(2 + i), 0);
    expect(receiveAll(gate, [rest])).toEqual(['waiting']);
    expect(receiveAll(gate, [own])).toEqual(['reply']);
  });
});
