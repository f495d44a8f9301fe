import { describe, expect, it } from 'vitest';
import { memoryAfter } from '../../test/flood/lib/memory.ts';
import { certificateOf, type EndOptions, makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked } from '../../test/lib/expect.ts';
import { losing } from '../../test/lib/lossy.ts';
import { Pair } from '../../test/lib/pair.ts';
import { fragmentsOf, plaintextRecord, recordsOf } from '../../test/lib/records.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { writeHandshakeMessage } from '../wire/handshake.ts';

type Side = 'client' | 'server';

/** Datagrams in both directions of a handshake in which none is lost. */
function datagramsOf(client: EndOptions, server: EndOptions): number {
  return makePair(client, server).run().sent.length;
}

const SHAPES: readonly (readonly [string, EndOptions, EndOptions])[] = [
  ['whole flights', {}, {}],
  ['a cookie', {}, { cookieExchange: true }],
  ['fragments', { mtu: 300 }, { mtu: 300, cookieExchange: true }],
  [
    'large certificates',
    { mtu: 500, certificate: certificateOf('rsa', 'client') },
    { mtu: 500, certificate: certificateOf('rsa', 'server') },
  ],
];

/** Connected, on both sides: the server's last flight may still be on its way when it is done itself. */
function finish(pair: Pair): Pair {
  for (let i = 0; i < 100 && pair.client.state === 'connecting'; i++) if (!pair.tick()) break;
  return pair;
}

describe.each(SHAPES)('loss, with %s', (_, client, server) => {
  const count = datagramsOf(client, server);

  it('of any one datagram: completes', () => {
    for (let lost = 0; lost < count; lost++) {
      const pair = finish(makePair(client, server, losing(lost)).run());
      expectConnected(pair);
      expect(pair.client.stats.retransmissions + pair.server.stats.retransmissions).toBeGreaterThan(0);
      expect([pair.client.nextTimeout, pair.server.nextTimeout]).toEqual([undefined, undefined]);
    }
  });
});

describe('a path that repeats', () => {
  it('everything twice: completes at once, without a timeout', () => {
    const pair = makePair({ mtu: 400 }, { mtu: 400 }, (datagram) => [datagram, datagram]).run();
    expectConnected(pair);
    expect([pair.now, pair.client.stats.timeouts, pair.server.stats.timeouts]).toEqual([0, 0, 0]);
  });
});

