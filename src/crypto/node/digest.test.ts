import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../../bytes/bytes.ts';
import { HASH_LENGTH, type HashName } from '../../registry/algorithms.ts';
import { digestName, equal, hash, hmac, randomBytes } from './digest.ts';

const HASHES = Object.keys(HASH_LENGTH) as HashName[];

/** "abc": FIPS 180-4 examples. */
const ABC: Readonly<Record<HashName, string>> = {
  'sha-1': 'a9993e364706816aba3e25717850c26c9cd0d89d',
  'sha-224': '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  'sha-256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  'sha-384':
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  'sha-512':
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
    '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
};

describe('hash()', () => {
  it.each(HASHES)('%s of "abc" (FIPS 180-4)', (name) => {
    expect(toHex(hash(name, utf8('abc')))).toBe(ABC[name]);
    expect(ABC[name].length).toBe(2 * HASH_LENGTH[name]);
    expect(digestName(name)).toBe(name.replace('-', ''));
  });
});

describe('hmac()', () => {
  /** RFC 4231 §4.3: key "Jefe". */
  it.each([
    ['sha-256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    [
      'sha-384',
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    ],
  ] as const)('%s, RFC 4231 §4.3', (name, expected) => {
    expect(toHex(hmac(name, utf8('Jefe'), utf8('what do ya want for nothing?')))).toBe(expected);
  });

  it('a key longer than the block is hashed first, RFC 4231 §4.7', () => {
    const data = utf8('Test Using Larger Than Block-Size Key - Hash Key First');
    expect(toHex(hmac('sha-256', new Uint8Array(131).fill(0xaa), data))).toBe(
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    );
  });
});

describe('equal()', () => {
  it('compares contents, and takes different lengths as different', () => {
    expect(equal(fromHex('0102'), fromHex('0102'))).toBe(true);
    expect(equal(fromHex('0102'), fromHex('0103'))).toBe(false);
    expect(equal(fromHex('0102'), fromHex('010200'))).toBe(false);
    expect(equal(fromHex(''), fromHex(''))).toBe(true);
  });
});

describe('randomBytes()', () => {
  it('gives the length asked for, and not the same twice', () => {
    expect(randomBytes(0)).toHaveLength(0);
    expect(toHex(randomBytes(32))).not.toBe(toHex(randomBytes(32)));
  });
});
