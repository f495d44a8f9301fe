import type { Certificate } from '../certificate/certificate.ts';
import { type Fingerprint, matchFingerprints } from '../certificate/fingerprint.ts';
import { DtlsError } from '../errors/dtls-error.ts';

/** Throws unless the certificate is one that the peer's description names (RFC 8122 §5). */
export function checkFingerprint(certificate: Certificate, fingerprints: readonly Fingerprint[]): void {
  const match = matchFingerprints(certificate.der, fingerprints);
  if (match.matched) return;
  const offered = fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`).join(', ');
  throw new DtlsError(
    'ERR_DTLS_FINGERPRINT_MISMATCH',
    match.algorithm === undefined
      ? `None of the fingerprints from the peer's description is by a hash known here: ${offered}.`
      : `The peer's certificate has the fingerprint ${match.algorithm} ${match.actual}; its description says ${offered}.`,
  );
}
