import type { DtlsError } from '../errors/dtls-error.ts';
import type { Question } from '../handshake/core/port.ts';
import type { TraceEvent } from '../observe/trace.ts';

/**
 * A question that the options said to ask; `DtlsConnection.resolve(id, answer, now)` answers it: `sign` with the
 * signature's bytes, `verifyPeer` with a boolean, `selectContext` with a `ServerContext`, or undefined to refuse.
 * An `Error` as the answer to any of them fails the handshake.
 */
export type DtlsRequest = Question & { readonly type: 'request'; readonly id: number };

/** What `DtlsConnection.poll` hands out, in the order in which it happened. */
export type DtlsOutput =
  /** Send this to the peer as one UDP datagram, of `mtu` bytes at most in a handshake. The bytes are the caller's. */
  | { readonly type: 'datagram'; readonly datagram: Uint8Array }
  /** The peer is authenticated; keys and messages may flow. Comes once. */
  | { readonly type: 'connected' }
  /** Application data, 0 to 16,384 bytes as the peer sent them in one piece. The bytes are the caller's. */
  | { readonly type: 'message'; readonly data: Uint8Array }
  /** The end, once: without an error after a close_notify of either side. */
  | { readonly type: 'closed'; readonly error: DtlsError | undefined }
  | DtlsRequest
  /** With the option `trace` only. */
  | { readonly type: 'trace'; readonly event: TraceEvent }
  /** With the option `keylog` only: a line of an NSS key log file without its end, for Wireshark. A secret. */
  | { readonly type: 'keylog'; readonly line: string };
