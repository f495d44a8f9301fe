import type { Reader } from '../bytes/reader.ts';
import { Writer } from '../bytes/writer.ts';

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

/** One fragment of `message`, header and body. */
export function writeHandshakeFragment(
  message: HandshakeMessage,
  fragmentOffset: number,
  fragmentLength: number,
): Uint8Array {
  return new Writer(HANDSHAKE_HEADER_LENGTH + fragmentLength)
    .u8(message.type)
    .u24(message.body.length)
    .u16(message.messageSeq)
    .u24(fragmentOffset)
    .vector24(message.body.subarray(fragmentOffset, fragmentOffset + fragmentLength))
    .finish();
}

/** The message as one fragment: what transcripts are made of (RFC 6347 §4.2.6). */
export function writeHandshakeMessage(message: HandshakeMessage): Uint8Array {
  return writeHandshakeFragment(message, 0, message.body.length);
}
