import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { readHelloVerifyRequest, writeHelloVerifyRequest } from './hello-verify-request.ts';

describe('HelloVerifyRequest (RFC 6347 §4.2.1)', () => {
  codecLaws({
    values: fc.record({ cookie: bytesOf(0, 255) }),
    write: writeHelloVerifyRequest,
    read: readHelloVerifyRequest,
    malformed: { 'a cookie longer than the message (S4)': Uint8Array.of(0xfe, 0xff, 255, 1, 2) },
  });

  it('says DTLS 1.0, whatever is negotiated later', () => {
    expect([...writeHelloVerifyRequest({ cookie: Uint8Array.of(7) })]).toEqual([0xfe, 0xff, 1, 7]);
  });

  it('takes any version: it negotiates none', () => {
    expect(readHelloVerifyRequest(Uint8Array.of(0xfe, 0xfd, 0))?.cookie.length).toBe(0);
  });
});
