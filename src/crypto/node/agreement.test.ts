import { createECDH, createPublicKey, diffieHellman, ECDH, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../bytes/bytes.ts';
import { GROUPS, type GroupName } from '../../registry/groups.ts';
import { generateKeyShare } from './agreement.ts';

const OPENSSL = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' } as const;
const LENGTH: Readonly<Record<GroupName, number>> = { X25519: 32, 'P-256': 65, 'P-384': 97 };

const CURVE25519_PRIME = 2n ** 255n - 19n;
const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

/** Points of order 1, 2, 4 and 8 on Curve25519 and its twist, and their forms above the prime (RFC 7748 §6.1). */
const LOW_ORDER: Readonly<Record<string, Uint8Array>> = {
  'u = 0': littleEndian(0n),
  'u = 1': littleEndian(1n),
  'order 8': fromHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  'order 8, the other': fromHex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
  'u = p - 1': littleEndian(CURVE25519_PRIME - 1n),
  'u = p': littleEndian(CURVE25519_PRIME),
  'u = p + 1': littleEndian(CURVE25519_PRIME + 1n),
  'u = 0 with the top bit': Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 0x80 : 0)),
};

describe.each(GROUPS)('generateKeyShare(%s)', (group) => {
  it('two shares agree on one secret, and others on another', () => {
    const [a, b, c] = [generateKeyShare(group), generateKeyShare(group), generateKeyShare(group)];
    const secret = a.agree(b.publicKey);
    expect(secret && toHex(secret)).toBe(toHex(b.agree(a.publicKey) ?? new Uint8Array(0)));
    expect(c.agree(a.publicKey)).not.toEqual(secret);
    expect(a.group).toBe(group);
    expect(a.publicKey.length).toBe(LENGTH[group]);
  });

  it('refuses a key of any other length (S21)', () => {
    const share = generateKeyShare(group);
    const peer = generateKeyShare(group).publicKey;
    for (const length of [0, 1, 31, 32, 33, 64, 65, 66, 97, 98, 133]) {
      if (length === LENGTH[group]) continue;
      const key = new Uint8Array(length);
      key.set(peer.subarray(0, length));
      expect(share.agree(key)).toBeUndefined();
    }
  });

  it('shows nothing of the private key when inspected (S28)', () => {
    const share = generateKeyShare(group);
    expect(inspect(share, { depth: 10, showHidden: true })).not.toMatch(/private(?!Key)|BEGIN/i);
    expect(Object.keys(JSON.parse(JSON.stringify(share)))).toEqual(
      expect.not.arrayContaining(['privateKey']),
    );
  });
});

describe.each(['P-256', 'P-384'] as const)('%s', (group) => {
  it('agrees with node:crypto', () => {
    const ecdh = createECDH(OPENSSL[group]);
    const publicKey = ecdh.generateKeys();
    const share = generateKeyShare(group);
    expect(Buffer.from(share.agree(publicKey) ?? [])).toEqual(ecdh.computeSecret(share.publicKey));
  });

  it('refuses points off the curve, the point at infinity, and other forms of a point (S21, RFC 8422 §5.1.2)', () => {
    const share = generateKeyShare(group);
    const peer = generateKeyShare(group).publicKey;
    const off = Uint8Array.from(peer);
    off[peer.length - 1] = (off[peer.length - 1] ?? 0) ^ 1;
    const otherForm = (format: 'compressed' | 'hybrid'): Uint8Array =>
      ECDH.convertKey(peer, OPENSSL[group], undefined, undefined, format) as Uint8Array;
    const infinity = new Uint8Array(peer.length);
    const zeros = Uint8Array.from(infinity);
    zeros[0] = 4;
    const beyondPrime = new Uint8Array(peer.length).fill(0xff);
    beyondPrime[0] = 4;
    for (const point of [off, infinity, zeros, beyondPrime, otherForm('compressed'), otherForm('hybrid')]) {
      expect(share.agree(point)).toBeUndefined();
    }
  });
});

describe('X25519', () => {
  it('agrees with node:crypto', () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const share = generateKeyShare('X25519');
    const jwk = { kty: 'OKP', crv: 'X25519', x: Buffer.from(share.publicKey).toString('base64url') };
    const secret = diffieHellman({ privateKey, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) });
    const base = Buffer.alloc(32);
    base[0] = 9;
    const own = { kty: 'OKP', crv: 'X25519', x: base.toString('base64url') };
    const publicKey = diffieHellman({ privateKey, publicKey: createPublicKey({ key: own, format: 'jwk' }) });
    expect(Buffer.from(share.agree(publicKey) ?? [])).toEqual(secret);
  });

  it.each(Object.entries(LOW_ORDER))('refuses a point of low order: %s (S21, RFC 8422 §5.11)', (_, point) => {
    expect(generateKeyShare('X25519').agree(point)).toBeUndefined();
  });

  it('passes over the top bit of a point (RFC 7748 §5)', () => {
    const share = generateKeyShare('X25519');
    const peer = Uint8Array.from(generateKeyShare('X25519').publicKey);
    const secret = share.agree(peer);
    peer[31] = (peer[31] ?? 0) | 0x80;
    expect(share.agree(peer)).toEqual(secret);
  });
});
