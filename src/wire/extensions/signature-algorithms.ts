import { readU16Vector } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/**
 *     SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;    RFC 5246 §7.4.1.4.1
 *
 * Each pair is read as the one number that RFC 8446 §4.2.3 makes of it.
 */
export function readSignatureAlgorithms(data: Uint8Array): number[] | undefined {
  return readU16Vector(data);
}

export function writeSignatureAlgorithms(schemes: readonly number[]): Uint8Array {
  return new Writer().u16List(schemes).finish();
}
