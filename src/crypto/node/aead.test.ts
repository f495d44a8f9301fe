import { describe, expect, it } from 'vitest';
import { plain } from '../../../test/lib/plain.ts';
import { fromHex, toHex } from '../../bytes/bytes.ts';
import { AEAD, type AeadName } from '../../registry/algorithms.ts';
import { aead } from './aead.ts';

/**
 * AES-GCM: test cases 4 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B.
 * ChaCha20-Poly1305: RFC 8439 §2.8.2.
 */
const GCM_PLAINTEXT =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
  '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
const GCM_AAD = 'feedfacedeadbeeffeedfacedeadbeefabaddad2';
const VECTORS = [
  {
    name: 'aes-128-gcm',
    key: 'feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT,
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e' +
      '21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091' +
      '5bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    name: 'aes-256-gcm',
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT,
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  },
  {
    name: 'chacha20-poly1305',
    key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
    nonce: '070000004041424344454647',
    aad: '50515253c0c1c2c3c4c5c6c7',
    plaintext: Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    ).toString('hex'),
    sealed:
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6' +
      '3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36' +
      '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
      '3ff4def08e4b7a9de576d26586cec64b6116' +
      '1ae10b594f09e26a7e902ecbd0600691',
  },
] as const;

describe('aead()', () => {
  it.each(VECTORS)('$name: the published vector, sealed and opened', (vector) => {
    const key = aead(vector.name, fromHex(vector.key));
    const [nonce, aad, plaintext] = [vector.nonce, vector.aad, vector.plaintext].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const out = new Uint8Array(plaintext.length + 16 + 3);
    key.seal(nonce, aad, plaintext, out, 3);
    expect(toHex(out)).toBe(`000000${vector.sealed}`);
    const opened = key.open(nonce, aad, out.subarray(3));
    expect(opened && toHex(opened)).toBe(vector.plaintext);
  });

  it.each(Object.keys(AEAD) as AeadName[])('%s: opens nothing that was changed', (name) => {
    const key = aead(name, new Uint8Array(AEAD[name].keyLength));
    const [nonce, aad, out] = [new Uint8Array(12), Uint8Array.of(1), new Uint8Array(20)];
    key.seal(nonce, aad, Uint8Array.of(1, 2, 3, 4), out, 0);
    for (let i = 0; i < out.length; i++) {
      const forged = plain(out);
      forged[i] = (forged[i] ?? 0) ^ 0x80;
      expect(key.open(nonce, aad, forged)).toBeUndefined();
    }
    expect(key.open(nonce, Uint8Array.of(2), out)).toBeUndefined();
    expect(key.open(new Uint8Array(12).fill(1), aad, out)).toBeUndefined();
    for (const length of [0, 15, 16, 19])
      expect(key.open(nonce, aad, out.subarray(0, length))).toBeUndefined();
    expect([...(key.open(nonce, aad, out) ?? [])]).toEqual([1, 2, 3, 4]);
  });

  it.each(Object.keys(AEAD) as AeadName[])(
    '%s: keeps a copy of the key, and destroy() overwrites it',
    (name) => {
      const bytes = new Uint8Array(AEAD[name].keyLength).fill(5);
      const key = aead(name, bytes);
      const [nonce, aad, out] = [new Uint8Array(12), new Uint8Array(0), new Uint8Array(20)];
      bytes.fill(6);
      key.seal(nonce, aad, new Uint8Array(4), out, 0);
      const same = new Uint8Array(20);
      aead(name, new Uint8Array(bytes.length).fill(5)).seal(nonce, aad, new Uint8Array(4), same, 0);
      expect(out).toEqual(same);
      key.destroy();
      expect(key.open(nonce, aad, out)).toBeUndefined();
      expect([...bytes]).toEqual(new Array(bytes.length).fill(6));
    },
  );
});
