import { describe, expect, it } from 'vitest';
import { Handshake, PLAIN, type Shape, type Side } from './handshake.ts';
import { ServerHost } from './server-host.ts';

const RTT = 50;
const DELAY = RTT / 2;
const COOKIES = ['none', 'cookieExchange', 'gate'] as const;

/** Flights of more than one datagram, whatever the MTU. */
const LARGE: Shape = { ...PLAIN, server: 'rsa-2048', client: 'rsa-2048' };

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['whole flights', PLAIN],
  ['a cookie', { ...PLAIN, cookie: 'cookieExchange' }],
  ['many peers', { ...PLAIN, cookie: 'gate' }],
  ['fragments', { ...LARGE, mtu: 300, cookie: 'gate' }],
];

/** Completed on both sides, and nothing is left to wait for. */
function expectComplete({ completed, client, server, network }: Handshake, name = ''): void {
  expect(completed, name).toBe(true);
  network.run();
  expect([client.nextTimeout, server.nextTimeout], name).toEqual([undefined, undefined]);
}

describe('a path on which nothing is lost', () => {
  it.each(SHAPES)('%s: two round trips, or three with a cookie, and no repeat', (_, shape) => {
    const handshake = new Handshake(shape, { conditions: { delay: DELAY } }).run();
    const roundTrips = shape.cookie === 'none' ? 2 : 3;
    expect(handshake.client.connectedAt).toBe(roundTrips * RTT);
    expect(handshake.server.connectedAt).toBe(roundTrips * RTT - DELAY);
    expect(handshake.client.connection.stats.retransmissions).toBe(0);
    expectComplete(handshake);
  });

  it.each(SHAPES)('%s: datagrams in any order, and each twice: no timeout, and no repeat', (_, shape) => {
    const conditions = { delay: DELAY, reordering: 0.5, jitter: 20, duplication: 1 };
    for (let seed = 0; seed < 30; seed++) {
      const handshake = new Handshake(shape, { seed, conditions }).run();
      expectComplete(handshake, `seed ${seed}`);
      for (const { connection } of [handshake.client, handshake.server]) {
        expect(connection?.stats.timeouts, `seed ${seed}`).toBe(0);
      }
      expect(handshake.client.connectedAt).toBeLessThan(400);
    }
  });

  it.each([
    ['none', 8000],
    ['cookieExchange', 12_000],
    ['gate', 12_000],
  ] as const)('2 s of delay, cookie: %s: in as many round trips, and with few repeats', (cookie, time) => {
    const handshake = new Handshake({ ...PLAIN, cookie }, { conditions: { delay: 2000 } }).run();
    expect(handshake.client.connectedAt).toBe(time);
    expectComplete(handshake);
    expect(handshake.network.counts.sent).toBeLessThan(40);
  });

  it('2 s of delay in one direction only', () => {
    for (const [from, to] of [
      [DELAY, 2000],
      [2000, DELAY],
    ] as const) {
      const handshake = new Handshake({ ...PLAIN, cookie: 'gate' }, { conditions: { delay: from } });
      handshake.network.setConditions({ delay: to }, '198.51.100.1', '192.0.2.1');
      expectComplete(handshake.run());
    }
  });
});

describe.each(SHAPES)('a path with delay, %s', (_, shape) => {
  const conditions = { delay: DELAY };
  const count = new Handshake(shape, { conditions }).run().network.counts.sent;

  it('loss of each datagram in turn: completes after one timeout', () => {
    for (let lost = 0; lost < count; lost++) {
      const handshake = new Handshake(shape, { conditions });
      handshake.network.drops = ({ number }) => number === lost;
      expectComplete(handshake.run(), `without datagram ${lost}`);
      expect(handshake.client.connectedAt).toBeLessThan(1000);
    }
  });

  it('loss of each two in turn: completes', () => {
    for (let first = 0; first < count; first++) {
      for (let second = first + 1; second < count + 2; second++) {
        const handshake = new Handshake(shape, { conditions });
        handshake.network.drops = ({ number }) => number === first || number === second;
        expectComplete(handshake.run(), `without datagrams ${first} and ${second}`);
      }
    }
  });

  it('each datagram of one second’s delay in turn: completes', () => {
    for (let late = 0; late < count; late++) {
      const handshake = new Handshake(shape, { conditions });
      const { network } = handshake;
      network.drops = (event) => {
        if (event.number !== late) return false;
        const { from, to, datagram } = event;
        network.at(network.now + 1000, () => network.send(from, to, datagram));
        return true;
      };
      expectComplete(handshake.run(), `with datagram ${late} late`);
    }
  });
});

