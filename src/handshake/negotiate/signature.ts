import type { Certificate } from '../../certificate/certificate.ts';
import { canSign, type SignatureSchemeParameters } from '../../registry/signature-schemes.ts';

/** A certificate, and the scheme that its key is to sign with. */
export interface Signer {
  readonly certificate: Certificate;
  readonly scheme: SignatureSchemeParameters;
}

/** Which kind of cipher suite a certificate serves (RFC 8422 §2: Ed25519 counts as ECDSA). */
export function authenticationOf(certificate: Certificate): 'ecdsa' | 'rsa' {
  return certificate.keyType === 'rsa' ? 'rsa' : 'ecdsa';
}

/**
 * The first certificate that can sign with a scheme that both sides have, and the most preferred of ours for it.
 * `offered` are the peer's schemes; `authentication` narrows it to certificates of that kind.
 */
export function chooseSigner(
  certificates: readonly Certificate[],
  schemes: readonly SignatureSchemeParameters[],
  offered: readonly number[],
  authentication?: 'ecdsa' | 'rsa',
): Signer | undefined {
  for (const certificate of certificates) {
    if (authentication !== undefined && authenticationOf(certificate) !== authentication) continue;
    const fits = (scheme: SignatureSchemeParameters): boolean =>
      offered.includes(scheme.id) && canSign(certificate.signingKey ?? certificate, scheme);
    // P-384 keys go with SHA-384 where the peer has it; DTLS 1.2 allows any hash.
    const scheme =
      schemes.find((candidate) => fits(candidate) && matchesCurve(candidate, certificate)) ??
      schemes.find(fits);
    if (scheme !== undefined) return { certificate, scheme };
  }
  return undefined;
}

function matchesCurve(scheme: SignatureSchemeParameters, certificate: Certificate): boolean {
  if (scheme.algorithm !== 'ecdsa') return true;
  return scheme.hash === (certificate.keyType === 'ecdsa-p384' ? 'sha-384' : 'sha-256');
}
