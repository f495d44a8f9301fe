import { afterAll, test } from 'vitest';
import { CIPHER_SUITES } from '../../src/registry/cipher-suites.ts';
import type { SignatureSchemeName } from '../../src/registry/signature-schemes.ts';
import { SRTP_PROFILES } from '../../src/registry/srtp-profiles.ts';
import { type Exchange, runExchange } from './lib/exchange.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { describeWith, named } from './lib/suites.ts';

const ROLES = ['client', 'server'] as const;

/** Each suite with each profile; the suite decides which certificate the server shows. */
const SUITES_AND_PROFILES = CIPHER_SUITES.flatMap((suite) =>
  SRTP_PROFILES.map((profile) => {
    const keyType = suite.authentication === 'rsa' ? ('rsa' as const) : ('ecdsa-p256' as const);
    return { keyType, cipherSuite: suite.name, srtpProfile: profile.name };
  }),
);

/** What `-sigalgs` and `-client_sigalgs` take, one at a time: OpenSSL then makes and accepts no other signature. */
const SIGNATURES: readonly { openssl: string; scheme: SignatureSchemeName }[] = [
  { openssl: 'rsa_pss_rsae_sha256', scheme: 'rsa_pss_rsae_sha256' },
  { openssl: 'rsa_pss_rsae_sha384', scheme: 'rsa_pss_rsae_sha384' },
  { openssl: 'rsa_pss_rsae_sha512', scheme: 'rsa_pss_rsae_sha512' },
  { openssl: 'RSA+SHA256', scheme: 'rsa_pkcs1_sha256' },
  { openssl: 'RSA+SHA384', scheme: 'rsa_pkcs1_sha384' },
  { openssl: 'RSA+SHA512', scheme: 'rsa_pkcs1_sha512' },
];

const certificates = new PeerCertificates();
afterAll(() => certificates.dispose());

describeWith('openssl').each(ROLES)(
  'openssl, DTLS 1.2, us as %s: every suite with every SRTP profile',
  (role) => {
    const rows = named(SUITES_AND_PROFILES, (row) => `${row.cipherSuite} with ${row.srtpProfile}`);
    test.each(rows)('%s', (_, { keyType, cipherSuite, srtpProfile }) => {
      const exchange: Exchange = { role, ours: keyType, theirs: keyType, cipherSuite, srtpProfile };
      return runExchange(exchange, certificates);
    });
  },
);

describeWith('openssl').each(ROLES)(
  'openssl, DTLS 1.2, us as %s: one kind of signature in both directions',
  (role) => {
    test.each(named(SIGNATURES, ({ scheme }) => scheme))('%s', (_, signature) => {
      const rsa = { ours: 'rsa', theirs: 'rsa', srtpProfile: 'SRTP_AEAD_AES_128_GCM' } as const;
      return runExchange({ role, ...rsa, signature }, certificates);
    });
  },
);
