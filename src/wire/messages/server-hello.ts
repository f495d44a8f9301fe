import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';
import {
  type ExtensionBlock,
  readExtensionBlock,
  writeExtensionBlock,
} from '../extensions/extension-block.ts';
import { MAX_SESSION_ID_LENGTH, RANDOM_LENGTH } from './client-hello.ts';

/**
 *     struct {
 *       ProtocolVersion server_version;
 *       Random random;
 *       SessionID session_id;
 *       CipherSuite cipher_suite;
 *       CompressionMethod compression_method;
 *       Extension extensions<0..2^16-1>;
 *     } ServerHello;                             RFC 5246 §7.4.1.3
 */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: ExtensionBlock;
}

export function readServerHello(body: Uint8Array): ServerHello | undefined {
  const reader = new Reader(body);
  const version = reader.u16();
  const random = reader.bytes(RANDOM_LENGTH);
  const sessionId = reader.vector8();
  const cipherSuite = reader.u16();
  const compressionMethod = reader.u8();
  const extensions = readExtensionBlock(reader);
  if (!reader.finished || sessionId.length > MAX_SESSION_ID_LENGTH) return undefined;
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions };
}

export function writeServerHello(hello: ServerHello): Uint8Array {
  const writer = new Writer()
    .u16(hello.version)
    .bytes(hello.random)
    .vector8(hello.sessionId)
    .u16(hello.cipherSuite)
    .u8(hello.compressionMethod);
  writeExtensionBlock(writer, hello.extensions);
  return writer.finish();
}
