import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws, extensionBlocks } from '../../../test/lib/codec.ts';
import { concat } from '../../bytes/bytes.ts';
import { Writer } from '../../bytes/writer.ts';
import { readServerHello, type ServerHello, writeServerHello } from './server-hello.ts';

const hellos: fc.Arbitrary<ServerHello> = fc.record({
  version: fc.nat(0xffff),
  random: bytesOf(32),
  sessionId: bytesOf(0, 32),
  cipherSuite: fc.nat(0xffff),
  compressionMethod: fc.nat(0xff),
  extensions: extensionBlocks,
});

function hello(sessionIdLength: number, ...extensions: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer().u16(0xfefd).bytes(new Uint8Array(32)).vector8(new Uint8Array(sessionIdLength));
  writer.u16(0xc02b).u8(0);
  return writer.vector16(concat(...extensions)).finish();
}

const EMPTY_EXTENSION = Uint8Array.of(0, 23, 0, 0);

describe('ServerHello (RFC 5246 §7.4.1.3)', () => {
  codecLaws({
    values: hellos,
    write: writeServerHello,
    read: readServerHello,
    legalLengths: (bytes) => [35 + (bytes[34] ?? 0) + 3],
    malformed: {
      'a session id of 33 bytes': hello(33, EMPTY_EXTENSION),
      'an extension that comes twice': hello(0, EMPTY_EXTENSION, EMPTY_EXTENSION),
      'an extension cut short': hello(0, Uint8Array.of(0, 23, 0, 9)),
    },
  });

  it('needs no extensions, and takes an empty list of them', () => {
    const bytes = hello(32);
    expect(readServerHello(bytes)?.extensions.size).toBe(0);
    expect(readServerHello(bytes.subarray(0, bytes.length - 2))?.sessionId.length).toBe(32);
  });
});
