// The blocks of a packet that GHASH takes in (NIST SP 800-38D §7.1): associated data and what is encrypted, each filled
// up with zeros, and their lengths. Most are whole in the packet; the others are put together here.

import { CIPHER_END, CIPHER_START, GAP, START, SUFFIX } from '../src/crypto/packets/layout';
import { bigEndian } from './ghash';
import { LANES } from './ghash-lanes';
import { clear, copyFew, field, PACKETS } from './memory';

/**
 * For each packet that is worked on: the end of its associated data, at most two blocks, the end of what is encrypted,
 * and the lengths.
 */
const ENDS: usize = memory.data(LANES * 64, 16);
const ENCRYPTED_AT = 32;
const LENGTHS_AT = 48;

/**
 * For each packet, numbers of blocks: of zeros before its first, and then of each kind, added up; and where the whole
 * blocks of what is encrypted would begin, were all before them as long.
 */
const LAYOUT: usize = memory.data(LANES * 24, 16);
const SKIPPED = 0;
const ASSOCIATED_WHOLE = 4;
const ASSOCIATED = 8;
const WHOLE = 12;
const ALL = 16;
const BASE = 20;

/** Up to 15 CSRCs (RFC 3550 §5.1), which a gap changes places with. */
const CSRCS: usize = memory.data(64, 16);

@inline
function layoutOf(lane: i32): usize {
  return LAYOUT + lane * 24;
}

/** Readies a packet, and gives the number of its blocks. With `suffixed`, the suffix ends its associated data. */
export function beginBlocks(lane: i32, job: i32, suffixed: bool): i32 {
  const ends = ENDS + (lane << 6);
  const start = PACKETS + field(job, START);
  const gap = field(job, GAP) ? 4 : 0;
  if (gap) gapToFront(job);
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
  copyFew(ends + ENCRYPTED_AT, cipherStart + (whole << 4), encrypted & 15);
  const bits = i64x2.replace_lane(i64x2.splat(i64(associated + suffix) << 3), 1, i64(encrypted) << 3);
  v128.store(ends, bigEndian(bits), LENGTHS_AT);
  const layout = layoutOf(lane);
  const withAssociated = associatedWhole + ((rest + suffix + 15) >> 4);
  const all = withAssociated + ((encrypted + 15) >> 4) + 1;
  store<i32>(layout, 0, SKIPPED);
  store<i32>(layout, associatedWhole, ASSOCIATED_WHOLE);
  store<i32>(layout, withAssociated, ASSOCIATED);
  store<i32>(layout, withAssociated + whole, WHOLE);
  store<i32>(layout, all, ALL);
  store<i32>(layout, i32(cipherStart - (withAssociated << 4)), BASE);
  return all;
}

/** Puts zeros before the packet's first block, which change nothing, so that it has `count` blocks. */
export function alignBlocks(lane: i32, count: i32): void {
  const layout = layoutOf(lane);
  store<i32>(layout, count - load<i32>(layout, ALL), SKIPPED);
}

// The blocks that are whole in what is encrypted, which are most: from which to which, and where block 0 would be.

@inline
export function wholeFrom(lane: i32): i32 {
  return load<i32>(layoutOf(lane), SKIPPED) + load<i32>(layoutOf(lane), ASSOCIATED);
}

@inline
export function wholeTo(lane: i32): i32 {
  return load<i32>(layoutOf(lane), SKIPPED) + load<i32>(layoutOf(lane), WHOLE);
}

@inline
export function wholeBase(lane: i32): usize {
  return load<i32>(layoutOf(lane), BASE) - (load<i32>(layoutOf(lane), SKIPPED) << 4);
}

/** Any of the other blocks. */
export function otherBlock(lane: i32, job: i32, index: i32): v128 {
  const layout = layoutOf(lane);
  const block = index - load<i32>(layout, SKIPPED);
  const ends = ENDS + (lane << 6);
  const associatedWhole = load<i32>(layout, ASSOCIATED_WHOLE);
  if (block < 0) return i64x2.splat(0);
  if (block < associatedWhole) return v128.load(PACKETS + field(job, START) + (block << 4));
  if (block < load<i32>(layout, ASSOCIATED)) return v128.load(ends + ((block - associatedWhole) << 4));
  return block == load<i32>(layout, ALL) - 1 ? v128.load(ends, LENGTHS_AT) : v128.load(ends, ENCRYPTED_AT);
}

/** Puts the packet back as it was. */
export function endBlocks(job: i32): void {
  if (field(job, GAP)) gapBack(job);
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
