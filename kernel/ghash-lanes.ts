// GHASH over sixteen packets at a time, each byte of all sixteen in one vector. Where they are as many, it takes half
// as long as one by one.
//
// The product of a block by the key is the sum of the products of its 32 nibbles; and of each of these, each byte is
// looked up by a shuffle for all packets at once. No memory is addressed by a secret.

import { clear, copyFew, KEYS } from './memory';
import { HASH_KEY_AT } from '../src/crypto/packets/layout';

export const LANES = 16;

/** The key times x^0 to x^127. */
const POWERS: usize = memory.data(128 * 16, 16);
/**
 * For each half of the product, each byte of the block, and each byte in that half: the products of the byte's 16 lower
 * nibbles, and of its 16 upper ones.
 */
const TABLES: usize = memory.data(2 * 16 * 8 * 2 * 16, 16);
/** The running hashes: byte 0 of all lanes, byte 1, and so on. */
const HASH: usize = memory.data(16 * 16, 16);
const PRODUCT: usize = memory.data(16 * 16, 16);
/** A block of each lane, before and while they are turned. */
export const BLOCKS: usize = memory.data(LANES * 16, 16);
const TURNED: usize = memory.data(LANES * 16, 16);

/** Makes the tables of the key in KEYS. */
export function prepareLanes(): void {
  let high = bswap<u64>(load<u64>(KEYS + HASH_KEY_AT));
  let low = bswap<u64>(load<u64>(KEYS + HASH_KEY_AT + 8));
  for (let power = 0; power < 128; power++) {
    store<u64>(POWERS + (power << 4), bswap<u64>(high));
    store<u64>(POWERS + (power << 4), bswap<u64>(low), 8);
    // Times x: to the right, for the lowest power is the highest bit (NIST SP 800-38D §6.3).
    const carry: u64 = 0 - (low & 1);
    low = (low >>> 1) | (high << 63);
    high = (high >>> 1) ^ (carry & 0xe100000000000000);
  }
  const nibbles = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const zero = i64x2.splat(0);
  const bit0 = v128.ne<i8>(v128.and(nibbles, i8x16.splat(1)), zero);
  const bit1 = v128.ne<i8>(v128.and(nibbles, i8x16.splat(2)), zero);
  const bit2 = v128.ne<i8>(v128.and(nibbles, i8x16.splat(4)), zero);
  const bit3 = v128.ne<i8>(v128.and(nibbles, i8x16.splat(8)), zero);
  let table = TABLES;
  for (let half = 0; half < 2; half++) {
    for (let byte = 0; byte < 16; byte++) {
      for (let i = 0; i < 8; i++) {
        for (let upper = 0; upper < 2; upper++) {
          // Bit k of a byte is the power 7 - k.
          const power = POWERS + ((byte * 8 + (upper ? 0 : 4)) << 4) + half * 8 + i;
          const low = v128.xor(
            v128.and(bit0, v128.load_splat<u8>(power, 48)),
            v128.and(bit1, v128.load_splat<u8>(power, 32)),
          );
          const high = v128.xor(
            v128.and(bit2, v128.load_splat<u8>(power, 16)),
            v128.and(bit3, v128.load_splat<u8>(power)),
          );
          v128.store(table, v128.xor(low, high));
          table += 16;
        }
      }
    }
  }
}

export function beginLanes(): void {
  clear(HASH, 16 * 16);
}

@inline
function interleave(from: usize, to: usize): void {
  for (let i = 0; i < 8; i++) {
    const a = v128.load(from + (i << 4));
    const b = v128.load(from + ((i + 8) << 4));
    v128.store(to + (i << 5), v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(to + (i << 5), v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
  }
}

/** Turns BLOCKS round: rows become columns. */
function turn(): void {
  interleave(BLOCKS, TURNED);
  interleave(TURNED, BLOCKS);
  interleave(BLOCKS, TURNED);
  interleave(TURNED, BLOCKS);
}

@inline
function look(table: usize, index: v128): v128 {
  return v128.swizzle(v128.load(table), index);
}

@inline
function both(table: usize, low: v128, high: v128): v128 {
  return v128.xor(look(table, low), look(table + 16, high));
}

/** Takes in the block that BLOCKS has of each lane. */
export function takeLanes(): void {
  turn();
  for (let i = 0; i < 16; i++) {
    const at = HASH + (i << 4);
    v128.store(at, v128.xor(v128.load(at), v128.load(BLOCKS + (i << 4))));
  }
  let table = TABLES;
  for (let half = 0; half < 2; half++) {
    let z0 = i64x2.splat(0);
    let z1 = z0;
    let z2 = z0;
    let z3 = z0;
    let z4 = z0;
    let z5 = z0;
    let z6 = z0;
    let z7 = z0;
    for (let byte = 0; byte < 16; byte++) {
      const x = v128.load(HASH + (byte << 4));
      const low = v128.and(x, i8x16.splat(15));
      const high = v128.and(v128.shr<u16>(x, 4), i8x16.splat(15));
      z0 = v128.xor(z0, both(table, low, high));
      z1 = v128.xor(z1, both(table + 32, low, high));
      z2 = v128.xor(z2, both(table + 64, low, high));
      z3 = v128.xor(z3, both(table + 96, low, high));
      z4 = v128.xor(z4, both(table + 128, low, high));
      z5 = v128.xor(z5, both(table + 160, low, high));
      z6 = v128.xor(z6, both(table + 192, low, high));
      z7 = v128.xor(z7, both(table + 224, low, high));
      table += 256;
    }
    const at = PRODUCT + (half << 7);
    v128.store(at, z0);
    v128.store(at, z1, 16);
    v128.store(at, z2, 32);
    v128.store(at, z3, 48);
    v128.store(at, z4, 64);
    v128.store(at, z5, 80);
    v128.store(at, z6, 96);
    v128.store(at, z7, 112);
  }
  copyFew(HASH, PRODUCT, 16 * 16);
}

/** Leaves the hash of each lane in BLOCKS. */
export function endLanes(): void {
  copyFew(BLOCKS, HASH, 16 * 16);
  turn();
}
