import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked } from '../../test/lib/expect.ts';
import { seeded } from '../../test/lib/lossy.ts';
import type { Pair, Path } from '../../test/lib/pair.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { sealerOf } from '../../test/lib/sealer.ts';
import { AEAD } from '../registry/algorithms.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { writeHandshakeMessage } from '../wire/handshake.ts';

afterEach(() => void vi.restoreAllMocks());

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

/** A handshake stopped once this many datagrams have arrived. */
function stoppedAfter(count: number): Pair {
  let seen = 0;
  return makePair({ trace: true }, { cookieExchange: true }, (datagram) =>
    seen++ < count ? [datagram] : [],
  ).start();
}

/** Bytes that look like records of ours, more or less. */
const nearlyRecords = fc
  .array(
    fc.record({
      type: fc.oneof(fc.constantFrom(20, 21, 22, 23), fc.nat(255)),
      epoch: fc.constantFrom(0, 0, 0, 1, 2, 0xffff),
      sequenceNumber: fc.constantFrom(0, 1, 5, 2 ** 48 - 1),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc
          .record({
            type: fc.oneof(fc.constantFrom(...Object.values(HandshakeType)), fc.nat(255)),
            messageSeq: fc.nat(9),
            body: fc.uint8Array({ maxLength: 80 }),
          })
          .map(writeHandshakeMessage),
      ),
    }),
    { maxLength: 4 },
  )
  .map((records) =>
    Buffer.concat(
      records.map(({ type, epoch, sequenceNumber, body }) => {
        const record = plaintextRecord(type, body, sequenceNumber);
        record[3] = epoch >> 8;
        record[4] = epoch;
        return record;
      }),
    ),
  );

describe('no datagram can make receive() throw (S27)', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('after %i datagrams of a handshake', (count) => {
    const datagrams = fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), nearlyRecords), { maxLength: 6 });
    fc.assert(
      fc.property(datagrams, (list) => {
        const pair = stoppedAfter(count);
        for (const side of SIDES) {
          if (pair[side].state === 'new') continue;
          for (const datagram of list) {
            pair[side].receive(datagram, 10);
            while (pair[side].poll() !== undefined);
          }
          if (pair[side].state !== 'connected') expectLocked(pair, side);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('random bytes flipped in flight: neither side throws, and keys agree or there are none', () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = seeded(seed);
      const path: Path = (datagram) => {
        const copy = new Uint8Array(datagram);
        if (random() < 0.4) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
        return [copy];
      };
      const pair = makePair({ handshakeTimeout: 5000 }, { handshakeTimeout: 5000 }, path).run();
      if (pair.client.state === 'connected' && pair.server.state === 'connected') {
        expect(pair.client.srtpKeys().local).toEqual(pair.server.srtpKeys().remote);
      }
    }
  });

  it.each(SIDES)('its own datagrams sent back make no handshake of the %s with itself', (side) => {
    const pair = makePair();
    pair[side].start(0);
    if (side === 'server') {
      pair.client.start(0);
      const hello = pair.client.poll();
      if (hello?.type === 'datagram') pair.server.receive(hello.datagram, 0);
    }
    for (let i = 0; i < 10; i++) {
      const output = pair[side].poll();
      if (output?.type === 'datagram') pair[side].receive(output.datagram, 0);
    }
    expectLocked(pair, side);
  });
});

