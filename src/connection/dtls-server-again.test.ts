import { describe, expect, it } from 'vitest';
import { clientHello, peerOf } from '../../test/flood/lib/hellos.ts';
import { type Guest, House, losingAllAfter, welcome } from '../../test/flood/lib/house.ts';
import { endings, expectAllAlive, text } from '../../test/flood/lib/talk.ts';
import { certificateOf, fingerprintOf } from '../../test/lib/ends.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { writeHandshakeMessage } from '../wire/handshake.ts';
import type { DtlsConnection } from './dtls-connection.ts';

const PEER = peerOf(1);
const STRANGER = certificateOf('ecdsa-p256', 'somebody else');
/** Hello, HelloVerifyRequest, hello, and a datagram for each flight. */
const HANDSHAKE = 6;
/** Of these, those after which the server has the client's Finished. */
const FINISHED_AT_SERVER = 5;

/** A live association, a neighbour, and a second client at the same address whose handshake comes so far. */
function startedAgain(count: number): {
  house: House;
  old: Guest;
  next: Guest;
  ofOld: DtlsConnection;
  both: Guest[];
} {
  const house = new House();
  const old = house.connect(PEER);
  const neighbour = house.connect(peerOf(2));
  const ofOld = house.connectionOf(old);
  const next = house.guest(PEER);
  house.path = losingAllAfter(count);
  next.connection.start(0);
  house.settle();
  house.path = (datagram) => [datagram];
  return { house, old, next, ofOld, both: [old, neighbour] };
}

