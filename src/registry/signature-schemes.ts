import { HASH_LENGTH, type HashName, type KeyType } from './algorithms.ts';
import { nameOf } from './name-of.ts';

/**
 * SignatureScheme (RFC 8446 §4.2.3), in DTLS 1.2 a SignatureAndHashAlgorithm with the same numbers.
 * The order is the default preference. SHA-1 and MD5 are not here on purpose.
 */
export const SignatureScheme = {
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  ed25519: 0x0807,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
} as const;
export type SignatureSchemeName = keyof typeof SignatureScheme;

export interface SignatureSchemeParameters {
  readonly name: SignatureSchemeName;
  readonly id: number;
  /** What the key must be. In DTLS 1.2 an `ecdsa` scheme names a hash only, and goes with any curve (RFC 5246 §7.4.1.4.1). */
  readonly algorithm: 'ecdsa' | 'ed25519' | 'rsa-pss' | 'rsa-pkcs1';
  /** Undefined for Ed25519, which hashes by itself. */
  readonly hash: HashName | undefined;
}

function parameters(name: SignatureSchemeName): SignatureSchemeParameters {
  return {
    name,
    id: SignatureScheme[name],
    algorithm: name.startsWith('ecdsa')
      ? 'ecdsa'
      : name.startsWith('rsa_pss')
        ? 'rsa-pss'
        : name.startsWith('rsa')
          ? 'rsa-pkcs1'
          : 'ed25519',
    hash: name.endsWith('256')
      ? 'sha-256'
      : name.endsWith('384')
        ? 'sha-384'
        : name.endsWith('512')
          ? 'sha-512'
          : undefined,
  };
}

/** Every scheme, most preferred first. */
export const SIGNATURE_SCHEMES: readonly SignatureSchemeParameters[] = (
  Object.keys(SignatureScheme) as SignatureSchemeName[]
).map(parameters);

export function signatureSchemeById(id: number): SignatureSchemeParameters | undefined {
  return SIGNATURE_SCHEMES.find((scheme) => scheme.id === id);
}

export function signatureSchemeName(id: number): string {
  return nameOf(SignatureScheme, id);
}

/** Whether a key of this type can make or check signatures of this scheme in DTLS 1.2. */
export function schemeFitsKey(scheme: SignatureSchemeParameters, keyType: KeyType): boolean {
  switch (scheme.algorithm) {
    case 'ecdsa':
      return keyType === 'ecdsa-p256' || keyType === 'ecdsa-p384';
    case 'ed25519':
      return keyType === 'ed25519';
    default:
      return keyType === 'rsa';
  }
}

/**
 * Whether this very key can: of its type, and large enough. `modulusLength` is that of an RSA key in bits, where it
 * is known. EMSA-PSS needs room for two digests
 * and two bytes (RFC 8017 §9.1.1), which a modulus of 1024 bits lacks with SHA-512.
 */
export function canSign(
  key: { readonly keyType: KeyType; readonly modulusLength?: number | undefined },
  scheme: SignatureSchemeParameters,
): boolean {
  if (!schemeFitsKey(scheme, key.keyType)) return false;
  if (scheme.algorithm !== 'rsa-pss' || scheme.hash === undefined || key.modulusLength === undefined)
    return true;
  return Math.ceil((key.modulusLength - 1) / 8) >= 2 * HASH_LENGTH[scheme.hash] + 2;
}
