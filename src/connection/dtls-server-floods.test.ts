import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  clientHello,
  helloDatagram,
  helloPieces,
  longHello,
  peerOf,
  randomOf,
} from '../../test/flood/lib/hellos.ts';
import { type Guest, House, messagesIn } from '../../test/flood/lib/house.ts';
import { memoryAfter } from '../../test/flood/lib/memory.ts';
import { text } from '../../test/flood/lib/talk.ts';
import { certificateOf } from '../../test/lib/ends.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import type { PeerAddress } from '../handshake/server/peer-address.ts';
import { ContentType } from '../registry/content-types.ts';
import { writeAlert } from '../wire/alert.ts';

afterEach(() => void vi.restoreAllMocks());

const PEER = peerOf(1);
/** What is done for a second of virtual time, so many times. */
const STEPS = 20;

/** Counts the signatures that the server makes: what a handshake costs most. */
function countSignatures(): () => number {
  const { signingKey } = certificateOf('ecdsa-p256', 'server');
  if (signingKey === undefined) throw new Error('no key');
  const sign = vi.spyOn(signingKey, 'sign');
  return () => sign.mock.calls.length;
}

interface Storm {
  readonly house: House;
  /** The server's, made in the storm. */
  readonly signatures: number;
  readonly mostHandshakes: number;
}

/**
 * One live peer at `PEER` and three neighbours, who say something and hear something in every step, while `strike`
 * brings what it likes. Not a message is lost, and all are alive at the end.
 */
function weather(seconds: number, strike: (house: House, step: number) => void, house = new House()): Storm {
  const guests: Guest[] = [PEER, ...[2, 3, 4].map((n) => peerOf(n))].map((peer) => house.connect(peer));
  const own = guests.map((guest) => house.connectionOf(guest));
  const signatures = countSignatures();
  let mostHandshakes = 0;
  const said: string[] = [];
  for (let step = 0; step < seconds * STEPS; step++) {
    strike(house, step);
    mostHandshakes = Math.max(mostHandshakes, house.server.stats.handshakes);
    said.push(`message ${step}`);
    guests.forEach(({ connection }, i) => {
      connection.send(text(`message ${step}`), house.now);
      own[i]?.send(text(`message ${step}`), house.now);
    });
    house.advance(1000 / STEPS);
  }
  for (const [i, { connection, outputs }] of guests.entries()) {
    expect(messagesIn(outputs)).toEqual(said);
    const mine = own[i];
    expect(mine && messagesIn(house.outputsOf(mine))).toEqual(said);
    expect([connection.state, mine?.state]).toEqual(['connected', 'connected']);
  }
  return { house, signatures: signatures(), mostHandshakes };
}

/** In every so many steps, so many hellos of ever new randoms in the name of each of these addresses. */
function hellos(
  peers: readonly PeerAddress[],
  { count = 1, every = 1, withCookie = false }: { count?: number; every?: number; withCookie?: boolean },
): (house: House, step: number) => void {
  return (house, step) => {
    if (step % every > 0) return;
    for (const peer of peers) {
      for (let i = 0; i < count; i++) {
        const hello = clientHello({ random: randomOf(1 + step * count + i) });
        house.server.receive(
          withCookie ? house.helloWithCookie(hello, peer) : helloDatagram(hello),
          peer,
          house.now,
        );
      }
    }
    house.settle();
  };
}

const OTHERS = Array.from({ length: 1000 }, (_, i) => peerOf(1000 + i));

