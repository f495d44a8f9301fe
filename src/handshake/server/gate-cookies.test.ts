import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientHello,
  described,
  helloDatagram,
  peerOf,
  randomOf,
  replyOf,
} from '../../../test/flood/lib/hellos.ts';
import { EMPTY } from '../../bytes/bytes.ts';
import type { ClientHello } from '../../wire/messages/client-hello.ts';
import { HelloGate } from './gate.ts';
import type { PeerAddress } from './peer-address.ts';

const PEER: PeerAddress = { address: '10.0.0.1', port: 5000 };
const LIFETIME = 60_000;
const SECRET = new Uint8Array(32).fill(9);

/** The cookie that a gate gives for a hello. */
function cookieFor(gate: HelloGate, hello: ClientHello, peer = PEER, now = 0): Uint8Array {
  return replyOf(gate.receive(helloDatagram(hello), peer, now)).cookie;
}

/** What a gate says to the hello with that cookie: `admission`, or `reply` when it asks for another. */
function verdict(gate: HelloGate, hello: ClientHello, cookie: Uint8Array, peer = PEER, now = 0): string {
  return described(gate.receive(helloDatagram({ ...hello, cookie }), peer, now));
}

describe('the cookie of a HelloGate is bound to what the client may not change (RFC 6347 §4.2.1)', () => {
  const hello = clientHello({
    sessionId: Uint8Array.of(1, 2, 3),
    cipherSuites: [0xc02b, 0xc02f],
    compressionMethods: Uint8Array.of(0),
  });

  it('is good for the same hello from the same address', () => {
    const gate = new HelloGate();
    expect(verdict(gate, hello, cookieFor(gate, hello))).toBe('admission');
  });

  it.each<[string, Partial<ClientHello>]>([
    ['version', { version: 0xfeff }],
    ['random', { random: randomOf(2) }],
    ['last byte of the random', { random: randomOf(1).map((byte, i) => (i === 31 ? byte ^ 1 : byte)) }],
    ['session_id', { sessionId: Uint8Array.of(1, 2, 4) }],
    ['session_id that is gone', { sessionId: EMPTY }],
    ['cipher_suites', { cipherSuites: [0xc02b, 0xc030] }],
    ['order of cipher_suites', { cipherSuites: [0xc02f, 0xc02b] }],
    ['number of cipher_suites', { cipherSuites: [0xc02b] }],
    ['compression_methods', { compressionMethods: Uint8Array.of(0, 1) }],
  ])('another %s: asked again', (_, change) => {
    const gate = new HelloGate();
    const cookie = cookieFor(gate, hello);
    expect(verdict(gate, { ...hello, ...change }, cookie)).toBe('reply');
  });

  it.each<[string, PeerAddress]>([
    ['address', { ...PEER, address: '10.0.0.2' }],
    ['port', { ...PEER, port: 5001 }],
    ['address of the other family', { ...PEER, address: '::ffff:10.0.0.1' }],
  ])('another %s: asked again', (_, peer) => {
    const gate = new HelloGate();
    expect(verdict(gate, hello, cookieFor(gate, hello), peer)).toBe('reply');
  });

  it('the same bytes divided otherwise between the fields: asked again', () => {
    const gate = new HelloGate();
    const divided: [ClientHello, PeerAddress][] = [
      [clientHello({ sessionId: Uint8Array.of(0xc0, 0x2b), cipherSuites: [0xc02f] }), PEER],
      [clientHello({ sessionId: EMPTY, cipherSuites: [0xc02b, 0xc02f] }), PEER],
      [clientHello({ cipherSuites: [0xc02b], compressionMethods: Uint8Array.of(0xc0, 0x2f, 0) }), PEER],
      [clientHello({ cipherSuites: [0xc02b, 0xc02f] }), { address: '10.0.0.1', port: 15_000 }],
      [clientHello({ cipherSuites: [0xc02b, 0xc02f] }), { address: '10.0.0.11', port: 5000 }],
    ];
    const cookies = divided.map(([own, peer]) => cookieFor(gate, own, peer));
    divided.forEach(([own, peer], i) => {
      const verdicts = cookies.map((cookie) => verdict(gate, own, cookie, peer));
      expect(verdicts).toEqual(
        divided.map(([other, from]) => (same(own, other) && same(peer, from) ? 'admission' : 'reply')),
      );
      expect(verdicts[i]).toBe('admission');
    });
  });

  it.each([1, 16, 31, 32, 33, 64])('a cookie that is good but for byte or length %i: asked again', (n) => {
    const gate = new HelloGate();
    const cookie = cookieFor(gate, hello);
    const other = Uint8Array.from({ length: n }, (_, i) => cookie[i] ?? 0);
    if (n === 32) other[31] = (other[31] ?? 0) ^ 1;
    expect(verdict(gate, hello, other)).toBe('reply');
  });

  it('every flipped bit: asked again', () => {
    const gate = new HelloGate();
    const cookie = cookieFor(gate, hello);
    for (let bit = 0; bit < 8 * cookie.length; bit++) {
      const flipped = Uint8Array.from(cookie);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdict(gate, hello, flipped)).toBe('reply');
    }
  });

  it('cookies that were collected at other addresses: asked again', () => {
    const gate = new HelloGate();
    const collected = Array.from({ length: 50 }, (_, i) => cookieFor(gate, hello, peerOf(i)));
    for (const cookie of collected) expect(verdict(gate, hello, cookie, peerOf(1000))).toBe('reply');
  });
});

