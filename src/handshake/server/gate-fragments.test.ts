import fc from 'fast-check';
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
  randomOf,
  replyOf,
} from '../../../test/flood/lib/hellos.ts';
import { EMPTY } from '../../bytes/bytes.ts';
import { type ClientHello, writeClientHello } from '../../wire/messages/client-hello.ts';
import { HelloGate } from './gate.ts';
import type { PeerAddress } from './peer-address.ts';

const PEER = peerOf(1);

const lengthOf = (hello: ClientHello): number => writeClientHello(hello).length;

describe('HelloGate.receive() of a hello in fragments', () => {
  const hello = clientHello();

  it('cut in two at every offset, in both orders', () => {
    const gate = new HelloGate();
    for (let cut = 1; cut < lengthOf(hello); cut++) {
      const [first = EMPTY, second = EMPTY] = helloPieces(hello, [cut]);
      expectWhole(gate, hello, [first, second]);
      expectWhole(gate, hello, [second, first]);
    }
  });

  it('cut in three, in every order, each piece twice', () => {
    const gate = new HelloGate();
    const [a = EMPTY, b = EMPTY, c = EMPTY] = helloPieces(hello, [20, 60]);
    for (const order of [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ]) {
      const [x = EMPTY, y = EMPTY, z = EMPTY] = order;
      expectWhole(gate, hello, [x, x, y, x, y, z]);
    }
  });

  it('cut otherwise when it is repeated', () => {
    const [first = EMPTY] = helloPieces(hello, [50]);
    const [, , rest = EMPTY] = helloPieces(hello, [10, 30]);
    expectWhole(new HelloGate(), hello, [first, rest]);
  });

  it('in as many pieces as a hello with a post-quantum key share takes at the smallest MTU, in any order', () => {
    const long = longHello();
    const cuts = Array.from({ length: Math.floor(lengthOf(long) / 200) }, (_, i) => 200 * (i + 1));
    fc.assert(
      fc.property(fc.shuffledSubarray(helloPieces(long, cuts), { minLength: cuts.length + 1 }), (pieces) =>
        expectWhole(new HelloGate(), long, pieces),
      ),
      { numRuns: 50 },
    );
  });

  it('the reply has the numbers of the piece that completed it (RFC 6347 §4.2.1)', () => {
    const gate = new HelloGate();
    const [first = EMPTY, second = EMPTY] = helloPieces(hello, [40], { messageSeq: 1, sequenceNumber: 8 });
    gate.receive(first, PEER, 0);
    const { record, fragment } = replyOf(gate.receive(second, PEER, 0));
    expect([record.sequenceNumber, fragment.messageSeq]).toEqual([9, 1]);
  });

  it('with a good cookie it is admitted', () => {
    const gate = new HelloGate();
    const { cookie } = replyOf(gate.receive(helloDatagram(hello), PEER, 0));
    for (let cut = 1; cut < lengthOf({ ...hello, cookie }); cut += 7) {
      expect(receiveAll(gate, helloPieces({ ...hello, cookie }, [cut]))).toEqual(['waiting', 'admission']);
    }
  });

  it('keeps nothing of the datagram that a fragment came in', () => {
    const gate = new HelloGate();
    const [first = EMPTY, second = EMPTY] = helloPieces(hello, [40]);
    const borrowed = Uint8Array.from(first);
    gate.receive(borrowed, PEER, 0);
    borrowed.fill(0);
    const { cookie } = replyOf(gate.receive(second, PEER, 0));
    expect(described(gate.receive(helloDatagram({ ...hello, cookie }), PEER, 0))).toBe('admission');
  });
});