describe('a new handshake from the address of a live association (RFC 6347 §4.2.8)', () => {
  it.each([0, 1, 2, 3, 4])('after %i of its datagrams the old one goes on talking both ways', (count) => {
    const { house, ofOld, both } = startedAgain(count);
    expect(house.server.stats).toMatchObject({ peers: 2, handshakes: count > 2 ? 1 : 0, replaced: 0 });
    expectAllAlive(house, both);
    expect([ofOld.state, endings(house)]).toEqual(['connected', []]);
  });

  it.each([FINISHED_AT_SERVER, HANDSHAKE])('after %i of them the new one has replaced it', (count) => {
    const { house, next, ofOld, both } = startedAgain(count);
    expect([ofOld.state, ofOld.error?.code]).toEqual(['failed', 'ERR_DTLS_REPLACED']);
    expect(() => ofOld.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    expect([...house.server.connections()]).not.toContain(ofOld);
    expect(house.server.stats).toMatchObject({ peers: 2, handshakes: 0, opened: 3, replaced: 1 });
    house.advance(1000); // what was lost of the last flight comes again
    expectAllAlive(house, [next, ...both.slice(1)]);
  });

  it('the old one ends once, in silence: with its error, after the new one has connected', () => {
    const { house, ofOld } = startedAgain(FINISHED_AT_SERVER - 1);
    const sent = house.sent.length;
    house.advance(1000);
    expect(
      house.outputs.slice(-2).map(({ connection, output }) => [connection === ofOld, output.type]),
    ).toEqual([
      [false, 'connected'],
      [true, 'closed'],
    ]);
    expect(endings(house)).toEqual(['ERR_DTLS_REPLACED']);
    // The server's flight again, perhaps, and its Finished: not a word to the old one.
    expect(house.sent.length - sent).toBeLessThanOrEqual(2);
  });

  it('the old client, if it is still there, is not heard any more, and does no harm', () => {
    const { house, old, next } = startedAgain(HANDSHAKE);
    const before = house.outputs.length;
    old.connection.send(text('am I still here?'), 0);
    old.connection.close(0);
    house.settle();
    expect(house.outputs.length).toBe(before);
    expectAllAlive(house, [next]);
  });

  it('ten times over: one connection is left, and the others are told', () => {
    const house = new House();
    for (let i = 0; i < 10; i++) house.connect(PEER);
    expect([house.server.size, [...house.server.connections()].length]).toEqual([1, 1]);
    expect(endings(house)).toEqual(Array.from({ length: 9 }, () => 'ERR_DTLS_REPLACED'));
    expectAllAlive(house, house.guests.slice(-1));
  });

  it('replaces it only once the peer is checked, where fingerprints come later', () => {
    for (const right of [true, false]) {
      let later = false;
      const house = new House({ accept: () => welcome(later ? { remoteFingerprints: 'later' } : {}) });
      const old = house.connect(PEER);
      later = true;
      const next = house.connect(PEER);
      expectAllAlive(house, [old]);
      const candidate = [...house.server.connections()].find(({ state }) => state === 'connecting');
      const fingerprint = fingerprintOf(right ? certificateOf('ecdsa-p256', 'client') : STRANGER);
      candidate?.setRemoteFingerprints([fingerprint], 0);
      house.settle();
      expect(endings(house)).toEqual([right ? 'ERR_DTLS_REPLACED' : 'ERR_DTLS_FINGERPRINT_MISMATCH']);
      expectAllAlive(house, [right ? next : old]);
    }
  });
});

describe('a new handshake that comes to nothing leaves the old association as it was (S5)', () => {
  /** A live association and its neighbour; `run` does what it will from the same address. */
  function unharmed(run: (house: House) => void, accept = () => welcome()): House {
    let chosen = () => welcome();
    const house = new House({ accept: () => chosen() });
    const guests = [house.connect(PEER), house.connect(peerOf(2))];
    chosen = accept;
    run(house);
    expectAllAlive(house, guests);
    house.advance(61_000);
    expectAllAlive(house, guests);
    expect(house.server.stats).toMatchObject({ peers: 2, handshakes: 0, replaced: 0 });
    expect([house.server.size, house.server.nextTimeout]).toEqual([2, undefined]);
    return house;
  }

  function again(house: House, options: Parameters<House['guest']>[1] = {}): Guest {
    const guest = house.guest(PEER, options);
    guest.connection.start(house.now);
    house.settle();
    return guest;
  }

  it('a wrong certificate', () => {
    const house = unharmed((own) => void again(own, { certificate: STRANGER }));
    expect(endings(house)).toEqual(['ERR_DTLS_FINGERPRINT_MISMATCH']);
  });

  it('a client that refuses our certificate, and says so without protection', () => {
    const house = unharmed((own) => void again(own, { remoteFingerprints: [fingerprintOf(STRANGER)] }));
    expect(endings(house)).toEqual(['ERR_DTLS_ALERT_RECEIVED']);
  });

  it('nothing in common', () => {
    unharmed((house) => house.inject(house.helloWithCookie(clientHello({ cipherSuites: [5] }), PEER), PEER));
  });

  it('one that stalls at any point: it is gone at handshakeTimeout (S8)', () => {
    for (let count = 0; count < FINISHED_AT_SERVER; count++) {
      unharmed((house) => {
        const direct = house.path;
        house.path = losingAllAfter(count);
        again(house).on = false;
        house.path = direct;
      });
    }
  });

  it('an accept that gives undefined, or throws', () => {
    unharmed(
      (house) => void again(house).connection.destroy(),
      () => undefined as never,
    );
    unharmed(
      (house) => void again(house).connection.destroy(),
      () => {
        throw new Error('no');
      },
    );
  });

  it('rubbish to the candidate: alerts, other messages, records of any epoch', () => {
    const rubbish = [
      plaintextRecord(ContentType.alert, Uint8Array.of(2, 40)),
      plaintextRecord(ContentType.alert, Uint8Array.of(1, 0)),
      plaintextRecord(ContentType.change_cipher_spec, Uint8Array.of(1)),
      plaintextRecord(ContentType.application_data, new Uint8Array(10)),
      ...Object.values(HandshakeType).flatMap((type) =>
        [1, 2, 3, 7].map((messageSeq) =>
          plaintextRecord(22, writeHandshakeMessage({ type, messageSeq, body: new Uint8Array(40) })),
        ),
      ),
      ...[0, 1, 2, 0xffff].flatMap((epoch) =>
        [20, 21, 22, 23, 24].map((type) => {
          const record = plaintextRecord(type, new Uint8Array(60), 2 ** 48 - 1);
          record.set([epoch >> 8, epoch & 255], 3);
          return record;
        }),
      ),
    ];
    for (const datagram of rubbish) {
      unharmed((house) => {
        house.inject(house.helloWithCookie(clientHello(), PEER), PEER);
        house.inject(datagram, PEER);
      });
    }
  });

  it('a Finished of a client that does not know the keys', () => {
    unharmed((house) => {
      // The new handshake up to its Finished, of which one bit is wrong.
      const direct = house.path;
      house.path = (datagram, from) => {
        const changed = Uint8Array.from(datagram);
        const last = changed.length - 1;
        if (from === 'client') changed[last] = (changed[last] ?? 0) ^ 1;
        return [from === 'client' && datagram.length > 400 ? changed : datagram];
      };
      const guest = again(house);
      expect(guest.connection.state).toBe('connecting');
      guest.on = false;
      house.path = direct;
    });
  });
});

describe('the end of a live association beside a candidate', () => {
  it.each(['close', 'destroy'] as const)('by the caller’s %s(): the candidate goes on', (how) => {
    const { house, next, ofOld } = startedAgain(4);
    ofOld[how](0);
    house.settle();
    expect(house.server.stats).toMatchObject({ peers: 2, handshakes: 1 });
    house.advance(2000);
    expectAllAlive(house, [next]);
    expect(house.server.size).toBe(2);
  });

  it('by the peer’s goodbye: the candidate goes on', () => {
    const { house, old, next } = startedAgain(4);
    old.connection.close(0);
    house.advance(2000);
    expect(endings(house)).toEqual([undefined]);
    expectAllAlive(house, [next]);
  });

  it('by close() of the server: both end, and nothing is left', () => {
    const { house } = startedAgain(4);
    house.server.close(0);
    house.settle();
    expect(endings(house)).toEqual([undefined, undefined, undefined]);
    expect([house.server.size, house.server.nextTimeout]).toEqual([0, undefined]);
  });
});
