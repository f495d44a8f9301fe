import { DtlsError } from '../../errors/dtls-error.ts';

/** For a message or extension that does not follow its syntax. */
export function malformed(what: string, bytes: Uint8Array): DtlsError {
  return new DtlsError(
    'ERR_DTLS_DECODE',
    `The peer's ${what} of ${bytes.length} bytes does not follow its syntax.`,
  );
}

/** For a peer without RFC 7627 where the caller insists on it. */
export function extendedMasterSecretRequired(): DtlsError {
  return new DtlsError(
    'ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED',
    "The peer has no extended_master_secret (RFC 7627), which is required; extendedMasterSecret: 'preferred' would do without.",
  );
}
