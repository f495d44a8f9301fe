import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws, extensionBlocks, u16s } from '../../../test/lib/codec.ts';
import { concat } from '../../bytes/bytes.ts';
import { Writer } from '../../bytes/writer.ts';
import { type ClientHello, readClientHello, writeClientHello } from './client-hello.ts';

const hellos: fc.Arbitrary<ClientHello> = fc.record({
  version: fc.nat(0xffff),
  random: bytesOf(32),
  sessionId: bytesOf(0, 32),
  cookie: bytesOf(0, 255),
  cipherSuites: u16s(1, 20),
  compressionMethods: bytesOf(1, 4),
  extensions: extensionBlocks,
});

interface Parts {
  readonly sessionId?: Uint8Array;
  readonly cookie?: Uint8Array;
  readonly suites?: Uint8Array;
  readonly compression?: Uint8Array;
  readonly extensions?: readonly Uint8Array[] | undefined;
}

/** A ClientHello put together part by part, right where nothing is said. */
function hello({
  sessionId = new Uint8Array(0),
  cookie = new Uint8Array(0),
  suites = Uint8Array.of(0xc0, 0x2b),
  compression = Uint8Array.of(0),
  extensions,
}: Parts): Uint8Array {
  const writer = new Writer().u16(0xfefd).bytes(new Uint8Array(32).fill(7));
  writer.vector8(sessionId).vector8(cookie).vector16(suites).vector8(compression);
  if (extensions !== undefined) writer.vector16(concat(...extensions));
  return writer.finish();
}

const EMPTY_EXTENSION = Uint8Array.of(0, 23, 0, 0);

/** Where the extensions begin, and so where a hello without any may end. */
function extensionsStart(bytes: Uint8Array): number {
  let at = 34;
  at += 1 + (bytes[at] ?? 0);
  at += 1 + (bytes[at] ?? 0);
  at += 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  return at + 1 + (bytes[at] ?? 0);
}

describe('ClientHello (RFC 6347 §4.2.1)', () => {
  codecLaws({
    values: hellos,
    write: writeClientHello,
    read: readClientHello,
    legalLengths: (bytes) => [extensionsStart(bytes)],
    malformed: {
      'no cipher suites': hello({ suites: new Uint8Array(0) }),
      'half a cipher suite': hello({ suites: Uint8Array.of(0xc0, 0x2b, 0xc0) }),
      'no compression methods': hello({ compression: new Uint8Array(0) }),
      'a session id of 33 bytes': hello({ sessionId: new Uint8Array(33) }),
      'an extension that comes twice': hello({ extensions: [EMPTY_EXTENSION, EMPTY_EXTENSION] }),
      'an extension cut short': hello({ extensions: [Uint8Array.of(0, 23, 0, 1)] }),
      'half an extension header': hello({ extensions: [EMPTY_EXTENSION, Uint8Array.of(0)] }),
    },
  });

  it('needs no extensions, and takes an empty list of them', () => {
    expect(readClientHello(hello({}))?.extensions.size).toBe(0);
    expect(readClientHello(hello({ extensions: [] }))?.extensions.size).toBe(0);
  });

  it.each([0, 1, 32, 255])('takes a cookie of %i bytes (S4)', (length) => {
    const cookie = new Uint8Array(length).fill(9);
    expect(readClientHello(hello({ cookie }))?.cookie.length).toBe(length);
  });

  it('refuses a cookie that says it is longer than the message (S4)', () => {
    const bytes = hello({});
    for (const length of [200, 255]) {
      bytes[35] = length;
      expect(readClientHello(bytes)).toBeUndefined();
    }
  });

  it('keeps GREASE and unknown numbers, for the negotiation to skip', () => {
    const suites = Uint8Array.of(0x0a, 0x0a, 0xc0, 0x2b);
    const grease = Uint8Array.of(0x1a, 0x1a, 0, 1, 0);
    const read = readClientHello(hello({ suites, extensions: [grease, EMPTY_EXTENSION] }));
    expect(read?.cipherSuites).toEqual([0x0a0a, 0xc02b]);
    expect([...(read?.extensions.keys() ?? [])]).toEqual([0x1a1a, 23]);
  });
});
