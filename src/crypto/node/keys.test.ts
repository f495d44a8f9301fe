import {
  createECDH,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../bytes/bytes.ts';
import type { KeyType } from '../../registry/algorithms.ts';
import {
  canSign,
  SIGNATURE_SCHEMES,
  type SignatureSchemeParameters,
} from '../../registry/signature-schemes.ts';
import { publicKeyType } from '../public-key-info.ts';
import {
  generateSigningKey,
  generateSigningKeyAsync,
  importPrivateKeyPem,
  importPublicKey,
  type NodeSigningKey,
} from './keys.ts';

const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'];
const data = new Uint8Array([1, 2, 3]);
const keys = new Map<KeyType, NodeSigningKey>();
const ENCODINGS: ED25519KeyPairOptions<'der', 'pem'> = {
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
};

function keyOf(keyType: KeyType): NodeSigningKey {
  const key = keys.get(keyType);
  if (key === undefined) throw new Error(keyType);
  return key;
}

function scheme(name: string): SignatureSchemeParameters {
  const found = SIGNATURE_SCHEMES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function rsaSpki(modulusLength: number, publicExponent = 65_537): Uint8Array {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent, ...ENCODINGS }).publicKey;
}

/** An RSA key with the given numbers, which need be no key at all: parsing comes before arithmetic. */
function madeUpRsaSpki(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const wrap = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Uint8Array.of(tag, 0x82, body.length >> 8, body.length & 255), body]);
  };
  const short = (tag: number, body: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(tag, body.length), body]);
  const key = wrap(0x30, wrap(0x02, modulus), short(0x02, exponent));
  return wrap(0x30, fromHex('300d06092a864886f70d0101010500'), wrap(0x03, Uint8Array.of(0), key));
}

beforeAll(() => {
  for (const keyType of KEY_TYPES) keys.set(keyType, generateSigningKey({ keyType }));
});