describe('how long a cookie is good', () => {
  const times = fc.double({ min: -1e13, max: 1e13, noNaN: true }).map(Math.round);
  // A millisecond is left for what the sum of such numbers loses.
  const part = fc.double({ min: 0, max: 1, noNaN: true });

  it('for one lifetime at least, whenever it was made', () => {
    fc.assert(
      fc.property(times, part, (made, age) => {
        const gate = new HelloGate();
        const cookie = cookieFor(gate, clientHello(), PEER, made);
        expect(verdict(gate, clientHello(), cookie, PEER, made + age * (LIFETIME - 1))).toBe('admission');
      }),
      { numRuns: 200 },
    );
  });

  it('for two at most', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 2, max: 1e9, noNaN: true }), (made, age) => {
        const gate = new HelloGate();
        const cookie = cookieFor(gate, clientHello(), PEER, made);
        expect(verdict(gate, clientHello(), cookie, PEER, made + age * LIFETIME + 1)).toBe('reply');
      }),
      { numRuns: 200 },
    );
  });

  it('goes by the option secretLifetime', () => {
    const at = (age: number): string => {
      const gate = new HelloGate({ secretLifetime: 1000 });
      return verdict(gate, clientHello(), cookieFor(gate, clientHello(), PEER, 500), PEER, 500 + age);
    };
    expect([0, 1000, 2001, LIFETIME].map(at)).toEqual(['admission', 'admission', 'reply', 'reply']);
  });

  it('whoever comes with one that was good is asked again, and gets in with the new one', () => {
    const gate = new HelloGate();
    const old = cookieFor(gate, clientHello());
    const late = 3 * LIFETIME;
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello({ cookie: old })), PEER, late));
    expect(verdict(gate, clientHello(), cookie, PEER, late)).toBe('admission');
  });

  it('a clock that jumps makes clients prove their addresses anew, and nothing worse', () => {
    const jumps = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(jumps, (moments) => {
        const gate = new HelloGate();
        for (const now of moments) {
          const cookie = cookieFor(gate, clientHello(), PEER, now);
          expect(verdict(gate, clientHello(), cookie, PEER, now)).toBe('admission');
        }
        const first = moments[0] ?? 0;
        const cookie = cookieFor(gate, clientHello(), PEER, first);
        for (const now of moments) {
          expect(verdict(gate, clientHello(), cookie, PEER, now)).toMatch(/^(admission|reply)$/);
          expect(verdict(gate, clientHello(), cookie, PEER, first)).toBe('admission');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('gates of several processes', () => {
  it('with the same secret and clock take each other’s cookies', () => {
    const [one, other] = [new HelloGate({ secret: SECRET }), new HelloGate({ secret: SECRET })];
    for (const now of [0, LIFETIME - 1, LIFETIME, 1e12]) {
      const cookie = cookieFor(one, clientHello(), PEER, now);
      expect(verdict(other, clientHello(), cookie, PEER, now + LIFETIME)).toBe('admission');
    }
  });

  it('with another secret, another lifetime or none given do not', () => {
    const cookie = cookieFor(new HelloGate({ secret: SECRET }), clientHello(), PEER, 1e6);
    const others = [
      new HelloGate({ secret: Uint8Array.from(SECRET).fill(8, 31) }),
      new HelloGate({ secret: new Uint8Array(33).fill(9) }),
      new HelloGate({ secret: SECRET, secretLifetime: 2 * LIFETIME }),
      new HelloGate(),
    ];
    for (const gate of others) expect(verdict(gate, clientHello(), cookie, PEER, 1e6)).toBe('reply');
  });
});

function same(a: object, b: object): boolean {
  return a === b || JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b));
}
