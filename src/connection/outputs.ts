import type { DtlsError } from '../errors/dtls-error.ts';
import type { TraceEvent } from '../observe/trace.ts';
import type { ClientHelloInfo } from './options.ts';

/** A question that the caller asked to be asked; `DtlsConnection.resolve(id, value, now)` answers it. */
export type DtlsRequest =
  | {
      readonly type: 'request';
      readonly id: number;
      /** Sign `data` with the key of `certificate`; the answer is the signature's bytes. */
      readonly kind: 'sign';
      /** A name of RFC 8446 §4.2.3, as `ecdsa_secp256r1_sha256`. */
      readonly scheme: string;
      readonly data: Uint8Array;
      /** DER of the certificate whose key is wanted. */
      readonly certificate: Uint8Array;
    }
  | {
      readonly type: 'request';
      readonly id: number;
      /** Is this chain (DER, leaf first) the peer's? The answer is a boolean. */
      readonly kind: 'verifyPeer';
      readonly chain: readonly Uint8Array[];
    }
  | {
      readonly type: 'request';
      readonly id: number;
      /** Which certificate for this client? The answer is a `ServerContext`, or undefined to refuse. */
      readonly kind: 'selectContext';
      readonly hello: ClientHelloInfo;
    };

/** What `DtlsConnection.poll` hands out, in the order in which it happened. */
export type DtlsOutput =
  /** Send this to the peer as one UDP datagram. The bytes are the caller's. */
  | { readonly type: 'datagram'; readonly datagram: Uint8Array }
  /** The peer is authenticated; keys and messages may flow. Comes once. */
  | { readonly type: 'connected' }
  /** Application data. The bytes are the caller's. */
  | { readonly type: 'message'; readonly data: Uint8Array }
  /** The end, once: without an error after a close_notify of either side. */
  | { readonly type: 'closed'; readonly error: DtlsError | undefined }
  | DtlsRequest
  | { readonly type: 'trace'; readonly event: TraceEvent }
  /** A line of an NSS key log file, for Wireshark. */
  | { readonly type: 'keylog'; readonly line: string };