describe('retransmission', () => {
  /** When the side sent, in ms. */
  const times = (pair: Pair, side: Side): number[] => [
    ...new Set(pair.sent.filter(({ from }) => from === side).map(({ now }) => now)),
  ];

  it('waits 400 ms, doubled up to 3 s with SRTP; 1 s up to 60 s without', () => {
    for (const [options, expected] of [
      [{}, [0, 400, 1200, 2800, 5800, 8800, 11_800]],
      [{ srtpProfiles: [] }, [0, 1000, 3000, 7000, 15_000, 31_000]],
      [{ initialTimeout: 50, maximumTimeout: 100 }, [0, 50, 150, 250, 350]],
    ] as const) {
      const pair = makePair(options, {}, () => []).run();
      expect(times(pair, 'client').slice(0, expected.length)).toEqual(expected);
    }
  });

  it('the doubling shows in the traces', () => {
    const pair = makePair({ trace: true }, {}, () => []).run();
    const timeouts = pair
      .of('client', 'trace')
      .flatMap(({ event }) => (event.kind === 'timeout' ? [event.timeout] : []));
    expect(timeouts.slice(0, 4)).toEqual([800, 1600, 3000, 3000]);
    expect(pair.client.stats.timeouts).toBe(timeouts.length);
  });

  it('initialTimeout set anew counts from the next flight on', () => {
    const pair = makePair({ initialTimeout: 1000 }, {}, () => []);
    pair.client.initialTimeout = 10;
    pair.start();
    expect([pair.client.initialTimeout, pair.client.nextTimeout]).toEqual([10, 10]);
  });

  it('a round trip without loss sets the timeout of the next flight: 1.5 times as long', () => {
    const pair = makePair({}, { cookieExchange: true });
    let sawHello = false;
    pair.path = (datagram, from) => {
      if (from === 'server') {
        if (sawHello) return [];
        sawHello = true;
        pair.now += 200;
      }
      return [datagram];
    };
    pair.start();
    expect(pair.client.nextTimeout).toBe(200 + 300);
  });

  it('keeps messageSeq, and gives every record a new number (RFC 6347 §4.2.4)', () => {
    const pair = makePair({}, {}, () => []).run(5);
    const records = recordsOf(...pair.sent.map(({ datagram }) => datagram));
    const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual(numbers.map((_, i) => i));
    const seqs = records.flatMap(fragmentsOf).map(({ messageSeq }) => messageSeq);
    expect(new Set(seqs)).toEqual(new Set([0]));
    expect(seqs.length).toBeGreaterThan(3);
  });

  it('takes the MTU of the moment', () => {
    const pair = makePair(
      { mtu: 1200, alpnProtocols: ['a'.repeat(250), 'b'.repeat(250)] },
      {},
      () => [],
    ).start();
    expect(pair.sent).toHaveLength(1);
    pair.client.mtu = 300;
    pair.tick();
    const again = pair.sent.slice(1).map(({ datagram }) => datagram.length);
    expect(again.length).toBeGreaterThan(1);
    for (const length of again) expect(length).toBeLessThanOrEqual(300);
    pair.path = (datagram) => [datagram];
    expectConnected(tickUntilDone(pair));
  });

  it('part of the next flight does not stop the timer; all of it does', () => {
    let part = true;
    const pair = makePair({}, { mtu: 300 }, (datagram, from) => {
      const isPart = from === 'server' && part;
      if (from === 'server') part = false;
      return from === 'client' || isPart ? [datagram] : [];
    }).start();
    expect(pair.client.nextTimeout).toBe(400);
    pair.path = (datagram) => [datagram];
    expectConnected(tickUntilDone(pair));
    expect(pair.client.nextTimeout).toBeUndefined();
  });

  it('a client that repeats its whole hello gets the flight again, but not more often than half the timeout', () => {
    const pair = makePair().start();
    const hello = pair.sent[0]?.datagram ?? new Uint8Array(0);
    const fresh = makePair();
    fresh.server.start(0);
    const replies = (now: number): number => {
      fresh.server.receive(hello, now);
      let count = 0;
      for (let output = fresh.server.poll(); output !== undefined; output = fresh.server.poll()) {
        if (output.type === 'datagram') count++;
      }
      return count;
    };
    const flight = replies(0);
    expect(flight).toBeGreaterThan(0);
    expect([replies(1), replies(199), replies(200), replies(201)]).toEqual([0, 0, flight, 0]);
  });

  it('the last flight goes out again each time the Finished is repeated, with no timer of ours', () => {
    const pair = makePair({}, {}, (datagram, from) =>
      from === 'server' && pair.server.state === 'connected' ? [] : [datagram],
    );
    pair.start();
    expect([pair.server.state, pair.client.state]).toEqual(['connected', 'connecting']);
    expect(pair.server.nextTimeout).toBeUndefined();
    for (let i = 1; i <= 5; i++) {
      const before = pair.sent.filter(({ from }) => from === 'server').length;
      pair.tick();
      expect(pair.sent.filter(({ from }) => from === 'server')).toHaveLength(before + 1);
      expect(pair.server.stats.retransmissions).toBe(i);
    }
    pair.path = (datagram) => [datagram];
    expectConnected(tickUntilDone(pair));
  });

  it('application data of the client does not answer a lost last flight, and is not lost on the server', () => {
    const pair = makePair({}, {}, losing(3));
    pair.start();
    pair.server.send(Buffer.from('hello'), 0);
    pair.settle();
    expect(pair.of('client', 'message')).toEqual([]);
    expectConnected(tickUntilDone(pair));
    expect(pair.of('client', 'message')).toHaveLength(1);
  });

  it('a repeated Finished of the server is told as repeated, not as a renegotiation', () => {
    const pair = makePair({}, {}, losing(3)).start();
    pair.path = (datagram, from) => (from === 'client' ? [datagram] : []);
    pair.tick();
    pair.path = (datagram) => [datagram];
    const { datagram } = pair.sent.at(-1) ?? { datagram: new Uint8Array(0) };
    expectConnected(tickUntilDone(pair));
    pair.client.receive(datagram, pair.now);
    expect(pair.client.stats.discards.renegotiation).toBeUndefined();
  });
});

