import type { AeadName, HashName } from './algorithms.ts';
import { nameOf } from './name-of.ts';

/**
 * The suites of DTLS 1.2 that this library has: ephemeral key exchange and AEAD only
 * (RFC 5289, RFC 7905). The order is the default preference.
 */
export const CipherSuite = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
} as const;
export type CipherSuiteName = keyof typeof CipherSuite;

/** Signalling value for secure renegotiation (RFC 5746 §3.3): never negotiated. */
export const TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

export interface CipherSuiteParameters {
  readonly name: CipherSuiteName;
  readonly id: number;
  /** The kind of certificate: `ecdsa` covers Ed25519 as well (RFC 8422 §2). */
  readonly authentication: 'ecdsa' | 'rsa';
  readonly aead: AeadName;
  /** Hash of the PRF and of the handshake transcript. */
  readonly hash: HashName;
}

function parameters(name: CipherSuiteName): CipherSuiteParameters {
  return {
    name,
    id: CipherSuite[name],
    authentication: name.includes('_ECDSA_') ? 'ecdsa' : 'rsa',
    aead: name.includes('CHACHA20')
      ? 'chacha20-poly1305'
      : name.includes('AES_256')
        ? 'aes-256-gcm'
        : 'aes-128-gcm',
    hash: name.endsWith('SHA384') ? 'sha-384' : 'sha-256',
  };
}

/** Every suite, most preferred first. */
export const CIPHER_SUITES: readonly CipherSuiteParameters[] = (
  Object.keys(CipherSuite) as CipherSuiteName[]
).map(parameters);

export function cipherSuiteName(id: number): string {
  return nameOf(CipherSuite, id);
}
