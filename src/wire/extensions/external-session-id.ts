import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** Bytes of a session_id, and characters of the `tls-id` of SDP that it holds (RFC 8842 §4). */
export const EXTERNAL_SESSION_ID_LENGTH = { min: 20, max: 255 } as const;

/**
 *     struct {
 *       opaque session_id<20..255>;
 *     } ExternalSessionId;                       RFC 8844 §4.3
 *
 * Gives the session_id.
 */
export function readExternalSessionId(data: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(data);
  const sessionId = reader.vector8();
  return reader.finished && sessionId.length >= EXTERNAL_SESSION_ID_LENGTH.min ? sessionId : undefined;
}

export function writeExternalSessionId(sessionId: Uint8Array): Uint8Array {
  return new Writer().vector8(sessionId).finish();
}
