import { describe, expect, it } from 'vitest';
import { Alert, alertName } from './alerts.ts';
import { AEAD, HASH_LENGTH } from './algorithms.ts';
import { CIPHER_SUITES, CipherSuite, cipherSuiteName } from './cipher-suites.ts';
import { ExtensionType, extensionName } from './extension-types.ts';
import { GROUPS, groupById, groupName, NamedGroup } from './groups.ts';
import { HandshakeType, handshakeTypeName } from './handshake-types.ts';
import { nameList } from './name-of.ts';
import {
  canSign,
  SIGNATURE_SCHEMES,
  SignatureScheme,
  schemeFitsKey,
  signatureSchemeById,
  signatureSchemeName,
} from './signature-schemes.ts';
import { SRTP_PROFILES, SrtpProfile, srtpProfileByName, srtpProfileName } from './srtp-profiles.ts';

describe('registries', () => {
  it.each([
    ['alerts', Alert, alertName],
    ['cipher suites', CipherSuite, cipherSuiteName],
    ['extensions', ExtensionType, extensionName],
    ['groups', NamedGroup, groupName],
    ['handshake types', HandshakeType, handshakeTypeName],
    ['signature schemes', SignatureScheme, signatureSchemeName],
    ['SRTP profiles', SrtpProfile, srtpProfileName],
  ] as const)('%s: one number each, and a name for every number', (_, registry, name) => {
    const entries = Object.entries(registry);
    expect(new Set(entries.map(([, id]) => id)).size).toBe(entries.length);
    for (const [key, id] of entries) expect(name(id)).toBe(key);
    expect(name(0xabcd)).toBe('0xabcd');
  });

  it('has no static RSA, no CBC, no NULL and no anonymous suite (S15)', () => {
    for (const name of Object.keys(CipherSuite))
      expect(name).toMatch(/^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)$/);
  });

  it('has no signature by MD5 or SHA-1', () => {
    for (const { name, hash } of SIGNATURE_SCHEMES) {
      if (name === 'ed25519') expect(hash).toBeUndefined();
      else expect(hash).toMatch(/^sha-(256|384|512)$/);
    }
  });
});

describe('CIPHER_SUITES', () => {
  it.each([
    ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 0xc02b, 'ecdsa', 'aes-128-gcm', 'sha-256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 0xc02c, 'ecdsa', 'aes-256-gcm', 'sha-384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 0xc02f, 'rsa', 'aes-128-gcm', 'sha-256'],
    ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 0xc030, 'rsa', 'aes-256-gcm', 'sha-384'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 0xcca8, 'rsa', 'chacha20-poly1305', 'sha-256'],
    ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 0xcca9, 'ecdsa', 'chacha20-poly1305', 'sha-256'],
  ])('%s (RFC 5289, RFC 7905)', (name, id, authentication, aead, hash) => {
    expect(CIPHER_SUITES.find((suite) => suite.name === name)).toEqual({
      name,
      id,
      authentication,
      aead,
      hash,
    });
  });
});

describe('SRTP_PROFILES (RFC 5764 §4.1.2, RFC 7714 §14.2)', () => {
  it.each([
    ['SRTP_AES128_CM_SHA1_80', 1, 16, 14],
    ['SRTP_AES128_CM_SHA1_32', 2, 16, 14],
    ['SRTP_AEAD_AES_128_GCM', 7, 16, 12],
    ['SRTP_AEAD_AES_256_GCM', 8, 32, 12],
  ])('%s', (name, id, masterKeyLength, masterSaltLength) => {
    expect(srtpProfileByName(name)).toEqual({ name, id, masterKeyLength, masterSaltLength });
  });

  it('takes the spelling of IANA, and nothing else', () => {
    expect(srtpProfileByName('SRTP_AES128_CM_HMAC_SHA1_32')?.id).toBe(2);
    for (const name of ['', 'srtp_aes128_cm_sha1_80', 'SRTP_NULL_SHA1_64', 'toString']) {
      expect(srtpProfileByName(name)).toBeUndefined();
    }
    expect(SRTP_PROFILES).toHaveLength(4);
  });
});

describe('groups', () => {
  it('by number; unknown ones and GREASE are not known', () => {
    for (const group of GROUPS) expect(groupById(NamedGroup[group])).toBe(group);
    for (const id of [0, 0x0a0a, 0x11ec, 0x0019]) expect(groupById(id)).toBeUndefined();
  });
});

describe('signature schemes', () => {
  it('fit the keys that can make them', () => {
    const fitting = (keyType: Parameters<typeof schemeFitsKey>[1]): string[] =>
      SIGNATURE_SCHEMES.filter((scheme) => schemeFitsKey(scheme, keyType)).map(({ name }) => name);
    const ecdsa = ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'];
    expect(fitting('ecdsa-p256')).toEqual(ecdsa);
    expect(fitting('ecdsa-p384')).toEqual(ecdsa);
    expect(fitting('ed25519')).toEqual(['ed25519']);
    expect(fitting('rsa')).toHaveLength(6);
    expect(signatureSchemeById(0x0201)).toBeUndefined();
  });
});

describe('canSign()', () => {
  const pss512 = SIGNATURE_SCHEMES.filter(({ name }) => name === 'rsa_pss_rsae_sha512');

  it.each([
    [1024, false],
    [1032, false],
    [1040, true],
    [undefined, true],
  ])('PSS with SHA-512 and a modulus of %s bits: %s (RFC 8017 §9.1.1)', (modulusLength, can) => {
    expect(pss512.map((scheme) => canSign({ keyType: 'rsa', modulusLength }, scheme))).toEqual([can]);
  });

  it('no key of another type', () => {
    expect(pss512.map((scheme) => canSign({ keyType: 'ed25519' }, scheme))).toEqual([false]);
  });
});

describe('AEAD', () => {
  it('nonces have 12 bytes in all, or the number is XORed in (RFC 5288 §3, RFC 7905 §2)', () => {
    for (const { fixedIvLength, explicitNonceLength } of Object.values(AEAD)) {
      expect(fixedIvLength + explicitNonceLength).toBe(12);
    }
    expect(Object.values(HASH_LENGTH)).toEqual([20, 28, 32, 48, 64]);
  });
});

describe('nameList()', () => {
  it.each([
    [[], 'none'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('%j: %s', (names, expected) => expect(nameList(names)).toBe(expected));
});
