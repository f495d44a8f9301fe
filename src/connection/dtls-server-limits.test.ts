import { describe, expect, it } from 'vitest';
import { clientHello, peerOf, randomOf } from '../../test/flood/lib/hellos.ts';
import { House } from '../../test/flood/lib/house.ts';
import { endings, expectAllAlive } from '../../test/flood/lib/talk.ts';
import type { PeerAddress } from '../handshake/server/peer-address.ts';

/** A stranger who has shown its address, and says no more. */
function knock(house: House, peer: PeerAddress, number = 1): void {
  house.inject(house.helloWithCookie(clientHello({ random: randomOf(number) }), peer), peer);
}

const portsOf = (address: string, count: number): PeerAddress[] =>
  Array.from({ length: count }, (_, i) => ({ address, port: 1000 + i }));

describe('maximumPeers', () => {
  it('of more, the rest gets silence until one of them is gone', () => {
    const house = new House({ maximumPeers: 3 });
    const guests = [1, 2, 3].map((n) => house.connect(peerOf(n)));
    const fourth = house.guest(peerOf(4));
    fourth.connection.start(0);
    house.settle();
    expect([house.server.size, house.server.stats.refusals]).toEqual([3, { too_many_peers: 1 }]);
    expectAllAlive(house, guests);
    guests[0]?.connection.close(0);
    house.advance(1000);
    expect([fourth.connection.state, house.server.size]).toEqual(['connected', 3]);
  });

  it('handshakes count, and are let go when they fail', () => {
    const house = new House({ maximumPeers: 2 });
    for (const n of [1, 2, 3]) knock(house, peerOf(n));
    expect(house.server.stats).toMatchObject({ peers: 2, handshakes: 2, refusals: { too_many_peers: 1 } });
    house.advance(60_000);
    expect(house.server.size).toBe(0);
    expectAllAlive(house, [house.connect(peerOf(3))]);
  });

  it('does not keep a peer that is there from beginning anew (RFC 6347 §4.2.8)', () => {
    const house = new House({ maximumPeers: 1, maximumPeersPerHost: 1 });
    house.connect(peerOf(1));
    expectAllAlive(house, [house.connect(peerOf(1))]);
    expect(house.server.stats).toMatchObject({ peers: 1, replaced: 1, refusals: {} });
  });
});

describe('maximumPeersPerHost', () => {
  it('of more, the rest of that host gets silence, and other hosts do not', () => {
    const house = new House({ maximumPeersPerHost: 5 });
    for (const peer of portsOf('10.0.0.1', 20)) knock(house, peer);
    expect(house.server.stats).toMatchObject({ peers: 5, refusals: { too_many_peers_of_host: 15 } });
    expectAllAlive(house, [house.connect({ address: '10.0.0.2', port: 1000 })]);
  });

  it('counts right whatever became of those before: ended, replaced, timed out, destroyed', () => {
    const house = new House({ maximumPeersPerHost: 2 });
    const [one, other, third] = portsOf('10.0.0.1', 3);
    if (one === undefined || other === undefined || third === undefined) throw new Error('too few');
    const full = (): void => {
      const before = house.server.stats.refusals.too_many_peers_of_host ?? 0;
      knock(house, third);
      expect(house.server.stats.refusals.too_many_peers_of_host).toBe(before + 1);
    };
    for (let i = 0; i < 4; i++) {
      const guests = [house.connect(one), house.connect(one), house.connect(other)];
      full();
      knock(house, other, 2 + i); // a candidate
      full();
      const [, again, last] = guests;
      again?.connection.close(house.now);
      house.settle();
      if (last !== undefined) house.connectionOf(last).destroy();
      house.advance(61_000);
      for (const guest of guests) guest.on = false;
      expect([house.server.size, house.server.stats.handshakes]).toEqual([0, 0]);
    }
  });
});

describe('maximumHandshakes', () => {
  it('the oldest gives way once it has had a second, and nobody before', () => {
    const house = new House({ maximumHandshakes: 3 });
    for (const n of [1, 2, 3]) {
      house.now = 100 * n;
      knock(house, peerOf(n));
    }
    house.now = 1099;
    knock(house, peerOf(4));
    expect(house.server.stats).toMatchObject({ handshakes: 3, refusals: { too_many_handshakes: 1 } });
    house.now = 1100;
    knock(house, peerOf(5));
    knock(house, peerOf(6)); // the next oldest is younger
    expect(house.server.stats).toMatchObject({
      ...{ peers: 3, handshakes: 3, opened: 4, replaced: 1, refusals: { too_many_handshakes: 2 } },
    });
    expect(house.outputs.map(({ peer, output }) => [peer, output.type])).toEqual([[peerOf(1), 'closed']]);
    expect(endings(house)).toEqual(['ERR_DTLS_REPLACED']);
  });

  it('connections that are complete do not count, and never give way', () => {
    const house = new House({ maximumHandshakes: 2 });
    const guests = Array.from({ length: 10 }, (_, i) => house.connect(peerOf(i)));
    for (let second = 1; second <= 20; second++) {
      house.now = 1000 * second;
      for (const n of [1, 2, 3]) knock(house, peerOf(100 * n + second));
    }
    expect(house.server.stats).toMatchObject({ peers: 12, handshakes: 2 });
    expectAllAlive(house, guests);
  });

  it('with all places held by strangers a client gets through with its repeats', () => {
    const house = new House({ maximumHandshakes: 50 });
    for (let i = 0; i < 50; i++) knock(house, peerOf(i));
    const guest = house.guest(peerOf(1000));
    guest.connection.start(0);
    house.settle();
    expect(house.server.stats.refusals).toEqual({ too_many_handshakes: 1 });
    house.advance(3000);
    expect(guest.connection.state).toBe('connected');
  });

  it('candidates beside live associations count as well', () => {
    const house = new House({ maximumHandshakes: 4 });
    const guests = Array.from({ length: 10 }, (_, i) => house.connect(peerOf(i)));
    for (let i = 0; i < 10; i++) knock(house, peerOf(i), 100 + i);
    expect(house.server.stats).toMatchObject({
      peers: 10,
      handshakes: 4,
      refusals: { too_many_handshakes: 6 },
    });
    expectAllAlive(house, guests);
  });
});
