import { allocate, writeUint } from '../bytes/bytes.ts';
import type { Reader } from '../bytes/reader.ts';

export const HANDSHAKE_HEADER_LENGTH = 12;

/**
 *     struct {
 *       HandshakeType msg_type;
 *       uint24 length;
 *       uint16 message_seq;
 *       uint24 fragment_offset;
 *       uint24 fragment_length;
 *       opaque body[fragment_length];
 *     } Handshake;                               RFC 6347 §4.2.2
 */
export interface HandshakeFragment {
  readonly type: number;
  /** Bytes of the whole message. */
  readonly length: number;
  readonly messageSeq: number;
  readonly fragmentOffset: number;
  readonly fragment: Uint8Array;
}

/** A whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  readonly messageSeq: number;
  readonly body: Uint8Array;
}

/** The next fragment of a record, or undefined when the record is malformed from here on. */
export function readHandshakeFragment(reader: Reader): HandshakeFragment | undefined {
  const type = reader.u8();
  const length = reader.u24();
  const messageSeq = reader.u16();
  const fragmentOffset = reader.u24();
  const fragment = reader.vector24();
  if (!reader.ok || fragmentOffset + fragment.length > length) return undefined;
  return { type, length, messageSeq, fragmentOffset, fragment };
}

/** The header of a fragment of `message`, into `out` at `offset`. */
export function writeHandshakeHeader(
  out: Uint8Array,
  offset: number,
  message: HandshakeMessage,
  fragmentOffset: number,
  fragmentLength: number,
): void {
  out[offset] = message.type;
  writeUint(out, offset + 1, message.body.length, 3);
  writeUint(out, offset + 4, message.messageSeq, 2);
  writeUint(out, offset + 6, fragmentOffset, 3);
  writeUint(out, offset + 9, fragmentLength, 3);
}

/** One fragment of `message`, header and body. */
export function writeHandshakeFragment(
  message: HandshakeMessage,
  fragmentOffset: number,
  fragmentLength: number,
): Uint8Array {
  const fragment = allocate(HANDSHAKE_HEADER_LENGTH + fragmentLength);
  writeHandshakeHeader(fragment, 0, message, fragmentOffset, fragmentLength);
  fragment.set(
    message.body.subarray(fragmentOffset, fragmentOffset + fragmentLength),
    HANDSHAKE_HEADER_LENGTH,
  );
  return fragment;
}

/** The message as one fragment: what transcripts are made of (RFC 6347 §4.2.6). */
export function writeHandshakeMessage(message: HandshakeMessage): Uint8Array {
  return writeHandshakeFragment(message, 0, message.body.length);
}