describe('a ClientHello from anyone, before one is accepted (S1)', () => {
  it.each<[string, Uint8Array]>([
    [
      'a fragment of a ClientHello',
      plaintextRecord(22, Uint8Array.of(1, 0, 0, 90, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9)),
    ],
    [
      'a fragment with a far number',
      plaintextRecord(22, Uint8Array.of(1, 0, 0, 90, 0x7f, 0, 0, 0, 0, 0, 0, 2, 9, 9)),
    ],
    ['one too large', plaintextRecord(22, Uint8Array.of(1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9))],
    [
      'a ServerHello',
      plaintextRecord(22, writeHandshakeMessage({ type: 2, messageSeq: 0, body: new Uint8Array(40) })),
    ],
    [
      'a Finished',
      plaintextRecord(22, writeHandshakeMessage({ type: 20, messageSeq: 0, body: new Uint8Array(12) })),
    ],
  ])('%s does not stand in the way of the true one', (_, datagram) => {
    for (const mtu of [256, 1200]) {
      const pair = makePair({ mtu, alpnProtocols: ['a'.repeat(200)] }, { cookieExchange: true });
      let first = true;
      pair.path = (own, from) => {
        const strangers = first && from === 'client' ? [datagram, datagram] : [];
        first = false;
        return [...strangers, own];
      };
      expectConnected(pair.run());
    }
  });

  it('a malformed one gets no alert where a cookie is wanted: from whom it came is not known', () => {
    const pair = makePair({}, { cookieExchange: true });
    pair.server.start(0);
    pair.server.receive(
      plaintextRecord(22, writeHandshakeMessage({ type: 1, messageSeq: 0, body: new Uint8Array(5) })),
      0,
    );
    expect(pair.server.poll()).toBeUndefined();
    expect(pair.server.nextTimeout).toBeUndefined();
    pair.client.start(0);
    expectConnected(pair.settle());
  });

  it('with a wrong cookie it is asked again, and the server holds nothing of it (S2)', () => {
    const pair = makePair({}, { cookieExchange: true });
    pair.server.start(0);
    pair.client.start(0);
    const hello = pair.client.poll();
    if (hello?.type !== 'datagram') throw new Error('no hello');
    for (let i = 0; i < 100; i++) {
      pair.server.receive(hello.datagram, i);
      const reply = pair.server.poll();
      if (reply?.type !== 'datagram') throw new Error('no HelloVerifyRequest');
      expect(reply.datagram.length).toBeLessThanOrEqual(hello.datagram.length);
      expect(pair.server.poll()).toBeUndefined();
      expect([pair.server.state, pair.server.nextTimeout]).toEqual(['connecting', undefined]);
    }
  });
});

describe('a cookie that is not ours (S2)', () => {
  /** A client that has been asked for a cookie, and what it then sends. */
  function asked(): { pair: Pair; hello: Uint8Array; cookieAt: number } {
    const pair = makePair({}, { cookieExchange: true });
    pair.server.start(0);
    pair.client.start(0);
    const hellos: Uint8Array[] = [];
    for (let i = 0; i < 2; i++) {
      const output = pair.client.poll();
      if (output?.type !== 'datagram') throw new Error('no hello');
      hellos.push(new Uint8Array(output.datagram));
      if (i === 1) break;
      pair.server.receive(output.datagram, 0);
      const request = pair.server.poll();
      if (request?.type === 'datagram') pair.client.receive(request.datagram, 0);
    }
    const hello = hellos[1] ?? new Uint8Array(0);
    // Behind both headers, version, random and the empty session ID.
    const cookieAt = 13 + 12 + 2 + 32 + 1;
    expect(hello[cookieAt]).toBe(32);
    return { pair, hello, cookieAt };
  }

  it.each<[string, (cookie: Uint8Array) => void]>([
    ['is of zeros', (cookie) => cookie.fill(0)],
    ['has its first bit changed', (cookie) => cookie.set([(cookie[0] ?? 0) ^ 0x80])],
    ['has its last bit changed', (cookie) => cookie.set([(cookie[31] ?? 0) ^ 1], 31)],
    ['is of another server', (cookie) => cookie.set(asked().hello.subarray(61, 93))],
  ])('one that %s is as good as none', (_, spoil) => {
    const { pair, hello, cookieAt } = asked();
    const spoilt = new Uint8Array(hello);
    spoil(spoilt.subarray(cookieAt + 1, cookieAt + 33));
    pair.server.receive(spoilt, 0);
    const reply = pair.server.poll();
    if (reply?.type !== 'datagram') throw new Error('no HelloVerifyRequest');
    expect(reply.datagram[13]).toBe(HandshakeType.hello_verify_request);
    expect([pair.server.poll(), pair.server.nextTimeout]).toEqual([undefined, undefined]);
    pair.server.receive(hello, 0);
    expect(pair.server.nextTimeout).toBeDefined();
  });
});

describe('records without protection during a handshake', () => {
  it.each<[string, Uint8Array]>([
    ['application data', plaintextRecord(ContentType.application_data, Uint8Array.of(1))],
    ['an unknown content type', plaintextRecord(24, Uint8Array.of(1))],
    ['a ChangeCipherSpec that is none', plaintextRecord(ContentType.change_cipher_spec, Uint8Array.of(2))],
    ['an empty handshake record', plaintextRecord(ContentType.handshake, new Uint8Array(0))],
    ['half a handshake header', plaintextRecord(ContentType.handshake, new Uint8Array(11))],
  ])('%s: dropped, and never given to the application', (_, record) => {
    const pair = makePair({}, {}, (datagram) => [record, datagram, record]).run();
    expectConnected(pair);
    for (const side of SIDES) {
      const { unexpected_content_type = 0, malformed_fragment = 0 } = pair[side].stats.discards;
      expect(unexpected_content_type + malformed_fragment).toBeGreaterThan(0);
      expect(pair.of(side, 'message')).toEqual([]);
    }
  });
});

