// GHASH (NIST SP 800-38D §6.4) in constant time.
//
// A block is multiplied by the key without carries, byte by byte of the key: the products of one byte and all 16
// nibbles fit a vector, in which the nibbles of a block are looked up all at once by a shuffle. No memory is
// addressed by a secret. Two blocks go together, the first by the square of the key, so that shifting and reduction
// are done once for both.

import {
  CIPHER_END,
  CIPHER_START,
  GAP,
  HASH_KEY_AT,
  KEY_STREAM_AT,
  RESULT,
  START,
  SUFFIX,
  TAG_AT,
} from '../src/crypto/packets/layout';
import { beginLanes, BLOCKS, endLanes, LANES, prepareLanes, takeLanes } from './ghash-lanes';
import { clear, copyFew, field, KEY_STREAM, KEYS, PACKETS, setField } from './memory';

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

const TAIL: usize = memory.data(32, 16);
const KEY: usize = memory.data(16, 16);
/** The 4 bytes of a gap, and up to 15 CSRCs (RFC 3550 §5.1) that they change places with. */
const CSRCS: usize = memory.data(64, 16);

/** The hash so far. */
let hash: v128 = i64x2.splat(0);
/** The first of two blocks. */
let waiting: v128 = i64x2.splat(0);
let isWaiting: bool = false;
/** Whether the tables for sixteen packets at a time are those of the key. */
let hasLanes: bool = false;

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

