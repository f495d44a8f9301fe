import type { DtlsRecord } from '../wire/record.ts';

/** How the records of one direction and epoch are protected. */
export interface RecordProtection {
  /** Bytes that a record has beyond its plaintext, header included. */
  readonly overhead: number;
  /** Records that may be sent under the key. */
  readonly sealLimit: number;
  /** Records that may fail to open under the key before the connection has to end. */
  readonly openLimit: number;
  /** A whole record, in memory of its own: it may leave as a datagram. */
  seal(type: number, epoch: number, sequenceNumber: number, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the record is not authentic. */
  open(record: DtlsRecord): Uint8Array | undefined;
  /** Overwrites the key. */
  destroy(): void;
}
