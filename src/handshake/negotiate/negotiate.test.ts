import { describe, expect, it } from 'vitest';
import { certificateOf } from '../../../test/lib/ends.ts';
import { Certificate } from '../../certificate/certificate.ts';
import { createCertificateOfAnySize } from '../../certificate/create.ts';
import { CIPHER_SUITES, CipherSuite } from '../../registry/cipher-suites.ts';
import { GROUPS, NamedGroup } from '../../registry/groups.ts';
import { SIGNATURE_SCHEMES, SignatureScheme } from '../../registry/signature-schemes.ts';
import { SRTP_PROFILES } from '../../registry/srtp-profiles.ts';
import { chooseCipherSuite } from './cipher-suite.ts';
import { chooseGroup } from './group.ts';
import { authenticationOf, chooseSigner } from './signature.ts';
import { chooseSrtpProfile } from './srtp-profile.ts';

const ALL_SUITES = Object.values(CipherSuite);
const ALL_SCHEMES = Object.values(SignatureScheme);
const S = SignatureScheme;

describe('chooseCipherSuite()', () => {
  const choose = (certificates: readonly Certificate[], suites: readonly number[], schemes = ALL_SCHEMES) =>
    chooseCipherSuite(CIPHER_SUITES, certificates, SIGNATURE_SCHEMES, suites, schemes);

  it('goes by our order, not by the client’s', () => {
    const choice = choose([certificateOf('ecdsa-p256')], [...ALL_SUITES].reverse());
    expect(choice?.suite.name).toBe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
  });

  it.each([
    ['ecdsa-p256', 'ECDSA'],
    ['ecdsa-p384', 'ECDSA'],
    ['ed25519', 'ECDSA'],
    ['rsa', 'RSA'],
  ] as const)('%s serves the %s suites only (RFC 8422 §2)', (keyType, authentication) => {
    const certificate = certificateOf(keyType);
    for (const { id, name } of CIPHER_SUITES) {
      const choice = choose([certificate], [id]);
      expect(choice?.suite.name).toBe(name.includes(`_${authentication}_`) ? name : undefined);
    }
    expect(authenticationOf(certificate)).toBe(authentication.toLowerCase());
  });

  it('takes the certificate that fits the suite', () => {
    const [ecdsa, rsa] = [certificateOf('ecdsa-p256'), certificateOf('rsa')];
    const id = CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
    expect(choose([ecdsa, rsa], [id])?.signer.certificate).toBe(rsa);
  });

  it('passes over a suite whose signature the client cannot check', () => {
    const choice = choose([certificateOf('ecdsa-p256'), certificateOf('rsa')], ALL_SUITES, [
      S.rsa_pkcs1_sha256,
    ] as typeof ALL_SCHEMES);
    expect(choice?.suite.authentication).toBe('rsa');
  });

  it('skips unknown suites and GREASE, and has nothing when nothing is common', () => {
    expect(choose([certificateOf('rsa')], [0x0a0a, 0x1301, 0x00ff])).toBeUndefined();
    expect(choose([certificateOf('rsa')], ALL_SUITES, [])).toBeUndefined();
  });
});

describe('chooseSigner()', () => {
  it.each([
    ['ecdsa-p256', ALL_SCHEMES, 'ecdsa_secp256r1_sha256'],
    ['ecdsa-p384', ALL_SCHEMES, 'ecdsa_secp384r1_sha384'],
    ['ecdsa-p384', [S.ecdsa_secp256r1_sha256], 'ecdsa_secp256r1_sha256'],
    ['ecdsa-p256', [S.ecdsa_secp384r1_sha384], 'ecdsa_secp384r1_sha384'],
    ['ed25519', ALL_SCHEMES, 'ed25519'],
    ['ed25519', [S.ecdsa_secp256r1_sha256], undefined],
    ['rsa', ALL_SCHEMES, 'rsa_pss_rsae_sha256'],
    ['rsa', [S.rsa_pkcs1_sha512, S.rsa_pkcs1_sha256], 'rsa_pkcs1_sha256'],
    ['rsa', [0x0201, 0x0203], undefined],
  ] as const)('%s with what the peer offers: %j gives %s', (keyType, offered, expected) => {
    const signer = chooseSigner([certificateOf(keyType)], SIGNATURE_SCHEMES, offered);
    expect(signer?.scheme.name).toBe(expected);
  });

  it('RSA of 1,024 bits has no room for PSS with SHA-512 (RFC 8017 §9.1.1)', () => {
    const small = createCertificateOfAnySize({ keyType: 'rsa', modulusLength: 1024 });
    expect(chooseSigner([small], SIGNATURE_SCHEMES, [S.rsa_pss_rsae_sha512])).toBeUndefined();
    expect(chooseSigner([small], SIGNATURE_SCHEMES, [S.rsa_pss_rsae_sha256])).toBeDefined();
  });

  it('a certificate without its key goes by its type', () => {
    const { chain } = certificateOf('rsa');
    const signer = chooseSigner([Certificate.fromDer(chain)], SIGNATURE_SCHEMES, ALL_SCHEMES);
    expect(signer?.scheme.name).toBe('rsa_pss_rsae_sha256');
  });
});

describe('chooseGroup()', () => {
  const { X25519, 'P-256': P256, 'P-384': P384 } = NamedGroup;
  it.each([
    ['by our order', GROUPS, [P384, P256, X25519], 'X25519'],
    ['skips what we lack', GROUPS, [0x11ec, 0x0a0a, P384], 'P-384'],
    ['none in common', GROUPS, [0x11ec], undefined],
    ['only ours', ['P-384'] as const, [X25519, P384], 'P-384'],
    ['a client that names none has P-256 (RFC 8422 §4)', GROUPS, undefined, 'P-256'],
    ['or whatever we have', ['P-384'] as const, undefined, 'P-384'],
  ])('%s', (_, groups, offered, expected) => expect(chooseGroup(groups, offered)).toBe(expected));
});

describe('chooseSrtpProfile()', () => {
  it.each([
    ['by our order', [8, 7, 2, 1], 'SRTP_AES128_CM_SHA1_80'],
    ['skips NULL profiles and unknown ones', [5, 6, 0x0a0a, 8], 'SRTP_AEAD_AES_256_GCM'],
    ['none in common', [5, 6], undefined],
  ] as const)('%s (RFC 5764 §4.1.1)', (_, offered, expected) => {
    expect(chooseSrtpProfile(SRTP_PROFILES, offered)?.name).toBe(expected);
  });
});
