import { describe, expect, test } from 'vitest';
import { EMPTY, fromHex, toHex } from '../../bytes/bytes.ts';
import { blockCipher } from './block-cipher.ts';

const PLAINTEXT = fromHex('00112233445566778899aabbccddeeff');

describe('blockCipher()', () => {
  test.each([
    [16, '69c4e0d86a7b0430d8cdb78070b4c55a'],
    [24, 'dda97ca4864cdfe06eaf70a0ec0d7191'],
    [32, '8ea2b7ca516745bfeafc49904b496089'],
  ])('gives what FIPS 197 appendix C has for a key of %i bytes', (length, ciphertext) => {
    const key = Uint8Array.from({ length }, (_, i) => i);
    expect(toHex(blockCipher(key).encrypt(PLAINTEXT))).toBe(ciphertext);
  });

  test('takes each block by itself, in one message or in many', () => {
    const cipher = blockCipher(new Uint8Array(16).fill(1));
    const blocks = Uint8Array.from({ length: 256 }, (_, i) => i & 0xf0);
    const whole = toHex(cipher.encrypt(blocks));
    let pieces = '';
    for (let at = 0; at < blocks.length; at += 16)
      pieces += toHex(cipher.encrypt(blocks.subarray(at, at + 16)));
    expect(pieces).toBe(whole);
    expect(new Set(whole.match(/.{32}/g)).size).toBe(16);
  });

  test('gives a new array, and leaves what it was given', () => {
    const cipher = blockCipher(new Uint8Array(16));
    const blocks = new Uint8Array(32);
    const first = cipher.encrypt(blocks);
    const text = toHex(first);
    cipher.encrypt(PLAINTEXT);
    expect(first).toHaveLength(32);
    expect(toHex(first)).toBe(text);
    expect(blocks).toEqual(new Uint8Array(32));
  });

  test('gives no bytes for none', () => {
    expect(blockCipher(new Uint8Array(16)).encrypt(EMPTY)).toHaveLength(0);
  });

  test('takes as much as a pass of packets has', () => {
    const key = new Uint8Array(32).fill(9);
    const blocks = new Uint8Array(100_352);
    const block = toHex(blockCipher(key).encrypt(new Uint8Array(16)));
    expect(toHex(blockCipher(key).encrypt(blocks))).toBe(block.repeat(blocks.length / 16));
  });

  test('keeps a copy of its key', () => {
    const key = new Uint8Array(16).fill(3);
    const expected = toHex(blockCipher(key).encrypt(PLAINTEXT));
    const cipher = blockCipher(key);
    key.fill(0);
    expect(toHex(cipher.encrypt(PLAINTEXT))).toBe(expected);
  });

  test('is of no use after destroy()', () => {
    const cipher = blockCipher(new Uint8Array(16));
    cipher.encrypt(PLAINTEXT);
    cipher.destroy();
    expect(() => cipher.encrypt(PLAINTEXT)).toThrow();
  });
});
