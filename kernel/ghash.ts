// GHASH (NIST SP 800-38D §6.4) in constant time.
//
// A block is multiplied by the key without carries, byte by byte of the key: the products of one byte and all 16
// nibbles fit a vector, in which the nibbles of a block are looked up all at once by a shuffle. No memory is
// addressed by a secret. Two blocks go together, the first by the square of the key, so that shifting and reduction
// are done once for both.

import { HASH_KEY_AT } from '../src/crypto/packets/layout';
import { KEYS } from './memory';

/**
 * Four vectors for each of a key's 16 bytes: the products' lower and upper bytes, for a block's lower nibbles and for
 * its upper ones.
 */
const BYTE_TABLES = 64;
const LOW_LOW = 0;
const LOW_HIGH = 16;
const HIGH_LOW = 32;
const HIGH_HIGH = 48;
/** For the key H, and for its square. */
const TABLES: usize = memory.data(16 * BYTE_TABLES, 16);
const SQUARE_TABLES: usize = memory.data(16 * BYTE_TABLES, 16);

const KEY: usize = memory.data(16, 16);

/** The hash so far. */
let hash: v128 = i64x2.splat(0);
/** The first of two blocks. */
let waiting: v128 = i64x2.splat(0);
let isWaiting: bool = false;

@inline
function xor(x: v128, y: v128): v128 {
  return v128.xor(x, y);
}

/** The product by one byte of the key, as two vectors of which this is one: for nibbles of the block, low and high. */
@inline
function times(tables: usize, ofLow: usize, ofHigh: usize, lowNibbles: v128, highNibbles: v128): v128 {
  return xor(
    v128.swizzle(v128.load(tables + ofLow), lowNibbles),
    v128.swizzle(v128.load(tables + ofHigh), highNibbles),
  );
}

@inline
function lowNibbles(x: v128): v128 {
  return v128.and(x, i8x16.splat(15));
}

@inline
function highNibbles(x: v128): v128 {
  return v128.and(v128.shr<u16>(x, 4), i8x16.splat(15));
}