describe('sign() and verify()', () => {
  it.each(SIGNATURE_SCHEMES.map((each) => each.name))('%s goes with its own keys only', (name) => {
    for (const keyType of KEY_TYPES) {
      const key = keyOf(keyType);
      const peer = importPublicKey(key.spki);
      expect(peer?.keyType).toBe(keyType);
      if (!canSign(key, scheme(name))) {
        expect(() => key.sign(scheme(name), data)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
        );
        expect(peer?.verify(scheme(name), data, new Uint8Array(64))).toBe(false);
        continue;
      }
      const signature = key.sign(scheme(name), data);
      expect(peer?.verify(scheme(name), data, signature)).toBe(true);
      expect(peer?.verify(scheme(name), Uint8Array.of(1), signature)).toBe(false);
    }
  });

  it('PSS has a salt as long as the digest (RFC 8446 §4.2.3)', () => {
    const key = keyOf('rsa');
    const publicKey = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
    const signature = key.sign(scheme('rsa_pss_rsae_sha256'), data);
    const padding = 6; // RSA_PKCS1_PSS_PADDING
    expect(verify('sha256', data, { key: publicKey, padding, saltLength: 32 }, signature)).toBe(true);
    expect(verify('sha256', data, { key: publicKey, padding, saltLength: 20 }, signature)).toBe(false);

    const other = sign('sha256', data, { key: key.toPem(), padding, saltLength: 20 });
    expect(importPublicKey(key.spki)?.verify(scheme('rsa_pss_rsae_sha256'), data, other)).toBe(false);
  });

  it('false for any bytes that are no signature', () => {
    const peers = KEY_TYPES.map((keyType) => importPublicKey(keyOf(keyType).spki));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...SIGNATURE_SCHEMES), (bytes, each) => {
        for (const peer of peers) expect(peer?.verify(each, data, bytes)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('false for a signature with any bit turned, a byte more or a byte less', () => {
    for (const [keyType, name] of [
      ['ecdsa-p256', 'ecdsa_secp256r1_sha256'],
      ['ed25519', 'ed25519'],
      ['rsa', 'rsa_pss_rsae_sha256'],
      ['rsa', 'rsa_pkcs1_sha256'],
    ] as const) {
      const peer = importPublicKey(keyOf(keyType).spki);
      const signature = keyOf(keyType).sign(scheme(name), data);
      for (let bit = 0; bit < signature.length * 8; bit += 7) {
        const turned = Uint8Array.from(signature);
        turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(peer?.verify(scheme(name), data, turned)).toBe(false);
      }
      expect(peer?.verify(scheme(name), data, Buffer.concat([signature, Uint8Array.of(0)]))).toBe(false);
      expect(peer?.verify(scheme(name), data, signature.subarray(1))).toBe(false);
      expect(peer?.verify(scheme(name), data, signature.subarray(0, -1))).toBe(false);
    }
  });

  it.each(['rsa_pss_rsae_sha256', 'rsa_pkcs1_sha256'])(
    '%s: false without the zero that a signature begins with (RFC 8017 §8.1.2, §8.2.2)',
    (name) => {
      const key = keyOf('rsa');
      const peer = importPublicKey(key.spki);
      // One in 256 begins so.
      for (let i = 0; ; i++) {
        const numbered = Uint8Array.of(i >> 8, i);
        const signature = key.sign(scheme(name), numbered);
        if (signature[0] !== 0) continue;
        expect(peer?.verify(scheme(name), numbered, signature)).toBe(true);
        expect(peer?.verify(scheme(name), numbered, signature.subarray(1))).toBe(false);
        return;
      }
    },
  );

  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
  it.each([
    ['r is zero', '3006020100020101'],
    ['s is zero', '3006020101020100'],
    ['both are zero', '3006020100020100'],
    ['r is negative', '30060201ff020101'],
    ['r is the order of the group', `3026022100${order}020101`],
    ['s is the order of the group', `3026020101022100${order}`],
    ['r has 40 bytes', `302d022801${'00'.repeat(39)}020101`],
    ['r and s are bare', `${'11'.repeat(64)}`],
    ['it is empty', ''],
    ['the sequence is empty', '3000'],
  ])('ECDSA: false when %s', (_, hex) => {
    const peer = importPublicKey(keyOf('ecdsa-p256').spki);
    expect(peer?.verify(scheme('ecdsa_secp256r1_sha256'), data, fromHex(hex))).toBe(false);
  });

  it('ECDSA schemes go with either curve in DTLS 1.2 (RFC 5246 §7.4.1.4.1)', () => {
    const key = keyOf('ecdsa-p384');
    const signature = key.sign(scheme('ecdsa_secp256r1_sha256'), data);
    expect(importPublicKey(key.spki)?.verify(scheme('ecdsa_secp256r1_sha256'), data, signature)).toBe(true);
  });
});

describe('NodeSigningKey.sign()', () => {
  it('PSS with SHA-512 needs more than 1024 bits, and canSign() knows', () => {
    const key = generateSigningKey({ keyType: 'rsa', modulusLength: 1024 });
    expect(key.modulusLength).toBe(1024);
    const peer = importPublicKey(key.spki);
    for (const each of SIGNATURE_SCHEMES.filter(({ algorithm }) => algorithm.startsWith('rsa'))) {
      const can = each.name !== 'rsa_pss_rsae_sha512';
      expect(canSign(key, each)).toBe(can);
      if (can) expect(peer?.verify(each, data, key.sign(each, data))).toBe(true);
      else
        expect(() => key.sign(each, data)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
        );
    }
  });
});

describe('importPublicKey()', () => {
  it('refuses points that are not on the curve, or not uncompressed', () => {
    for (const keyType of ['ecdsa-p256', 'ecdsa-p384'] as const) {
      const { spki } = keyOf(keyType);
      const off = Uint8Array.from(spki);
      off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
      expect(importPublicKey(off)).toBeUndefined();
      expect(
        importPublicKey(Uint8Array.from(spki).fill(0, keyType === 'ecdsa-p256' ? 27 : 24)),
      ).toBeUndefined();
      expect(
        importPublicKey(Uint8Array.from(spki).fill(0xff, keyType === 'ecdsa-p256' ? 27 : 24)),
      ).toBeUndefined();
    }
    const ecdh = createECDH('prime256v1');
    const compressed = fromHex(ecdh.generateKeys('hex', 'compressed'));
    const header = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');
    expect(importPublicKey(Buffer.concat([header, compressed]))).toBeUndefined();
  });

  it('takes RSA from 1024 to 8192 bits with odd numbers only', () => {
    expect(importPublicKey(rsaSpki(1024))).toMatchObject({ keyType: 'rsa', modulusLength: 1024 });
    expect(importPublicKey(rsaSpki(2048, 3))).toMatchObject({ keyType: 'rsa', modulusLength: 2048 });
    expect(importPublicKey(rsaSpki(1023))).toBeUndefined();

    const e = Uint8Array.of(1, 0, 1);
    const modulus = (bits: number): Uint8Array => {
      const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
      bytes[0] = 0xff >> ((8 - (bits % 8)) % 8);
      return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes;
    };
    expect(publicKeyType(madeUpRsaSpki(modulus(8192), e))).toBe('rsa');
    expect(publicKeyType(madeUpRsaSpki(modulus(8193), e))).toBeUndefined();
    expect(publicKeyType(madeUpRsaSpki(modulus(2048), e))).toBe('rsa');
    const even = modulus(2048);
    even[even.length - 1] = 0xfe;
    expect(publicKeyType(madeUpRsaSpki(even, e))).toBeUndefined();
    for (const exponent of ['01', '02', '010000', '00', '80', '0003', '', '0200000001'])
      expect(publicKeyType(madeUpRsaSpki(modulus(2048), fromHex(exponent)))).toBeUndefined();
    expect(publicKeyType(madeUpRsaSpki(modulus(2048).subarray(1), e))).toBeUndefined();
  });

  it.each([
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1', ...ENCODINGS }).publicKey],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'secp521r1', ...ENCODINGS }).publicKey],
    ['X25519', () => generateKeyPairSync('x25519', ENCODINGS).publicKey],
    ['Ed448', () => generateKeyPairSync('ed448', ENCODINGS).publicKey],
  ])('refuses %s', (_, make) => {
    expect(importPublicKey(make())).toBeUndefined();
  });

  it.each([
    ['zero', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['one', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['of order eight', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['of order eight too', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['minus one', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['the prime, which is zero', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['one more, which is one', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ])('refuses an Ed25519 key of small order, whose y is %s (S21)', (_, hex) => {
    const key = fromHex(`302a300506032b6570032100${hex}`);
    expect(importPublicKey(key)).toBeUndefined();
    key[key.length - 1] = (key.at(-1) ?? 0) | 0x80; // the sign of x
    expect(importPublicKey(key)).toBeUndefined();
  });

  it('never throws: bytes at random, cut keys and keys with bytes changed', () => {
    const spkis = KEY_TYPES.map((keyType) => keyOf(keyType).spki);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(importPublicKey(bytes)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...spkis), fc.nat(300), fc.nat(255), (spki, at, byte) => {
        const changed = Uint8Array.from(spki);
        if (at < changed.length) changed[at] = byte;
        importPublicKey(changed);
        expect(importPublicKey(spki.subarray(0, Math.min(at, spki.length - 1)))).toBeUndefined();
        expect(importPublicKey(Buffer.concat([spki, Uint8Array.of(byte)]))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('generateSigningKey()', () => {
  it.each(KEY_TYPES)('%s: the public key is that of the private one', async (keyType) => {
    for (const key of [generateSigningKey({ keyType }), await generateSigningKeyAsync({ keyType })]) {
      expect(key.keyType).toBe(keyType);
      expect(key.modulusLength).toBe(keyType === 'rsa' ? 2048 : undefined);
      const derived = createPublicKey(key.toPem()).export({ format: 'der', type: 'spki' });
      expect(Buffer.from(key.spki)).toEqual(derived);
    }
  });

  it('pads private numbers that start with zeros', () => {
    // One in 256 does; 600 keys without one are a case in ten.
    for (let i = 0; i < 600; i++) {
      const key = generateSigningKey({ keyType: 'ecdsa-p256' });
      if (i % 50 === 0) expect(importPrivateKeyPem(key.toPem()).spki).toEqual(key.spki);
    }
  });
});

describe('NodeSigningKey', () => {
  it.each(KEY_TYPES)('%s: shows nothing of itself', (keyType) => {
    const key = keyOf(keyType);
    const secret = key
      .toPem()
      .split('\n')
      .filter((line) => line.length === 64);
    const shown = [
      inspect(key, { showHidden: true, depth: 9, getters: true }),
      JSON.stringify(key),
      String(key),
      JSON.stringify({ ...key }),
    ].join('\n');
    for (const line of secret) expect(shown).not.toContain(line);
    expect(JSON.parse(JSON.stringify(key))).toEqual({ keyType });
  });
});

describe('importPrivateKeyPem()', () => {
  it('refuses kinds that are not taken, and says which it was', () => {
    for (const [pem, words] of [
      [generateKeyPairSync('ec', { namedCurve: 'secp521r1', ...ENCODINGS }).privateKey, 'secp521r1'],
      [generateKeyPairSync('x25519', ENCODINGS).privateKey, 'x25519'],
      [generateKeyPairSync('rsa-pss', { modulusLength: 1024, ...ENCODINGS }).privateKey, 'rsa-pss'],
      [generateKeyPairSync('rsa', { modulusLength: 768, ...ENCODINGS }).privateKey, '768 bits'],
    ] as const)
      expect(() => importPrivateKeyPem(pem)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining(words) }),
      );
  });

  it('refuses what is no private key', () => {
    for (const pem of ['', 'x', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])
      expect(() => importPrivateKeyPem(pem)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
      );
  });
});
