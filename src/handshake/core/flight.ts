import { copy } from '../../bytes/bytes.ts';
import { ContentType } from '../../registry/content-types.ts';
import {
  HANDSHAKE_HEADER_LENGTH,
  type HandshakeMessage,
  writeHandshakeFragment,
} from '../../wire/handshake.ts';
import { MAX_PLAINTEXT_LENGTH } from '../../wire/record.ts';

/** What of the record layer a flight needs. */
export interface FlightRecords {
  /** Bytes of a record of this epoch beyond its plaintext. */
  overhead(epoch: number): number;
  seal(
    epoch: number,
    type: number,
    plaintext: Uint8Array,
  ): { readonly bytes: Uint8Array; readonly sequenceNumber: number };
}

export type FlightItem =
  | { readonly kind: 'message'; readonly epoch: number; readonly message: HandshakeMessage }
  | { readonly kind: 'change_cipher_spec'; readonly epoch: number };

/** One record of a flight as it was sent, for traces. */
export interface SentPart {
  readonly item: FlightItem;
  readonly fragmentOffset: number;
  readonly fragmentLength: number;
  readonly sequenceNumber: number;
}

/** One datagram of a flight, and what is in it. */
export interface PackedDatagram {
  readonly bytes: Uint8Array;
  readonly parts: readonly SentPart[];
}

/** Rather than a shorter fragment, a message begins a new datagram. */
const LEAST_FRAGMENT = 32;

/** `struct { enum { change_cipher_spec(1) } type; } ChangeCipherSpec;` (RFC 5246 §7.1) */
export const CHANGE_CIPHER_SPEC: Uint8Array = Uint8Array.of(1);

/** Where datagrams are put together, one at a time. */
let scratch: Uint8Array = new Uint8Array(0);

/**
 * Cuts a flight into datagrams of at most `mtu` bytes. It is cut anew each time it is sent, for the MTU may
 * have changed; messages keep their sequence numbers and epochs, and records get new numbers (RFC 6347 §4.2.4).
 */
export function packFlight(
  items: readonly FlightItem[],
  mtu: number,
  records: FlightRecords,
): PackedDatagram[] {
  const datagrams: PackedDatagram[] = [];
  let parts: SentPart[] = [];
  let used = 0;
  if (scratch.length < mtu) scratch = new Uint8Array(mtu);

  const flush = (): void => {
    if (used === 0) return;
    datagrams.push({ bytes: copy(scratch.subarray(0, used)), parts });
    parts = [];
    used = 0;
  };
  const append = (epoch: number, type: number, plaintext: Uint8Array): number => {
    const record = records.seal(epoch, type, plaintext);
    scratch.set(record.bytes, used);
    used += record.bytes.length;
    return record.sequenceNumber;
  };

  for (const item of items) {
    if (item.kind === 'change_cipher_spec') {
      if (mtu - used < records.overhead(item.epoch) + CHANGE_CIPHER_SPEC.length) flush();
      const sequenceNumber = append(item.epoch, ContentType.change_cipher_spec, CHANGE_CIPHER_SPEC);
      parts.push({ item, fragmentOffset: 0, fragmentLength: CHANGE_CIPHER_SPEC.length, sequenceNumber });
      continue;
    }
    const { message, epoch } = item;
    const headers = records.overhead(epoch) + HANDSHAKE_HEADER_LENGTH;
    let offset = 0;
    do {
      const rest = message.body.length - offset;
      if (mtu - used - headers < Math.min(rest, LEAST_FRAGMENT)) flush();
      const length = Math.min(rest, mtu - used - headers, MAX_PLAINTEXT_LENGTH - HANDSHAKE_HEADER_LENGTH);
      const sequenceNumber = append(
        epoch,
        ContentType.handshake,
        writeHandshakeFragment(message, offset, length),
      );
      parts.push({ item, fragmentOffset: offset, fragmentLength: length, sequenceNumber });
      offset += length;
    } while (offset < message.body.length);
  }
  flush();
  return datagrams;
}
