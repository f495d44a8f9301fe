import type { DtlsConnectionOptions } from '../../../src/connection/options.ts';
import { fingerprintOf } from '../../lib/ends.ts';
import { type IdentityName, identity } from './identities.ts';

export type Side = 'client' | 'server';
export const SIDES: readonly Side[] = ['client', 'server'];
export const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client');

export type Options = Partial<DtlsConnectionOptions>;

/** Two ends that can shake hands. */
export interface Setup {
  readonly identities: Readonly<Record<Side, IdentityName>>;
  readonly both?: Options;
  readonly client?: Options;
  readonly server?: Options;
  /** Fingerprints are given only when all has gone quiet. */
  readonly later?: boolean;
}

/** So that what is recorded stays good when there are more versions. */
const V12: Options = { versions: ['DTLSv1.2'] };
const ED25519: Setup['identities'] = { client: 'ed25519', server: 'ed25519 other' };
const SRTP: Options = { srtpProfiles: ['SRTP_AES128_CM_SHA1_80', 'SRTP_AEAD_AES_128_GCM'] };
/** PSS has a random salt, which would make each run another one. */
const RSA: Options = { signatureSchemes: ['rsa_pkcs1_sha256', 'ed25519'] };

/** What anyone may be told by a peer it does not check. */
const UNCHECKED: Options = { insecureNoPeerCheck: true };

export const SETUPS: Readonly<Record<string, Setup>> = {
  plain: { identities: ED25519, both: SRTP },
  cookie: { identities: ED25519, both: SRTP, server: { cookieExchange: true, groups: ['P-256'] } },
  pieces: {
    identities: { client: 'rsa', server: 'rsa other' },
    both: { ...SRTP, ...RSA, mtu: 256, groups: ['P-384'] },
  },
  'cookie in pieces': {
    identities: ED25519,
    both: { ...SRTP, mtu: 256, alpnProtocols: Array.from({ length: 30 }, (_, i) => `protocol-${i}`) },
    client: { servername: 'example.org' },
    server: { cookieExchange: true },
  },
  'one certificate': {
    identities: ED25519,
    both: { alpnProtocols: ['h2', 'webrtc'], cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] },
    client: { servername: 'example.org' },
    server: { ...UNCHECKED, requestCertificate: false, selectContext: () => ({ alpnProtocols: ['webrtc'] }) },
  },
  asked: {
    identities: { client: 'p256', server: 'p256 other' },
    both: {
      ...SRTP,
      sign: 'request',
      verifyPeer: 'request',
      signatureSchemes: ['ecdsa_secp256r1_sha256'],
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
    },
    server: { selectContext: 'request', cookieExchange: true },
  },
  later: { identities: ED25519, both: { ...SRTP, remoteFingerprints: 'later' }, later: true },
  unchecked: { identities: ED25519, both: { ...UNCHECKED, extendedMasterSecret: 'preferred' } },
  /** What recordings with others are made with. */
  others: {
    identities: ED25519,
    both: { ...V12, ...SRTP, ...UNCHECKED, alpnProtocols: ['webrtc', 'h2'] },
  },
  'others, in pieces': {
    identities: ED25519,
    both: { ...V12, ...SRTP, ...UNCHECKED, mtu: 300, groups: ['P-256', 'P-384'] },
    server: { cookieExchange: true },
  },
  /** Without SRTP nothing is required of a peer that does not know RFC 7627. */
  old: { identities: ED25519, both: { ...V12, ...UNCHECKED } },
  firefox: {
    identities: { client: 'p256', server: 'p256 other' },
    both: {
      ...V12,
      ...SRTP,
      ...UNCHECKED,
      sign: 'request',
      signatureSchemes: ['ecdsa_secp256r1_sha256'],
      alpnProtocols: ['webrtc', 'c-webrtc'],
    },
  },
};

/** What one side of a setup is made with, but for its randomness. */
export function optionsOf(setup: Setup, side: Side): DtlsConnectionOptions {
  const own: Options = { ...setup.both, ...setup[side] };
  const checks = own.insecureNoPeerCheck ?? own.verifyPeer ?? own.remoteFingerprints;
  return {
    role: side,
    certificate: identity(setup.identities[side]),
    keylog: true,
    ...(checks === undefined && {
      remoteFingerprints: [fingerprintOf(identity(setup.identities[otherSide(side)]))],
    }),
    ...own,
  };
}

export function setupOf(name: string): Setup {
  const setup = SETUPS[name];
  if (setup === undefined)
    throw new Error(`no setup is called ${name}: there are ${Object.keys(SETUPS).join(', ')}`);
  return setup;
}
