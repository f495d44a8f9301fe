import { Reader } from '../../bytes/reader.ts';

/** `opaque renegotiated_connection<0..255>`, empty in a first handshake (RFC 5746 §3.2). */
export const INITIAL_RENEGOTIATION_INFO: Uint8Array = Uint8Array.of(0);

export function readRenegotiationInfo(data: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(data);
  const connection = reader.vector8();
  return reader.finished ? connection : undefined;
}