describe('handshakeTimeout (S8)', () => {
  const stall = (at: number, options: EndOptions = {}): Pair => {
    let count = 0;
    return makePair(options, { cookieExchange: true, ...options }, (datagram) =>
      count++ < at ? [datagram] : [],
    );
  };

  it.each([0, 1, 2, 3, 4, 5])(
    'a handshake that stalls after %i datagrams ends after 60 s, timer and all',
    (at) => {
      const pair = stall(at).run(1000);
      for (const side of ['client', 'server'] as const) {
        const connection = pair[side];
        const underway = at > (side === 'client' ? -1 : 2);
        if (!underway) {
          expect(connection).toMatchObject({ state: 'connecting', nextTimeout: undefined });
          continue;
        }
        if (connection.state === 'connected') continue;
        expect(connection.error).toMatchObject({ code: 'ERR_DTLS_HANDSHAKE_TIMEOUT', alert: undefined });
        expect(connection.error?.message).toContain('60000 ms');
        expect(connection.nextTimeout).toBeUndefined();
        expectLocked(pair, side);
      }
      expect(pair.client.state).toBe('failed');
      expect(pair.now).toBe(60_000);
    },
  );

  it('lets go of what it held, though the connection is kept', () => {
    const claims = Array.from({ length: 6 }, (_, i) =>
      plaintextRecord(
        ContentType.handshake,
        Uint8Array.of(HandshakeType.certificate, 0, 0x50, 0, 0, 1 + i, 0, 0, 0, 0, 0, 1, 7),
      ),
    );
    const stalled: Pair[] = [];
    const stall = (): void => {
      const pair = makePair({}, {}, () => []);
      pair.client.start(0);
      for (const claim of claims) pair.client.receive(claim, 0);
      while (pair.tick());
      expect(pair.client.error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
      stalled.push(pair);
    };
    const before = memoryAfter(stall);
    const after = memoryAfter(() => {
      for (let i = 0; i < 50; i++) stall();
    });
    expect(stalled).toHaveLength(51);
    // The pieces of messages, 100 kB of them, would be more.
    expect((after - before) / 50).toBeLessThan(50_000);
  });

  it('is as long as it is said to be, and counts from the first hello, not from the start', () => {
    const pair = makePair({ handshakeTimeout: 1000 }, { handshakeTimeout: 1000 });
    pair.server.start(0);
    expect(pair.server.nextTimeout).toBeUndefined();
    pair.client.start(5000);
    pair.path = (_, from) => (from === 'client' ? [pair.sent[0]?.datagram ?? new Uint8Array(0)] : []);
    pair.now = 5000;
    pair.settle();
    for (let i = 0; i < 50 && pair.tick(); i++);
    expect([pair.client.state, pair.server.state, pair.now]).toEqual(['failed', 'failed', 6000]);
  });

  it('0 is no limit', () => {
    const pair = makePair({ handshakeTimeout: 0 }, {}, () => []).run(100);
    expect(pair.client.state).toBe('connecting');
    expect(pair.now).toBeGreaterThan(200_000);
  });

  it('handleTimeout() before its time does nothing', () => {
    const pair = makePair({}, {}, () => []).start();
    pair.client.handleTimeout(399);
    expect(pair.settle().sent).toHaveLength(1);
    pair.client.handleTimeout(400);
    expect(pair.settle().sent).toHaveLength(2);
  });
});

describe('what strangers send into a handshake', () => {
  const forged = plaintextRecord(
    ContentType.handshake,
    Uint8Array.of(HandshakeType.certificate, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 2, 1, 2),
  );

  it('a forged fragment of a message that is there already is dropped', () => {
    const pair = makePair({}, {}, (datagram, from) => (from === 'server' ? [datagram, forged] : [datagram]));
    expectConnected(pair.run());
  });

  it('a forged fragment of a message to come is never mixed with it (S7)', () => {
    const pair = makePair({}, {}, (datagram, from) => (from === 'server' ? [forged, datagram] : [datagram]));
    expectConnected(pair.run());
    expect(pair.client.stats.discards.conflicting_fragment).toBeGreaterThan(0);
  });

  it.each(['client', 'server'] as const)(
    'a ClientHello to the %s, whatever its number, is of no effect once the flights go to and fro (S1)',
    (to) => {
      const hellos = [0, 1, 2, 3, 4, 5, 6, 7].map((messageSeq) =>
        plaintextRecord(
          ContentType.handshake,
          writeHandshakeMessage({ type: HandshakeType.client_hello, messageSeq, body: new Uint8Array(60) }),
        ),
      );
      const pair = makePair();
      pair.path = (datagram, from) =>
        from !== to && pair.sent.some(({ from: sender }) => sender === 'server')
          ? [...hellos, datagram, ...hellos]
          : [datagram];
      expectConnected(pair.start());
      expect(pair.sent).toHaveLength(makePair().start().sent.length);
      expect(pair[to].stats.discards.renegotiation).toBeGreaterThan(0);
    },
  );

  it('records of epoch 1 before their keys: 16 are kept, then no more', () => {
    const pair = makePair();
    pair.client.start(0);
    const early = plaintextRecord(ContentType.handshake, new Uint8Array(40));
    early[4] = 1;
    for (let i = 0; i < 30; i++) pair.client.receive(early, 0);
    expect(pair.client.stats.discards.too_early).toBe(14);
    expectConnected(tickUntilDone(new Pair(pair.client, pair.server)));
  });
});

function tickUntilDone(pair: Pair): Pair {
  if (pair.server.state === 'new') pair.server.start(pair.now);
  pair.settle();
  const open = (): boolean => pair.client.state === 'connecting' || pair.server.state === 'connecting';
  for (let i = 0; i < 100 && open(); i++) if (!pair.tick()) break;
  return pair;
}
