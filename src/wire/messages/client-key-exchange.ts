import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** `struct { opaque ecdh_Yc<1..2^8-1>; } ClientECDiffieHellmanPublic;` (RFC 8422 §5.7) */
export function readClientKeyExchange(body: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(body);
  const publicKey = reader.vector8();
  return reader.finished && publicKey.length > 0 ? publicKey : undefined;
}

export function writeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return new Writer().vector8(publicKey).finish();
}
