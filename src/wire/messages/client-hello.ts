import { Reader, readU16List } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';
import {
  type ExtensionBlock,
  readExtensionBlock,
  writeExtensionBlock,
} from '../extensions/extension-block.ts';

export const RANDOM_LENGTH = 32;
/** `opaque SessionID<0..32>` (RFC 5246 §7.4.1.2). */
export const MAX_SESSION_ID_LENGTH = 32;

/**
 *     struct {
 *       ProtocolVersion client_version;
 *       Random random;
 *       SessionID session_id;
 *       opaque cookie<0..2^8-1>;
 *       CipherSuite cipher_suites<2..2^16-1>;
 *       CompressionMethod compression_methods<1..2^8-1>;
 *       Extension extensions<0..2^16-1>;
 *     } ClientHello;                             RFC 6347 §4.2.1, RFC 5246 §7.4.1.2
 */
export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: ExtensionBlock;
}

export function readClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new Reader(body);
  const version = reader.u16();
  const random = reader.bytes(RANDOM_LENGTH);
  const sessionId = reader.vector8();
  const cookie = reader.vector8();
  const cipherSuites = readU16List(reader.vector16());
  const compressionMethods = reader.vector8();
  const extensions = readExtensionBlock(reader);
  if (!reader.finished || cipherSuites === undefined || cipherSuites.length === 0) return undefined;
  if (sessionId.length > MAX_SESSION_ID_LENGTH || compressionMethods.length === 0) return undefined;
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions };
}

/** The random of a well-formed ClientHello. */
export function helloRandom(body: Uint8Array): Uint8Array {
  return body.subarray(2, 2 + RANDOM_LENGTH);
}

/**
 * All of a ClientHello that a cookie is made from, in two parts: what stands before the cookie (version, random,
 * session_id) and what behind it (cipher_suites, compression_methods), as RFC 6347 §4.2.1 has it.
 */
export function cookieParameters(hello: ClientHello, body: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const end = 2 + RANDOM_LENGTH + 1 + hello.sessionId.length;
  const begin = end + 1 + hello.cookie.length;
  const length = 2 + 2 * hello.cipherSuites.length + 1 + hello.compressionMethods.length;
  return [body.subarray(0, end), body.subarray(begin, begin + length)];
}

export function writeClientHello(hello: ClientHello): Uint8Array {
  const writer = new Writer()
    .u16(hello.version)
    .bytes(hello.random)
    .vector8(hello.sessionId)
    .vector8(hello.cookie)
    .u16List(hello.cipherSuites)
    .vector8(hello.compressionMethods);
  writeExtensionBlock(writer, hello.extensions);
  return writer.finish();
}
