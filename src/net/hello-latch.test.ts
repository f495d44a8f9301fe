import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../bytes/bytes.ts';
import { Writer } from '../bytes/writer.ts';
import type { UdpAddress } from './address.ts';
import { HelloLatch } from './hello-latch.ts';

const ALICE: UdpAddress = { address: '192.0.2.1', port: 5004 };
const MALLORY: UdpAddress = { address: '192.0.2.66', port: 5004 };
const COOKIE = Uint8Array.of(1, 2, 3, 4);

function record(type: number, body: Uint8Array, offset = 0): Uint8Array {
  return new Writer()
    .u8(22)
    .u16(0xfefd)
    .u16(0)
    .u48(0)
    .vector16(
      new Writer()
        .u8(type)
        .u24(offset + body.length)
        .u16(0)
        .u24(offset)
        .vector24(body)
        .finish(),
    )
    .finish();
}

function hello(cookie: Uint8Array = new Uint8Array(0)): Uint8Array {
  return record(
    1,
    new Writer().u16(0xfefd).bytes(new Uint8Array(32)).vector8(new Uint8Array(0)).vector8(cookie).finish(),
  );
}

/** The server makes no cookie twice; `COOKIE` is the first one. */
function helloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return record(3, new Writer().u16(0xfeff).vector8(cookie).finish());
}

/** One that is like no other of its kind. */
function cookieNumber(number: number): Uint8Array {
  return new Writer().u32(number).finish();
}

/** A hello of `source` is read and answered with `cookie`. */
function answerHello(latch: HelloLatch, source: UdpAddress, cookie: Uint8Array): void {
  expect(latch.admits(hello(), source)).toBe(true);
  expect(latch.read(hello(), source)).toBe(false);
  latch.sent(helloVerifyRequest(cookie));
}

function afterHelloFrom(source: UdpAddress): HelloLatch {
  const latch = new HelloLatch();
  answerHello(latch, source, COOKIE);
  return latch;
}