describe('HelloGate.receive() of fragments of several hellos', () => {
  it('of many peers, interleaved', () => {
    const gate = new HelloGate();
    const peers = Array.from({ length: 100 }, (_, i) => {
      const hello = longHello({ random: randomOf(i) });
      return { peer: peerOf(i), hello, pieces: helloPieces(hello, [500, 1000]) };
    });
    for (const n of [2, 0]) {
      for (const { peer, pieces } of peers) {
        expect(described(gate.receive(pieces[n] ?? EMPTY, peer, 0))).toBe('waiting');
      }
    }
    for (const { peer, hello, pieces } of peers) expectWhole(gate, hello, pieces.slice(1, 2), peer);
  });

  it.each<[string, PeerAddress]>([
    ['address', { ...PEER, address: '10.0.0.2' }],
    ['port', { ...PEER, port: 5001 }],
  ])('pieces from another %s are never joined with them', (_, other) => {
    const gate = new HelloGate();
    const [first = EMPTY, second = EMPTY] = helloPieces(clientHello(), [40]);
    expect(receiveAll(gate, [first], PEER)).toEqual(['waiting']);
    expect(receiveAll(gate, [second], other)).toEqual(['waiting']);
  });

  it.each<[string, readonly Uint8Array[]]>([
    ['message', [fragment(90, 0, new Uint8Array(45), 0), fragment(90, 45, new Uint8Array(45), 1)]],
    ['length', [fragment(90, 0, new Uint8Array(45)), fragment(91, 45, new Uint8Array(46))]],
  ])('pieces of another %s are never joined with them', (_, datagrams) => {
    const gate = new HelloGate();
    for (const datagram of datagrams) {
      expect(described(gate.receive(datagram, PEER, 0))).toMatch(/^(waiting|discard, conflicting_fragment)$/);
    }
    expect(gate.stats).toMatchObject({ replies: 0, discards: {} });
  });

  it('pieces that differ where they overlap are never joined (S7)', () => {
    const gate = new HelloGate();
    const [one, other] = [clientHello(), clientHello({ random: randomOf(2) })];
    const [, tail = EMPTY] = helloPieces(one, [4]);
    const [head = EMPTY] = helloPieces(other, [38]);
    receiveAll(gate, [tail, head]);
    expect(gate.stats).toMatchObject({ replies: 0, discards: { conflicting_fragment: 1 } });
  });

  it('a forged piece is outlived by the next repeat of the true hello', () => {
    const hello = clientHello();
    const gate = new HelloGate();
    for (let byte = 0; byte < 256; byte++) {
      const forged = fragment(lengthOf(hello), 30, new Uint8Array(20).fill(byte));
      gate.receive(forged, PEER, 0);
      const [first = EMPTY, second = EMPTY] = helloPieces(hello, [40]);
      const results = receiveAll(gate, [first, second, first, second]);
      expect(results).toContain('reply');
      receiveAll(gate, [second]);
    }
  });

  it('any pieces of two hellos: of those that disagree the newer count, and nothing else is joined (S7)', () => {
    const secret = new Uint8Array(32);
    const bodies = [randomOf(1), randomOf(1).map((byte) => byte ^ 255)].map((random) =>
      writeClientHello(clientHello({ random })),
    );
    const [{ length } = EMPTY] = bodies;
    const cuts = [0, 10, 40, 70, length];
    const piece = fc.record({ which: fc.nat(9), ends: fc.subarray(cuts, { minLength: 2, maxLength: 2 }) });
    let replies = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 5, maxLength: 15 }), (list) => {
        const gate = new HelloGate({ secret });
        let joined = new Map<number, number>();
        for (const { which, ends } of list) {
          const [start = 0, end] = ends;
          const body = (bodies[which === 0 ? 1 : 0] ?? EMPTY).subarray(start, end);
          const bytes = [...body].map((byte, i): [number, number] => [start + i, byte]);
          const result = gate.receive(fragment(length, start, body), PEER, 0);
          if (body.length === length) {
            expect(result.type).toBe('reply'); // and what waits goes on waiting
            continue;
          }
          if (bytes.some(([at, byte]) => (joined.get(at) ?? byte) !== byte)) joined = new Map();
          for (const [at, byte] of bytes) joined.set(at, byte);
          expect(result.type).toBe(joined.size < length ? 'waiting' : 'reply');
          if (joined.size < length) continue;
          replies++;
          const message = Uint8Array.from({ length }, (_, at) => joined.get(at) ?? 0);
          const twin = new HelloGate({ secret }).receive(fragment(length, 0, message), PEER, 0);
          expect(replyOf(result).cookie).toEqual(replyOf(twin).cookie);
          joined = new Map();
        }
      }),
      { numRuns: 300 },
    );
    expect(replies).toBeGreaterThan(30);
  });
});
