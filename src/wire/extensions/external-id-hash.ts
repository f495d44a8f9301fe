import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** Bytes of a binding_hash, which is SHA-256; one of no bytes says that there is no identity assertion. */
export const BINDING_HASH_LENGTH = 32;

/**
 *     struct {
 *       opaque binding_hash<0..32>;
 *     } ExternalIdentityHash;                    RFC 8844 §3.2
 *
 * Gives the binding_hash, of 0 or 32 bytes: any other length is a decode_error, the section says.
 */
export function readExternalIdHash(data: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(data);
  const hash = reader.vector8();
  if (!reader.finished || (hash.length !== 0 && hash.length !== BINDING_HASH_LENGTH)) return undefined;
  return hash;
}

export function writeExternalIdHash(hash: Uint8Array): Uint8Array {
  return new Writer().vector8(hash).finish();
}
