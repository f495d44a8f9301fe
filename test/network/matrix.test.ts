import { describe, expect, it } from 'vitest';
import { CERTIFICATE_KINDS } from './certificates.ts';
import { Handshake, PLAIN, type Shape } from './handshake.ts';
import type { DatagramEvent } from './network.ts';

const BAD = { loss: 0.3, duplication: 0.1, reordering: 0.2, jitter: 50, delay: 25 };

const COOKIES = ['none', 'cookieExchange', 'gate'] as const;
const MTUS = [256, 576, 1200, 1500];
const CHEAP = ['ecdsa-p256', 'ed25519', 'ecdsa-p384'] as const;

/** Every shape there is, once; then those whose certificates cost little, with other seeds, up to so many. */
function shapes(cookie: Shape['cookie'], count: number): Shape[] {
  const all = CERTIFICATE_KINDS.flatMap((server) =>
    (['none', ...CERTIFICATE_KINDS] as const).flatMap((client) =>
      MTUS.map((mtu): Shape => ({ cookie, mtu, server, client })),
    ),
  );
  const cheap = CHEAP.flatMap((server) =>
    (['none', ...CHEAP] as const).flatMap((client) =>
      MTUS.map((mtu): Shape => ({ cookie, mtu, server, client })),
    ),
  );
  for (let i = 0; all.length < count; i++) {
    const shape = cheap[i % cheap.length];
    if (shape !== undefined) all.push(shape);
  }
  return all;
}

function expectComplete(handshake: Handshake, shape: Shape, seed: number): void {
  const { client, server, network } = handshake;
  const name = `${JSON.stringify(shape)}, seed ${seed}`;
  expect(handshake.completed, name).toBe(true);
  const keys = client.connection.exportKeyingMaterial(40, 'EXPERIMENTAL test');
  expect(server.connection?.exportKeyingMaterial(40, 'EXPERIMENTAL test'), name).toEqual(keys);
  network.run(); // what is still on its way
  expect([client.connection.state, server.connection?.state], name).toEqual(['connected', 'connected']);
  expect([client.nextTimeout, server.nextTimeout], name).toEqual([undefined, undefined]);
}

describe('30 % lost each way, 10 % twice, 20 % late: of 1,000 handshakes 1,000 complete', () => {
  const counts = { none: 334, cookieExchange: 333, gate: 333 };

  it('which is so many, and every shape is among them', () => {
    const all = COOKIES.flatMap((cookie) => shapes(cookie, counts[cookie]));
    expect(all).toHaveLength(1000);
    expect(new Set(all.map((shape) => JSON.stringify(shape))).size).toBe(6 * 7 * 3 * 4);
  });

  it.each(COOKIES)('cookie: %s', (cookie) => {
    shapes(cookie, counts[cookie]).forEach((shape, seed) => {
      expectComplete(new Handshake(shape, { seed, conditions: BAD }).run(), shape, seed);
    });
  });
});

describe('Handshake', () => {
  it.each([...MTUS])('with the same seed takes the same course, MTU %i', (mtu) => {
    const course = (seed: number): string[] => {
      const told: string[] = [];
      const shape: Shape = { ...PLAIN, cookie: 'gate', mtu };
      const handshake = new Handshake(shape, { seed, conditions: BAD });
      handshake.network.onDatagram = ({ type, now, from, datagram }: DatagramEvent): void =>
        void told.push(`${type} ${now} ${from.port} ${datagram.length}`);
      handshake.run();
      return told;
    };
    for (let seed = 0; seed < 5; seed++) expect(course(seed)).toEqual(course(seed));
    expect(course(1)).not.toEqual(course(2));
  });
});