describe('a storm of hellos harms neither the live session of its address nor a neighbour (S5)', () => {
  it('without cookies, in the name of the live peer: no handshake, no signature', () => {
    const { house, signatures, mostHandshakes } = weather(2, hellos([PEER], { count: 100 }));
    expect([signatures, mostHandshakes, house.server.stats.opened]).toEqual([0, 0, 4]);
  });

  it('with good cookies, from the address of the live peer: one candidate at a time, a signature or two a second', () => {
    const { signatures, mostHandshakes } = weather(3, hellos([PEER], { count: 50, withCookie: true }));
    expect(mostHandshakes).toBe(1);
    expect(signatures).toBeGreaterThan(1);
    expect(signatures).toBeLessThanOrEqual(6);
  });

  it('one hello with a good cookie, replayed, and ended each time by a forged alert: a signature a second', () => {
    const alert = plaintextRecord(ContentType.alert, writeAlert({ level: 2, description: 40 }));
    let hello: Uint8Array | undefined;
    for (const peer of [PEER, peerOf(9)]) {
      const { signatures } = weather(3, (house) => {
        hello ??= house.helloWithCookie(clientHello({ random: randomOf(5) }), peer);
        for (const datagram of [hello, alert, hello, alert]) house.inject(datagram, peer);
      });
      hello = undefined;
      expect(signatures).toBe(3);
    }
  });

  it('without cookies, from 1,000 others: no handshake, no signature', () => {
    const { house, signatures } = weather(0.5, hellos(OTHERS, { every: 5 }));
    expect([signatures, house.server.size]).toEqual([0, 4]);
    expect(house.server.stats.gate.replies).toBe(2004);
  });

  it('with good cookies, from 1,000 others: handshakes and signatures stay within maximumHandshakes', () => {
    const house = new House({ maximumHandshakes: 50 });
    const storm = weather(2, hellos(OTHERS, { every: 10, withCookie: true }), house);
    expect(storm.mostHandshakes).toBe(50);
    expect(storm.signatures).toBeLessThanOrEqual(3 * 50);
    house.advance(62_000);
    expect([house.server.size, house.server.stats.handshakes, house.server.nextTimeout]).toEqual([
      4,
      0,
      undefined,
    ]);
  });

  it('with good cookies from 1,000 ports of one host: it gets no more than its share', () => {
    const house = new House({ maximumPeersPerHost: 10 });
    const ports = OTHERS.map((_, i) => ({ address: '10.9.9.9', port: 1000 + i }));
    const { signatures } = weather(0.5, hellos(ports, { every: 5, withCookie: true }), house);
    expect(signatures).toBeLessThanOrEqual(2 * 10);
    expect(house.server.size).toBe(14);
  });

  it('in fragments, malformed, with cookies of others: nothing is opened', () => {
    const { house, signatures } = weather(1, (own, step) => {
      const cookie = new Uint8Array(32).fill(step);
      const replayed = own.helloWithCookie(clientHello(), peerOf(9, 1 + step));
      for (const peer of [PEER, ...OTHERS.slice(0, 100)]) {
        const [first = cookie] = helloPieces(longHello({ random: randomOf(step) }), [700]);
        const cut = helloDatagram(clientHello()).subarray(0, 20 + step);
        for (const datagram of [first, cut, helloDatagram(clientHello({ cookie })), replayed, cookie])
          own.server.receive(datagram, peer, own.now);
      }
      own.settle();
    });
    expect([signatures, house.server.stats.opened]).toEqual([0, 4]);
  });
});

describe('what is kept of a storm', () => {
  it('25,000 hellos in the name of a live peer and of strangers leave no memory behind (S2)', () => {
    const house = new House();
    house.connect(PEER);
    const storm = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const hello = helloDatagram(clientHello({ random: randomOf(i) }));
        house.server.receive(hello, i % 2 === 0 ? PEER : peerOf(i), i / 10);
        // Not through the house, which keeps what it carries.
        while (house.server.poll() !== undefined);
      }
    };
    const before = memoryAfter(() => storm(0, 5000));
    const after = memoryAfter(() => storm(5000, 30_000));
    expect(after - before).toBeLessThan(1_000_000);
    expect(house.server.stats).toMatchObject({ peers: 1, handshakes: 0, opened: 1 });
  });

  it('of handshakes that were begun and broken off nothing is left once they have timed out', () => {
    const house = new House({ maximumPeersPerHost: 1_000_000 });
    let number = 0;
    const round = (): void => {
      for (let i = 0; i < 100; i++) {
        const peer = peerOf(5000 + i);
        const hello = clientHello({ random: randomOf(number++) });
        house.server.receive(house.helloWithCookie(hello, peer), peer, house.now);
        while (house.server.poll() !== undefined);
      }
      house.now += 60_000;
      house.server.handleTimeout(house.now);
      while (house.server.poll() !== undefined);
    };
    const before = memoryAfter(() => {
      for (let i = 0; i < 2; i++) round();
    });
    const after = memoryAfter(() => {
      for (let i = 0; i < 4; i++) round();
    });
    expect([house.server.size, house.server.nextTimeout]).toEqual([0, undefined]);
    // Three kilobytes for each would be more.
    expect(after - before).toBeLessThan(1_000_000);
  });
});