describe('HelloLatch', () => {
  it('answers the source of the hello last read', () => {
    const latch = afterHelloFrom(MALLORY);
    expect(latch.candidate).toEqual(MALLORY);
    latch.read(hello(), ALICE);
    expect(latch.candidate).toEqual(ALICE);
  });

  it('takes for the peer who returns the cookie sent to its address', () => {
    const latch = afterHelloFrom(ALICE);
    expect(latch.admits(hello(COOKIE), ALICE)).toBe(true);
    expect(latch.read(hello(COOKIE), ALICE)).toBe(true);
  });

  it('spoils a cookie from an address to which it was not sent: it counts as none', () => {
    for (const [cookie, source] of [
      [COOKIE, MALLORY],
      [COOKIE, { ...ALICE, port: 5006 }],
      [Uint8Array.of(9), ALICE],
    ] as const) {
      const latch = afterHelloFrom(ALICE);
      const datagram = hello(cookie);
      expect(latch.admits(datagram, source)).toBe(true);
      expect(latch.read(datagram, source)).toBe(false);
      expect(toHex(datagram)).toBe(toHex(hello(cookie.map((byte) => byte ^ 0xff))));
    }
  });

  it('a client whose cookie was forgotten in a flood gets another, and is found by it', () => {
    const latch = afterHelloFrom(ALICE);
    for (let port = 1; port <= 300; port++) answerHello(latch, { ...MALLORY, port }, cookieNumber(port));
    expect(latch.read(hello(COOKIE), ALICE)).toBe(false);
    answerHello(latch, ALICE, Uint8Array.of(8));
    expect(latch.read(hello(Uint8Array.of(8)), ALICE)).toBe(true);
  });

  it('does not take for the peer who says hello and then shows a cookie that went elsewhere', () => {
    const latch = afterHelloFrom(MALLORY);
    answerHello(latch, ALICE, Uint8Array.of(5, 6, 7, 8));
    expect(latch.candidate).toEqual(ALICE);
    expect(latch.read(hello(COOKIE), ALICE)).toBe(false);
  });

  it('does not read a datagram of two records or two fragments, whatever their cookies', () => {
    const latch = afterHelloFrom(ALICE);
    answerHello(latch, MALLORY, Uint8Array.of(9));
    for (const source of [ALICE, MALLORY]) {
      expect(latch.admits(concat(hello(), hello(COOKIE)), source)).toBe(false);
      expect(latch.admits(concat(hello(COOKIE), hello()), source)).toBe(false);
      expect(latch.admits(concat(hello(), Uint8Array.of(22)), source)).toBe(false);
      const fragments = concat(hello().subarray(13), hello(COOKIE).subarray(13));
      const oneRecord = new Writer().u8(22).u16(0xfefd).u16(0).u48(0).vector16(fragments).finish();
      expect(latch.admits(oneRecord, source)).toBe(false);
    }
  });

  it('takes any of the cookies that went to an address: a hello may be repeated before its answer is there', () => {
    for (const cookie of [COOKIE, Uint8Array.of(7)]) {
      const latch = afterHelloFrom(ALICE);
      answerHello(latch, ALICE, Uint8Array.of(7));
      expect(latch.admits(hello(cookie), ALICE)).toBe(true);
      expect(latch.read(hello(cookie), ALICE)).toBe(true);
    }
  });

  it('still knows the cookie of the true peer after a stray hello of another', () => {
    const latch = afterHelloFrom(ALICE);
    answerHello(latch, MALLORY, Uint8Array.of(7));
    expect(latch.read(hello(COOKIE), ALICE)).toBe(true);
  });

  it('forgets the oldest of more than 256 cookies', () => {
    const latch = afterHelloFrom(ALICE);
    for (let port = 1; port <= 256; port++) answerHello(latch, { ...MALLORY, port }, cookieNumber(port));
    expect(latch.read(hello(COOKIE), ALICE)).toBe(false);
    expect(latch.read(hello(cookieNumber(1)), { ...MALLORY, port: 1 })).toBe(true);
    expect(latch.read(hello(cookieNumber(256)), { ...MALLORY, port: 256 })).toBe(true);
  });

  it('reads later fragments of a hello from the candidate alone', () => {
    const latch = new HelloLatch();
    const rest = record(1, new Uint8Array(20), 100);
    expect(latch.admits(rest, ALICE)).toBe(false);
    latch.read(hello(), ALICE);
    expect(latch.admits(rest, ALICE)).toBe(true);
    expect(latch.admits(rest, MALLORY)).toBe(false);
  });

  it('reads nothing but hellos', () => {
    const latch = afterHelloFrom(ALICE);
    expect(latch.admits(record(11, new Uint8Array(40)), ALICE)).toBe(false);
    expect(latch.admits(new Uint8Array(0), ALICE)).toBe(false);
    expect(latch.admits(hello().subarray(0, 30), ALICE)).toBe(false);
    const applicationData = hello();
    applicationData[0] = 23;
    expect(latch.admits(applicationData, ALICE)).toBe(false);
    const laterEpoch = hello();
    laterEpoch[4] = 1;
    expect(latch.admits(laterEpoch, ALICE)).toBe(false);
  });

  /** Hellos right and wrong, HelloVerifyRequests, and any bytes. */
  const anything = fc
    .tuple(
      fc.constantFrom(hello(), hello(COOKIE), helloVerifyRequest(COOKIE)),
      fc.nat(),
      fc.nat(255),
      fc.nat(),
    )
    .map(([datagram, at, byte, end]) => {
      const changed = new Uint8Array(datagram);
      changed[at % changed.length] = byte;
      return end % 4 === 0 ? changed.subarray(0, end % changed.length) : changed;
    });

  it('never throws, whatever the datagrams, and takes nobody for the peer to whom it sent no cookie (S27)', () => {
    const sources = fc.constantFrom(ALICE, MALLORY);
    const arrival = fc.tuple(fc.oneof(anything, fc.uint8Array({ maxLength: 80 })), sources, fc.boolean());
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 20 }), (arrivals) => {
        const latch = new HelloLatch();
        const answered = new Set<UdpAddress>();
        for (const [datagram, source, answers] of arrivals) {
          if (!latch.admits(datagram, source)) continue;
          const copy = new Uint8Array(datagram);
          if (latch.read(copy, source)) expect(answered.has(source)).toBe(true);
          expect(copy.length).toBe(datagram.length);
          latch.sent(datagram);
          if (!answers || latch.candidate === undefined) continue;
          latch.sent(helloVerifyRequest(COOKIE));
          answered.add(latch.candidate);
        }
      }),
      { numRuns: 300 },
    );
  });
});
