import type { AlertName } from '../registry/alerts.ts';

/**
 * Why a session failed or ended, as a stable code. `ALERTS` says which alert, if any, is sent for each;
 * docs/errors.md describes them.
 */
export type DtlsErrorCode =
  | 'ERR_DTLS_DECODE'
  | 'ERR_DTLS_UNEXPECTED_MESSAGE'
  | 'ERR_DTLS_ILLEGAL_PARAMETER'
  | 'ERR_DTLS_UNSUPPORTED_EXTENSION'
  | 'ERR_DTLS_PROTOCOL_VERSION'
  | 'ERR_DTLS_NO_COMMON_CIPHER_SUITE'
  | 'ERR_DTLS_NO_COMMON_SRTP_PROFILE'
  | 'ERR_DTLS_NO_APPLICATION_PROTOCOL'
  | 'ERR_DTLS_UNRECOGNIZED_NAME'
  | 'ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED'
  | 'ERR_DTLS_INSECURE_RENEGOTIATION'
  | 'ERR_DTLS_NO_PEER_CERTIFICATE'
  | 'ERR_DTLS_BAD_CERTIFICATE'
  | 'ERR_DTLS_UNSUPPORTED_CERTIFICATE'
  | 'ERR_DTLS_FINGERPRINT_MISMATCH'
  | 'ERR_DTLS_PEER_REFUSED'
  | 'ERR_DTLS_BAD_SIGNATURE'
  | 'ERR_DTLS_BAD_FINISHED'
  | 'ERR_DTLS_LIMIT_EXCEEDED'
  | 'ERR_DTLS_CALLBACK'
  | 'ERR_DTLS_INTERNAL'
  | 'ERR_DTLS_ALERT_RECEIVED'
  | 'ERR_DTLS_CLOSED_BY_PEER'
  | 'ERR_DTLS_HANDSHAKE_TIMEOUT'
  | 'ERR_DTLS_REPLACED';

/** The one table from error to alert (RFC 5246 §7.2.2). `undefined`: nothing is sent. */
export const ALERTS: Readonly<Record<DtlsErrorCode, AlertName | undefined>> = {
  ERR_DTLS_DECODE: 'decode_error',
  ERR_DTLS_UNEXPECTED_MESSAGE: 'unexpected_message',
  ERR_DTLS_ILLEGAL_PARAMETER: 'illegal_parameter',
  ERR_DTLS_UNSUPPORTED_EXTENSION: 'unsupported_extension',
  ERR_DTLS_PROTOCOL_VERSION: 'protocol_version',
  ERR_DTLS_NO_COMMON_CIPHER_SUITE: 'handshake_failure',
  ERR_DTLS_NO_COMMON_SRTP_PROFILE: 'handshake_failure',
  ERR_DTLS_NO_APPLICATION_PROTOCOL: 'no_application_protocol',
  ERR_DTLS_UNRECOGNIZED_NAME: 'unrecognized_name',
  ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED: 'handshake_failure',
  ERR_DTLS_INSECURE_RENEGOTIATION: 'handshake_failure',
  ERR_DTLS_NO_PEER_CERTIFICATE: 'handshake_failure',
  ERR_DTLS_BAD_CERTIFICATE: 'bad_certificate',
  ERR_DTLS_UNSUPPORTED_CERTIFICATE: 'unsupported_certificate',
  ERR_DTLS_FINGERPRINT_MISMATCH: 'bad_certificate',
  ERR_DTLS_PEER_REFUSED: 'bad_certificate',
  ERR_DTLS_BAD_SIGNATURE: 'decrypt_error',
  ERR_DTLS_BAD_FINISHED: 'decrypt_error',
  ERR_DTLS_LIMIT_EXCEEDED: 'internal_error',
  ERR_DTLS_CALLBACK: 'internal_error',
  ERR_DTLS_INTERNAL: 'internal_error',
  ERR_DTLS_ALERT_RECEIVED: undefined,
  ERR_DTLS_CLOSED_BY_PEER: undefined,
  ERR_DTLS_HANDSHAKE_TIMEOUT: undefined,
  ERR_DTLS_REPLACED: undefined,
};

export interface DtlsErrorOptions {
  /** Another alert than the table's, where the RFC asks for it. */
  readonly alert?: AlertName | undefined;
  readonly cause?: unknown;
}

/** A session ended by what the peer, the network or the clock did. Holds no secret. */
export class DtlsError extends Error {
  override readonly name: string = 'DtlsError';
  /** Stable, documented identifier. */
  readonly code: DtlsErrorCode;
  /** The alert that was sent to the peer, or received from it. */
  readonly alert: AlertName | undefined;

  constructor(code: DtlsErrorCode, message: string, options: DtlsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.alert = options.alert ?? ALERTS[code];
  }
}