describe('a path that swallows large datagrams (RFC 6347 §4.1.1.1)', () => {
  const cases = [1200, 1500].flatMap((mtu) =>
    [1000, 600, 300].flatMap((pathMtu) => COOKIES.map((cookie) => ({ mtu, pathMtu, cookie }))),
  );

  it.each(cases)('of more than $pathMtu bytes, mtu $mtu, cookie: $cookie: completes', (options) => {
    const { mtu, pathMtu, cookie } = options;
    for (const certificate of ['rsa-2048', 'chain'] as const) {
      const shape: Shape = { mtu, cookie, server: certificate, client: certificate };
      const handshake = new Handshake(shape, { conditions: { delay: DELAY, pathMtu } }).run();
      expectComplete(handshake);
      expect(handshake.network.counts.too_large).toBeGreaterThan(0);
      expect(handshake.client.connectedAt).toBeLessThan(pathMtu < 548 ? 30_000 : 10_000);
    }
  });

  it.each(COOKIES)('and loses a fifth of the others, cookie: %s: completes', (cookie) => {
    const conditions = {
      delay: DELAY,
      pathMtu: 600,
      loss: 0.2,
      duplication: 0.1,
      reordering: 0.2,
      jitter: 50,
    };
    for (let seed = 0; seed < 50; seed++) {
      expectComplete(new Handshake({ ...LARGE, cookie }, { seed, conditions }).run(), `seed ${seed}`);
    }
  });

  it.each([1000, 600, 300])('of more than %i bytes from any datagram on: completes', (pathMtu) => {
    const shape: Shape = { ...LARGE, cookie: 'gate', mtu: 1500 };
    const conditions = { delay: DELAY };
    const count = new Handshake(shape, { conditions }).run().network.counts.sent;
    for (let from = 0; from < count; from++) {
      const handshake = new Handshake(shape, { conditions });
      handshake.network.drops = ({ number, datagram }) => number >= from && datagram.length > pathMtu;
      expectComplete(handshake.run(), `from datagram ${from} on`);
    }
  });

  it('once it is known, the flights that follow are small at once', () => {
    const handshake = new Handshake(LARGE, { conditions: { delay: DELAY, pathMtu: 600 } });
    const tooLarge: Record<Side, number> = { client: 0, server: 0 };
    handshake.network.onDatagram = ({ type, from }) => {
      if (type === 'too_large') tooLarge[from.port === 5000 ? 'client' : 'server']++;
    };
    expectComplete(handshake.run());
    // Each side finds out for itself, in the first sending of its large flight and two repeats.
    expect(tooLarge.server).toBeGreaterThan(0);
    expect(tooLarge.server).toBeLessThanOrEqual(2 * 3);
    expect(tooLarge.client).toBeLessThanOrEqual(2 * 3);
  });
});

describe('a path that is dead in one direction', () => {
  const conditions = { delay: DELAY };
  const timedOut = { code: 'ERR_DTLS_HANDSHAKE_TIMEOUT', alert: undefined };

  it.each([
    ['none', 'from the server', '198.51.100.1'],
    ['none', 'from the client', '192.0.2.1'],
    ['cookieExchange', 'from the server', '198.51.100.1'],
    ['cookieExchange', 'from the client', '192.0.2.1'],
  ] as const)(
    'cookie: %s, %s: every side under way ends at its limit, timer and all (S8)',
    (cookie, _, dead) => {
      const shape: Shape = { ...LARGE, cookie, mtu: 576 };
      const count = new Handshake(shape, { conditions }).run().network.counts.sent;
      let failedBoth = 0;
      for (let from = 0; from < count; from++) {
        const handshake = new Handshake(shape, { conditions });
        const { client, server, network } = handshake;
        network.drops = (event) => event.number >= from && event.from.address === dead;
        handshake.run();
        expect([client.nextTimeout, server.nextTimeout]).toEqual([undefined, undefined]);
        if (handshake.completed) continue;
        expect(client.connection.error).toMatchObject(timedOut);
        if (server.connection?.state === 'failed') {
          expect(server.connection.error).toMatchObject(timedOut);
          failedBoth++;
        } else if (server.connection?.state === 'connecting') {
          expect(server.connection.stats.timeouts).toBe(0); // it has accepted no hello, and waits for one
        } else {
          expect(server.connectedAt).toBeDefined(); // its own last flight is what is lost
        }
        expect(network.now).toBeGreaterThanOrEqual(60_000);
        expect(network.now).toBeLessThan(61_000);
      }
      expect(failedBoth).toBeGreaterThan(0);
    },
  );

  it.each([0, 1, 2, 3, 4, 5])(
    'a server with many peers has none left, dead from datagram %i on (S8)',
    (from) => {
      for (const dead of ['192.0.2.1', '198.51.100.1']) {
        const handshake = new Handshake({ ...PLAIN, cookie: 'gate' }, { conditions });
        const { client, server, network } = handshake;
        network.drops = (event) => event.number >= from && event.from.address === dead;
        handshake.run();
        expect([client.nextTimeout, server.nextTimeout]).toEqual([undefined, undefined]);
        if (handshake.completed) continue;
        expect(client.connection.error).toMatchObject(timedOut);
        const left = server.connectedAt === undefined ? 0 : 1;
        expect(server instanceof ServerHost && server.server.size).toBe(left);
      }
    },
  );
});
