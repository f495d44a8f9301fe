import { describe, expect, it } from 'vitest';
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

const HELLO_VERIFY_REQUEST = record(3, new Writer().u16(0xfeff).vector8(COOKIE).finish());

function afterHelloFrom(source: UdpAddress): HelloLatch {
  const latch = new HelloLatch();
  expect(latch.admits(hello(), source)).toBe(true);
  expect(latch.read(hello(), source)).toBe(false);
  latch.sent(HELLO_VERIFY_REQUEST);
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

  it('does not read a cookie from an address to which it was not sent', () => {
    const latch = afterHelloFrom(ALICE);
    expect(latch.admits(hello(COOKIE), MALLORY)).toBe(false);
    expect(latch.admits(hello(COOKIE), { ...ALICE, port: 5006 })).toBe(false);
    expect(latch.admits(hello(Uint8Array.of(9)), ALICE)).toBe(false);
  });

  it('still knows the cookie of the true peer after a stray hello of another', () => {
    const latch = afterHelloFrom(ALICE);
    latch.read(hello(), MALLORY);
    latch.sent(HELLO_VERIFY_REQUEST);
    expect(latch.read(hello(COOKIE), ALICE)).toBe(true);
  });

  it('forgets the oldest of more than 256 cookies', () => {
    const latch = afterHelloFrom(ALICE);
    for (let port = 1; port <= 256; port++) {
      latch.read(hello(), { ...MALLORY, port });
      latch.sent(HELLO_VERIFY_REQUEST);
    }
    expect(latch.admits(hello(COOKIE), ALICE)).toBe(false);
    expect(latch.admits(hello(COOKIE), { ...MALLORY, port: 256 })).toBe(true);
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
});