/** The upper half of a product, one byte further on. */
@inline
function shiftHigh(high: v128): v128 {
  return v128.shuffle<i8>(i64x2.splat(0), high, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** The lower half, one byte further on. */
@inline
function shiftLow(high: v128, low: v128): v128 {
  return v128.shuffle<i8>(high, low, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** hash = x * H */
function multiply(x: v128): void {
  const l = lowNibbles(x);
  const h = highNibbles(x);
  let low = i64x2.splat(0);
  let high = times(TABLES + 15 * BYTE_TABLES, LOW_LOW, HIGH_LOW, l, h);
  for (let at = TABLES + 15 * BYTE_TABLES; at > TABLES; at -= BYTE_TABLES) {
    low = shiftLow(high, low);
    high = xor(shiftHigh(high), times(at, LOW_HIGH, HIGH_HIGH, l, h));
    high = xor(high, times(at - BYTE_TABLES, LOW_LOW, HIGH_LOW, l, h));
  }
  low = shiftLow(high, low);
  reduce(xor(shiftHigh(high), times(TABLES, LOW_HIGH, HIGH_HIGH, l, h)), low);
}

/** hash = x * H^2 + y * H */
function multiplyTwo(x: v128, y: v128): void {
  const xl = lowNibbles(x);
  const xh = highNibbles(x);
  const yl = lowNibbles(y);
  const yh = highNibbles(y);
  const squares = SQUARE_TABLES - TABLES;
  let at: usize = TABLES + 15 * BYTE_TABLES;
  let low = i64x2.splat(0);
  let high = xor(times(at + squares, LOW_LOW, HIGH_LOW, xl, xh), times(at, LOW_LOW, HIGH_LOW, yl, yh));
  for (; at > TABLES; at -= BYTE_TABLES) {
    const next = at - BYTE_TABLES;
    const ofX = xor(
      times(at + squares, LOW_HIGH, HIGH_HIGH, xl, xh),
      times(next + squares, LOW_LOW, HIGH_LOW, xl, xh),
    );
    const ofY = xor(times(at, LOW_HIGH, HIGH_HIGH, yl, yh), times(next, LOW_LOW, HIGH_LOW, yl, yh));
    low = shiftLow(high, low);
    high = xor(shiftHigh(high), xor(ofX, ofY));
  }
  low = shiftLow(high, low);
  const last = xor(times(SQUARE_TABLES, LOW_HIGH, HIGH_HIGH, xl, xh), times(TABLES, LOW_HIGH, HIGH_HIGH, yl, yh));
  reduce(xor(shiftHigh(high), last), low);
}

/** The halves of a vector, from the order of the wire. */
@inline
export function bigEndian(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
}

/** Makes the hash of a product of 256 bits, halves in the order of memory: reduces it by x^128 + x^7 + x^2 + x + 1, whose lowest power is a byte's highest bit. */
function reduce(high: v128, low: v128): void {
  const upper = bigEndian(high);
  const lower = bigEndian(low);
  const v0 = u64(v128.extract_lane<i64>(lower, 1));
  let v1 = u64(v128.extract_lane<i64>(lower, 0));
  v1 ^= (v0 << 63) ^ (v0 << 62) ^ (v0 << 57);
  const v2 = v0 ^ (v0 >>> 1) ^ (v0 >>> 2) ^ (v0 >>> 7) ^ (v1 << 63) ^ (v1 << 62) ^ (v1 << 57);
  const v3 = v1 ^ (v1 >>> 1) ^ (v1 >>> 2) ^ (v1 >>> 7);
  hash = bigEndian(xor(upper, i64x2.replace_lane(i64x2.splat(i64(v3)), 1, i64(v2))));
}

/**
 * The tables of the key in KEY, less one power of x: what multiplication of numbers with their bits in this order
 * gives is one power too much.
 */
function makeTables(tables: usize): void {
  const first = bswap<u64>(load<u64>(KEY));
  const second = bswap<u64>(load<u64>(KEY + 8));
  // 1/x is x^127 + x^6 + x + 1.
  const carry: u64 = 0 - (first >>> 63);
  store<u64>(KEY, bswap<u64>(((first << 1) | (second >>> 63)) ^ (carry & 0xc200000000000000)));
  store<u64>(KEY + 8, bswap<u64>((second << 1) ^ (carry & 1)));
  const nibbles = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let i = 0; i < 16; i++) {
    const byte: i32 = load<u8>(KEY + i);
    let lowLow = i64x2.splat(0);
    let lowHigh = i64x2.splat(0);
    let highLow = i64x2.splat(0);
    let highHigh = i64x2.splat(0);
    for (let bit = 0; bit < 4; bit++) {
      const has = v128.ne<i8>(v128.and(nibbles, i8x16.splat(1 << i8(bit))), i64x2.splat(0));
      const ofLow = byte << bit;
      const ofHigh = byte << (bit + 4);
      lowLow = xor(lowLow, v128.and(has, i8x16.splat(i8(ofLow))));
      lowHigh = xor(lowHigh, v128.and(has, i8x16.splat(i8(ofLow >> 8))));
      highLow = xor(highLow, v128.and(has, i8x16.splat(i8(ofHigh))));
      highHigh = xor(highHigh, v128.and(has, i8x16.splat(i8(ofHigh >> 8))));
    }
    const at = tables + i * BYTE_TABLES;
    v128.store(at, lowLow, LOW_LOW);
    v128.store(at, lowHigh, LOW_HIGH);
    v128.store(at, highLow, HIGH_LOW);
    v128.store(at, highHigh, HIGH_HIGH);
  }
}

/** Makes the tables of the key in KEYS. */
export function prepare(): void {
  const key = v128.load(KEYS + HASH_KEY_AT);
  v128.store(KEY, key);
  makeTables(TABLES);
  multiply(key);
  v128.store(KEY, hash);
  makeTables(SQUARE_TABLES);
  v128.store(KEY, i64x2.splat(0));
}

export function begin(): void {
  hash = i64x2.splat(0);
  waiting = i64x2.splat(0);
  isWaiting = false;
}

/** Takes in a block. */
@inline
export function take(block: v128): void {
  if (isWaiting) multiplyTwo(xor(hash, waiting), block);
  else waiting = block;
  isWaiting = !isWaiting;
}

/** The hash of all blocks. */
export function end(): v128 {
  if (isWaiting) multiply(xor(hash, waiting));
  return hash;
}
