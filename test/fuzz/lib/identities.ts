import { createPrivateKey } from 'node:crypto';
import { Certificate } from '../../../src/certificate/certificate.ts';
import { corpusFile, readJson } from './files.ts';

export const IDENTITIES = ['ed25519', 'ed25519 other', 'p256', 'p256 other', 'rsa', 'rsa other'] as const;
export type IdentityName = (typeof IDENTITIES)[number];

/** A certificate and its key in PEM. They are for these tests alone, and public. */
export type StoredIdentities = Readonly<
  Record<IdentityName, { readonly cert: string; readonly key: string }>
>;

let stored: StoredIdentities | undefined;
const certificates = new Map<IdentityName, Certificate>();

function pemOf(name: IdentityName): { readonly cert: string; readonly key: string } {
  stored ??= readJson<StoredIdentities>(corpusFile('identities.json'));
  return stored[name];
}

/** A certificate that is the same in every run. */
export function identity(name: IdentityName): Certificate {
  const certificate = certificates.get(name) ?? Certificate.fromPem(pemOf(name));
  certificates.set(name, certificate);
  return certificate;
}

/** The private number of an ECDSA identity. */
export function privateNumber(name: IdentityName): Uint8Array {
  const { d } = createPrivateKey(pemOf(name).key).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(d ?? '', 'base64url'));
}
