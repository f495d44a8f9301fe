import { Certificate } from '../../src/certificate/certificate.ts';
import { createCertificate } from '../../src/certificate/create.ts';
import { importPrivateKeyPem, type NodeSigningKey } from '../../src/crypto/node/keys.ts';
import type { KeyType } from '../../src/registry/algorithms.ts';

export const CERTIFICATE_KINDS = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ed25519',
  'rsa-2048',
  'rsa-4096',
  'chain',
] as const;

export type CertificateKind = (typeof CERTIFICATE_KINDS)[number];

/**
 * Bytes that an ECDSA signature is made to have here. Left to chance they are one more or fewer, which can make a
 * flight one datagram longer; so that the same seed gives the same course, another signature is made until it fits.
 */
const SIGNATURE_LENGTHS: Readonly<Partial<Record<KeyType, number>>> = { 'ecdsa-p256': 71, 'ecdsa-p384': 103 };

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
  if (kind === 'rsa-2048') return create('rsa', 2048);
  if (kind === 'rsa-4096') return create('rsa', 4096);
  if (kind !== 'chain') return create(kind);
  // Whether they sign each other is nothing to a peer that goes by fingerprints; it is their size that counts.
  const leaf = certificateOfKind('rsa-2048');
  const { der } = leaf;
  return new Certificate([der, der, certificateOfKind('ecdsa-p384').der, der], keyOf(leaf));
}

function create(keyType: KeyType, modulusLength?: number): Certificate {
  const length = SIGNATURE_LENGTHS[keyType];
  for (;;) {
    const certificate = createCertificate({ keyType, modulusLength, serialNumber: 1 });
    const { der } = certificate;
    if (length !== undefined && !(der.at(-length) === 0x30 && der.at(1 - length) === length - 2)) continue;
    return new Certificate([der], keyOf(certificate));
  }
}

function keyOf({ privateKeyPem = '' }: Certificate): NodeSigningKey {
  const key = importPrivateKeyPem(privateKeyPem, undefined);
  const length = SIGNATURE_LENGTHS[key.keyType];
  const sign = key.sign.bind(key);
  key.sign = (scheme, data) => {
    for (;;) {
      const signature = sign(scheme, data);
      if (length === undefined || signature.length === length) return signature;
    }
  };
  return key;
}