@inline
function bigEndian(x: v128): v128 {
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

/** Makes the tables of the key in KEYS: once, before packets of that key. */
export function ghashPrepare(): void {
  const key = v128.load(KEYS + HASH_KEY_AT);
  v128.store(KEY, key);
  makeTables(TABLES);
  multiply(key);
  v128.store(KEY, hash);
  makeTables(SQUARE_TABLES);
  v128.store(KEY, i64x2.splat(0));
  hasLanes = false;
}

@inline
function take(block: v128): void {
  if (isWaiting) multiplyTwo(xor(hash, waiting), block);
  else waiting = block;
  isWaiting = !isWaiting;
}

/** Takes in bytes, filled up with zeros to a whole block; with `suffixed`, 32 bits more behind them. */
function takePadded(start: usize, end: usize, suffixed: bool, suffix: i32): void {
  let at = start;
  for (; at + 16 <= end; at += 16) take(v128.load(at));
  const rest = end - at;
  if (rest == 0 && !suffixed) return;
  clear(TAIL, 32);
  copyFew(TAIL, at, i32(rest));
  if (suffixed) store<u32>(TAIL + rest, bswap<u32>(suffix));
  take(v128.load(TAIL));
  if (suffixed && rest > 12) take(v128.load(TAIL, 16));
}

/** The last block: how many bits were associated data, and how many encrypted. */
@inline
function lengths(associated: i32, encrypted: i32): v128 {
  return bigEndian(i64x2.replace_lane(i64x2.splat(i64(associated) << 3), 1, i64(encrypted) << 3));
}

/** The tag of a packet. */
function tagOf(job: i32, suffixed: bool): v128 {
  const start = PACKETS + field(job, START);
  const cipherStart = PACKETS + field(job, CIPHER_START);
  const cipherEnd = PACKETS + field(job, CIPHER_END);
  const gap = field(job, GAP) ? 4 : 0;
  hash = i64x2.splat(0);
  isWaiting = false;
  if (gap) gapToFront(job);
  takePadded(start, cipherStart + gap, suffixed, field(job, SUFFIX));
  takePadded(cipherStart + gap, cipherEnd, false, 0);
  if (gap) gapBack(job);
  take(lengths(i32(cipherStart + gap - start) + (suffixed ? 4 : 0), i32(cipherEnd - cipherStart) - gap));
  if (isWaiting) multiply(xor(hash, waiting));
  return xor(hash, v128.load(KEY_STREAM + field(job, KEY_STREAM_AT)));
}

/** Puts the gap in front of what is encrypted, so that both lie in one piece (RFC 9335 §6.2). */
function gapToFront(job: i32): void {
  const front = PACKETS + field(job, CIPHER_START);
  const gap = PACKETS + field(job, GAP);
  const csrcs = gap - front;
  memory.copy(CSRCS, front, csrcs);
  store<u32>(front, load<u32>(gap));
  memory.copy(front + 4, CSRCS, csrcs);
}

function gapBack(job: i32): void {
  const front = PACKETS + field(job, CIPHER_START);
  const gap = PACKETS + field(job, GAP);
  const held = load<u32>(front);
  memory.copy(front, front + 4, gap - front);
  store<u32>(gap, held);
}

// For sixteen packets at a time: where each lane's blocks are. What is not whole in the packet is in its ENDS: the end
// of the associated data, at most two blocks, the end of what is encrypted, and the lengths.

const ENDS: usize = memory.data(LANES * 64, 16);
const LENGTHS_AT = 48;
/**
 * For each lane, numbers of blocks: of those before its first, and then of each kind, added up; and where the whole
 * blocks of what is encrypted would begin, were all before them as long.
 */
const LAYOUT: usize = memory.data(LANES * 24, 16);
const SKIPPED = 0;
const ASSOCIATED_WHOLE = 4;
const ASSOCIATED = 8;
const WHOLE = 12;
const ALL = 16;
const BASE = 20;

@inline
function layoutOf(lane: i32): usize {
  return LAYOUT + lane * 24;
}

/** Readies a lane, and gives the number of its blocks. */
function beginLane(lane: i32, job: i32, suffixed: bool): i32 {
  const ends = ENDS + (lane << 6);
  const start = PACKETS + field(job, START);
  const gap = field(job, GAP) ? 4 : 0;
  const cipherStart = PACKETS + field(job, CIPHER_START) + gap;
  const cipherEnd = PACKETS + field(job, CIPHER_END);
  const associated = i32(cipherStart - start);
  const encrypted = i32(cipherEnd - cipherStart);
  const suffix = suffixed ? 4 : 0;
  clear(ends, 48);
  const associatedWhole = associated >> 4;
  const rest = associated & 15;
  copyFew(ends, start + (associatedWhole << 4), rest);
  if (suffixed) store<u32>(ends + rest, bswap<u32>(field(job, SUFFIX)));
  const whole = encrypted >> 4;
  copyFew(ends + 32, cipherStart + (whole << 4), encrypted & 15);
  v128.store(ends, lengths(associated + suffix, encrypted), LENGTHS_AT);
  const layout = layoutOf(lane);
  const withAssociated = associatedWhole + ((rest + suffix + 15) >> 4);
  const all = withAssociated + ((encrypted + 15) >> 4) + 1;
  store<i32>(layout, associatedWhole, ASSOCIATED_WHOLE);
  store<i32>(layout, withAssociated, ASSOCIATED);
  store<i32>(layout, withAssociated + whole, WHOLE);
  store<i32>(layout, all, ALL);
  store<i32>(layout, i32(cipherStart - (withAssociated << 4)), BASE);
  return all;
}

/** A block of a lane. Zeros before the first change nothing, and so all lanes end together. */
@inline
function laneBlock(lane: i32, job: i32, index: i32): v128 {
  const layout = layoutOf(lane);
  const block = index - load<i32>(layout, SKIPPED);
  const isWhole = block >= load<i32>(layout, ASSOCIATED) && block < load<i32>(layout, WHOLE);
  return isWhole ? v128.load(load<i32>(layout, BASE) + (block << 4)) : laneEnd(lane, job, block);
}

function laneEnd(lane: i32, job: i32, block: i32): v128 {
  const layout = layoutOf(lane);
  const ends = ENDS + (lane << 6);
  const associatedWhole = load<i32>(layout, ASSOCIATED_WHOLE);
  if (block < 0) return i64x2.splat(0);
  if (block < associatedWhole) return v128.load(PACKETS + field(job, START) + (block << 4));
  if (block < load<i32>(layout, ASSOCIATED)) return v128.load(ends + ((block - associatedWhole) << 4));
  return v128.load(ends + (block == load<i32>(layout, ALL) - 1 ? LENGTHS_AT : 32));
}

/** The tags of the jobs from `first` on, at most sixteen, into BLOCKS. */
function tagsOf(first: i32, lanes: i32, suffixed: bool): void {
  let most = 0;
  for (let lane = 0; lane < lanes; lane++) {
    if (field(first + lane, GAP)) gapToFront(first + lane);
    most = max(most, beginLane(lane, first + lane, suffixed));
  }
  for (let lane = 0; lane < lanes; lane++) {
    const layout = layoutOf(lane);
    store<i32>(layout, most - load<i32>(layout, ALL), SKIPPED);
  }
  beginLanes();
  for (let index = 0; index < most; index++) {
    for (let lane = 0; lane < lanes; lane++) {
      v128.store(BLOCKS + (lane << 4), laneBlock(lane, first + lane, index));
    }
    takeLanes();
  }
  endLanes();
  for (let lane = 0; lane < lanes; lane++) {
    const job = first + lane;
    if (field(job, GAP)) gapBack(job);
    const at = BLOCKS + (lane << 4);
    v128.store(at, xor(v128.load(at), v128.load(KEY_STREAM + field(job, KEY_STREAM_AT))));
  }
}

/** From how many packets on it pays to take sixteen at a time. */
const ENOUGH = 10;

@inline
function finish(job: i32, tag: v128, verify: bool): void {
  const at = PACKETS + field(job, TAG_AT);
  if (!verify) v128.store(at, tag);
  else setField(job, RESULT, v128.any_true(xor(tag, v128.load(at))) ? 0 : 1);
}

/**
 * Writes each packet's tag, or, to verify it, sets its result: 1 where the tag is right, 0 where not. What `suffixed`
 * packets have as suffix ends their associated data.
 */
export function ghashTags(count: i32, suffixed: bool, verify: bool): void {
  let job = 0;
  while (count - job >= ENOUGH) {
    const lanes = min(count - job, LANES);
    if (!hasLanes) prepareLanes();
    hasLanes = true;
    tagsOf(job, lanes, suffixed);
    for (let lane = 0; lane < lanes; lane++) finish(job + lane, v128.load(BLOCKS + (lane << 4)), verify);
    job += lanes;
  }
  for (; job < count; job++) finish(job, tagOf(job, suffixed), verify);
}
