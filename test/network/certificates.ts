import { Certificate } from '../../src/certificate/certificate.ts';
import { createCertificate } from '../../src/certificate/create.ts';

export const CERTIFICATE_KINDS = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ed25519',
  'rsa-2048',
  'rsa-4096',
  'chain',
] as const;

export type CertificateKind = (typeof CERTIFICATE_KINDS)[number];

const made = new Map<CertificateKind, Certificate>();

/** A certificate of that kind, always the same one: keys of RSA take seconds to make. */
export function certificateOfKind(kind: CertificateKind): Certificate {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const certificate = make(kind);
  made.set(kind, certificate);
  return certificate;
}

function make(kind: CertificateKind): Certificate {
  if (kind === 'rsa-2048') return createCertificate({ keyType: 'rsa' });
  if (kind === 'rsa-4096') return createCertificate({ keyType: 'rsa', modulusLength: 4096 });
  if (kind !== 'chain') return createCertificate({ keyType: kind });
  // Whether they sign each other is nothing to a peer that goes by fingerprints; it is their size that counts.
  const leaf = certificateOfKind('rsa-2048');
  const issuers = [certificateOfKind('rsa-4096'), createCertificate({ keyType: 'ecdsa-p384' })];
  const key = leaf.privateKeyPem;
  return Certificate.fromPem({ cert: [leaf, ...issuers].map(({ pem }) => pem).join(''), key });
}
