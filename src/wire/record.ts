import { writeUint } from '../bytes/bytes.ts';
import type { Reader } from '../bytes/reader.ts';

export const RECORD_HEADER_LENGTH = 13;

/** Largest plaintext of a record (RFC 5246 §6.2.1). */
export const MAX_PLAINTEXT_LENGTH = 16384;

/** Largest protected fragment (RFC 5246 §6.2.3). */
const MAX_FRAGMENT_LENGTH = MAX_PLAINTEXT_LENGTH + 2048;

/**
 *     struct {
 *       ContentType type;
 *       ProtocolVersion version;
 *       uint16 epoch;
 *       uint48 sequence_number;
 *       uint16 length;
 *       opaque fragment[length];
 *     } DTLSPlaintext, DTLSCiphertext;          RFC 6347 §4.1, §4.1.2
 */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  readonly sequenceNumber: number;
  readonly fragment: Uint8Array;
}

/** The next record of a datagram, or undefined when what is left is not one: the rest is to be dropped. */
export function readRecord(reader: Reader): DtlsRecord | undefined {
  const type = reader.u8();
  const version = reader.u16();
  const epoch = reader.u16();
  const sequenceNumber = reader.u48();
  const fragment = reader.vector16();
  if (!reader.ok || fragment.length > MAX_FRAGMENT_LENGTH) return undefined;
  // The major version is all that versions have in common (RFC 6347 §4.1.2.1 lets the rest be lenient).
  if (version >> 8 !== 0xfe) return undefined;
  return { type, version, epoch, sequenceNumber, fragment };
}

/** Writes a record header into `out` at `offset`. */
export function writeRecordHeader(
  out: Uint8Array,
  offset: number,
  type: number,
  version: number,
  epoch: number,
  sequenceNumber: number,
  length: number,
): void {
  out[offset] = type;
  writeUint(out, offset + 1, version, 2);
  writeUint(out, offset + 3, epoch, 2);
  writeUint(out, offset + 5, sequenceNumber, 6);
  writeUint(out, offset + 11, length, 2);
}