describe('fragments of the server’s Finished (S7)', () => {
  /** A client that waits for the Finished, and the datagram that brings it. */
  function waiting(): { pair: Pair; finished: Uint8Array } {
    let last = new Uint8Array(0);
    const pair = makePair({ keylog: true, mtu: 16_000 }, { mtu: 16_000 });
    pair.path = (datagram, from) => {
      if (from !== 'server' || pair.server.state !== 'connected') return [datagram];
      last = new Uint8Array(datagram);
      return [];
    };
    pair.start();
    return { pair, finished: last };
  }
  const FINISHED_SEQ = 5;
  /** The first byte of a message of 12 bytes. */
  const piece = (type: number, byte: number): Uint8Array =>
    Uint8Array.of(type, 0, 0, 12, 0, FINISHED_SEQ, 0, 0, 0, 0, 0, 1, byte);

  it('that contradict each other under keys are fatal: nobody else can have sent them', () => {
    const { pair } = waiting();
    const seal = sealerOf(pair, 'server');
    for (const byte of [1, 2]) {
      pair.client.receive(seal(ContentType.handshake, piece(HandshakeType.finished, byte)), 0);
    }
    expect(pair.client.error).toMatchObject({
      code: 'ERR_DTLS_ILLEGAL_PARAMETER',
      alert: 'illegal_parameter',
    });
    expectLocked(pair, 'client');
  });

  it('forged without keys under its own type are dropped', () => {
    const { pair, finished } = waiting();
    pair.client.receive(plaintextRecord(ContentType.handshake, piece(HandshakeType.finished, 1)), 0);
    pair.client.receive(finished, 0);
    expectConnected(pair.settle());
  });

  // The forged piece holds the place of the true message, whose coming then is a conflict under keys, and fatal.
  it('forged without keys under another type do not harm the true one (S10)', () => {
    const { pair, finished } = waiting();
    pair.client.receive(plaintextRecord(ContentType.handshake, piece(HandshakeType.certificate, 1)), 0);
    pair.client.receive(finished, 0);
    expectConnected(pair.settle());
  });
});

describe('the limits of a key (S13)', () => {
  /** A pair whose keys may seal, or fail to open, so few records. */
  function limited(limits: { sealLimit?: number; openLimit?: number }): Pair {
    const known = AEAD['aes-128-gcm'];
    const table = AEAD as Record<string, typeof known>;
    table['aes-128-gcm'] = { ...known, ...limits };
    try {
      const pair = makePair({ keylog: true, mtu: 16_000 }, { mtu: 16_000 }).run();
      expectConnected(pair);
      return pair;
    } finally {
      table['aes-128-gcm'] = known;
    }
  }

  it('sealed as many as is safe: the connection ends, the peer is told, nothing is sealed twice', () => {
    const pair = limited({ sealLimit: 20 });
    const send = (): void => pair.client.send(Uint8Array.of(1), 0);
    for (let i = 0; i < 3; i++) send(); // the Finished was the first of four
    send(); // ends it; the caller is told by `closed`
    expect(pair.client.state).toBe('failed');
    pair.settle();
    expect(send).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    expect(pair.client.error).toMatchObject({ code: 'ERR_DTLS_LIMIT_EXCEEDED', alert: 'internal_error' });
    expect(pair.server.error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert: 'internal_error' });
    expect(pair.of('server', 'message')).toHaveLength(3);
  });

  it.each(SIDES)('forged as many as is safe: the %s ends the connection', (side) => {
    const pair = limited({ openLimit: 3 });
    const forged = sealerOf(pair, other(side))(ContentType.application_data, new Uint8Array(4));
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    for (let i = 0; i < 2; i++) pair[side].receive(forged, 0);
    expect(pair[side].state).toBe('connected');
    pair[side].receive(forged, 0);
    expect(pair.settle()[side].error?.code).toBe('ERR_DTLS_LIMIT_EXCEEDED');
  });

  // The 37th repetition finds no number left, and the alert that tells of it neither.
  it('a peer that repeats its Finished for ever cannot make receive() throw', () => {
    const pair = limited({ sealLimit: 20 });
    const seal = sealerOf(pair, 'client');
    const finished = writeHandshakeMessage({
      type: HandshakeType.finished,
      messageSeq: 4,
      body: new Uint8Array(12),
    });
    for (let i = 0; i < 60; i++) {
      expect(() => pair.server.receive(seal(ContentType.handshake, finished), 0)).not.toThrow();
      while (pair.server.poll() !== undefined);
    }
    expect(pair.server.error?.code).toBe('ERR_DTLS_LIMIT_EXCEEDED');
  });
});
