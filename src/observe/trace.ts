import type { DiscardReason } from '../registry/discard-reasons.ts';

/**
 * What a connection did, as data: enough to draw the handshake as a ladder or to find a lost flight.
 * `now` is the time that the caller gave, in ms on the caller's clock. There is no secret and no application data.
 */
export type TraceEvent =
  | MessageTrace
  /** A datagram handed out or taken in, whole. */
  | {
      readonly kind: 'datagram';
      readonly now: number;
      readonly direction: Direction;
      /** Bytes of UDP payload. */
      readonly length: number;
    }
  /** The retransmission timer fired; the last flight was sent again and the timer is now `timeout` ms. */
  | { readonly kind: 'timeout'; readonly now: number; readonly timeout: number }
  /** Something that arrived was dropped, and why. */
  | { readonly kind: 'discard'; readonly now: number; readonly reason: DiscardReason }
  /** The state that was entered: of the connection, or of its handshake by the name of what it waits for. */
  | { readonly kind: 'state'; readonly now: number; readonly state: string };

export type Direction = 'sent' | 'received';

/** One message, or one fragment of it, in one record. */
export interface MessageTrace {
  readonly kind: 'message';
  /** On the caller's clock, in ms. */
  readonly now: number;
  readonly direction: Direction;
  /** As the RFC names it: `client_hello`, `change_cipher_spec`, `alert close_notify`, `application_data`… */
  readonly message: string;
  /** Bytes of the whole message without headers. */
  readonly length: number;
  /** Which part of a handshake message; undefined for the other content types. */
  readonly fragment: { readonly offset: number; readonly length: number } | undefined;
  /** The number of a handshake message; it stays in a retransmission. */
  readonly messageSeq: number | undefined;
  /** Of the record. */
  readonly epoch: number;
  /** Of the record in its epoch; each retransmission has a new one. */
  readonly sequenceNumber: number;
  /** Sent, or received, before. */
  readonly repeated: boolean;
}
