import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  clientHello,
  helloDatagram,
  helloPieces,
  longHello,
  peerOf,
  randomOf,
  replyOf,
} from '../../test/flood/lib/hellos.ts';
import { type Guest, House, losingAllAfter } from '../../test/flood/lib/house.ts';
import { endings, expectAllAlive } from '../../test/flood/lib/talk.ts';
import { certificateOf } from '../../test/lib/ends.ts';
import { HelloGate } from '../handshake/server/gate.ts';
import { HandshakeType } from '../registry/handshake-types.ts';

afterEach(() => void vi.restoreAllMocks());

const PEER = peerOf(1);
/** The datagrams after which the server has the client's Finished: hellos, HelloVerifyRequest, a flight of each side. */
const FINISHED_AT_SERVER = 5;

describe('hellos of before (RFC 6347 §4.2.8)', () => {
  it('delayed duplicates of those that opened the live association open nothing, and cost no signature', () => {
    const house = new House();
    const hellos: Uint8Array[] = [];
    house.path = (datagram, from) => {
      if (from === 'client' && hellos.length < 2) hellos.push(Uint8Array.from(datagram));
      return [datagram];
    };
    const guest = house.connect(PEER);
    const { signingKey } = certificateOf('ecdsa-p256', 'server');
    const sign = vi.spyOn(signingKey ?? { sign: () => new Uint8Array(0) }, 'sign');
    for (let i = 0; i < 100; i++) for (const hello of hellos) house.inject(hello, PEER);
    expect(house.server.stats).toMatchObject({
      peers: 1,
      handshakes: 0,
      opened: 1,
      refusals: { repeated: 100 },
    });
    expect(sign).not.toHaveBeenCalled();
    expectAllAlive(house, [guest]);
  });

  it('the hello of a handshake under way is answered again, by the same connection', () => {
    const house = new House();
    const hello = house.helloWithCookie(clientHello(), PEER);
    house.inject(hello, PEER);
    const sent = house.sent.length;
    house.now = 400;
    house.inject(hello, PEER);
    expect(house.sent.length).toBe(2 * sent);
    expect(house.server.stats).toMatchObject({ handshakes: 1, opened: 1, refusals: {} });
  });

  it('also when its cookie has expired meanwhile: the client is not sent back to the start', () => {
    const gate = new HelloGate({ secretLifetime: 1000 });
    const house = new House({ gate });
    house.path = (datagram, from) => {
      const isFlight = from === 'server' && datagram[13] !== HandshakeType.hello_verify_request;
      return isFlight && house.now < 5000 ? [] : [datagram];
    };
    const guest = house.guest(PEER);
    guest.connection.start(0);
    house.advance(20_000);
    expect(guest.connection.state).toBe('connected');
  });
});

describe('a live peer that lacks the end of its own handshake, while another handshake is under way', () => {
  it('gets the last flight again when it repeats its own (RFC 6347 §4.2.4)', () => {
    const house = new House();
    const guest = house.guest(PEER);
    house.path = losingAllAfter(FINISHED_AT_SERVER);
    guest.connection.start(0);
    house.settle();
    house.path = (datagram) => [datagram];
    expect(guest.connection.state).toBe('connecting');
    house.inject(house.helloWithCookie(clientHello({ random: randomOf(9) }), PEER), PEER);
    expect(house.server.stats).toMatchObject({ handshakes: 1, opened: 2 });
    house.advance(3000);
    expect(guest.connection.state).toBe('connected');
    expectAllAlive(house, [guest]);
  });
});

describe('a client that starts afresh in the middle of a handshake', () => {
  function afresh(count: number): { house: House; second: Guest } {
    const house = new House();
    const first = house.guest(PEER);
    house.path = losingAllAfter(count);
    first.connection.start(0);
    house.settle();
    first.on = false;
    house.path = (datagram) => [datagram];
    const second = house.guest(PEER);
    second.connection.start(0);
    return { house, second };
  }

  function expectThrough(count: number): void {
    const { house, second } = afresh(count);
    house.advance(3000);
    expectAllAlive(house, [second]);
    expect([house.server.size, [...house.server.connections()].length]).toEqual([1, 1]);
    expect(endings(house)).toEqual(count > 2 ? ['ERR_DTLS_REPLACED'] : []);
  }

  // Before the flight that answers the old hello is repeated, which the new client would take for its own.
  it.each([1, 2, 3, 4, 5, 6])(
    'after %i datagrams: gets through within seconds, and one connection is left',
    expectThrough,
  );

  it('may do so at once, but again only after a second', () => {
    const house = new House();
    const hello = (n: number): Uint8Array =>
      house.helloWithCookie(clientHello({ random: randomOf(n) }), PEER);
    house.inject(hello(1), PEER);
    house.now = 100;
    house.inject(hello(2), PEER);
    expect(house.server.stats).toMatchObject({ opened: 2, replaced: 1, refusals: {} });
    house.now = 1099;
    house.inject(hello(3), PEER);
    expect(house.server.stats).toMatchObject({ opened: 2, replaced: 1, refusals: { too_soon: 1 } });
    house.now = 1100;
    house.inject(hello(4), PEER);
    expect(house.server.stats).toMatchObject({ peers: 1, handshakes: 1, opened: 3, replaced: 2 });
    expect(endings(house)).toEqual(['ERR_DTLS_REPLACED', 'ERR_DTLS_REPLACED']);
  });
});

describe('what is over stays over', () => {
  it('a connection of before that is destroyed late does not take the new one of its address with it', () => {
    const house = new House();
    const first = house.connect(PEER);
    const old = house.connectionOf(first);
    first.connection.close(house.now);
    house.settle();
    first.on = false;
    house.advance(1000);
    const second = house.connect(PEER);
    old.destroy();
    house.settle();
    expect(house.server.size).toBe(1);
    expectAllAlive(house, [second]);
  });

  it('a hello in fragments that is repeated opens nothing again', () => {
    const house = new House();
    const hello = longHello({ random: randomOf(3) });
    const { cookie } = replyOf(house.gate.receive(helloDatagram(hello), PEER, house.now));
    const pieces = helloPieces({ ...hello, cookie }, [300]);
    for (const piece of [...pieces, ...pieces, ...pieces]) house.inject(piece, PEER);
    expect(house.server.stats).toMatchObject({ opened: 1, replaced: 0, handshakes: 1, refusals: {} });
  });
});
