// HMAC-SHA1 (RFC 2104, FIPS 180-4) over four packets at a time, one in each lane of a vector.

import {
  CIPHER_END,
  INNER_AT,
  OUTER_AT,
  RESULT,
  START,
  SUFFIX,
  TAG_AT,
} from '../src/crypto/packets/layout';
import { clear, copyFew, field, KEYS, PACKETS, setField } from './memory';

const LANES = 4;
const BLOCK = 64;

/** The message schedule: 80 vectors, each word of the four packets. */
const SCHEDULE: usize = memory.data(80 * 16, 16);
/** The five words of the state, each a vector. */
const STATE: usize = memory.data(5 * 16, 16);
/** The padded end of each lane's message: at most two blocks. */
const TAILS: usize = memory.data(LANES * 2 * BLOCK, 16);
const DIGEST: usize = memory.data(20, 16);

// For each lane: where its message is, how many blocks of it are whole, and how many there are with the tail.
const AT: usize = memory.data(LANES * 4, 16);
const WHOLE: usize = memory.data(LANES * 4, 16);
const TOTAL: usize = memory.data(LANES * 4, 16);

@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(v128.shl<i32>(x, by), v128.shr<u32>(x, 32 - by));
}

@inline
function add(x: v128, y: v128): v128 {
  return v128.add<i32>(x, y);
}

@inline
function word(t: i32): v128 {
  return v128.load(SCHEDULE + (t << 4));
}

@inline
function choose(b: v128, c: v128, d: v128): v128 {
  return v128.bitselect(c, d, b);
}

@inline
function parity(b: v128, c: v128, d: v128): v128 {
  return v128.xor(v128.xor(b, c), d);
}

@inline
function majority(b: v128, c: v128, d: v128): v128 {
  return v128.bitselect(v128.or(c, d), v128.and(c, d), b);
}

/** Takes 16 bytes of each lane, as four words of the schedule from `t` on. */
@inline
function loadWords(t: i32, p0: usize, p1: usize, p2: usize, p3: usize): void {
  const x0 = bigEndian(v128.load(p0));
  const x1 = bigEndian(v128.load(p1));
  const x2 = bigEndian(v128.load(p2));
  const x3 = bigEndian(v128.load(p3));
  const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  const at = SCHEDULE + (t << 4);
  v128.store(at, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(at + 16, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(at + 32, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(at + 48, v128.shuffle<i64>(high01, high23, 1, 3));
}

@inline
function bigEndian(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Where one packet's words have the rounds' constants added. */
const WITH_CONSTANTS: usize = SCHEDULE + 80 * 4;

@inline
function w(t: i32): u32 {
  return load<u32>(WITH_CONSTANTS + (t << 2));
}

/** Four words of one packet's schedule. */
@inline
function words(t: i32): v128 {
  return v128.load(SCHEDULE + (t << 2));
}

@inline
function addConstant(from: i32, constant: i32): void {
  const k = i32x4.splat(constant);
  for (let t = from; t < from + 20; t += 4) v128.store(WITH_CONSTANTS + (t << 2), add(words(t), k));
}

/** The schedule of one packet, four words at a time. */
function scheduleOne(): void {
  const zero = i64x2.splat(0);
  for (let t = 16; t < 32; t += 4) {
    // The last of the four needs the first of them, which is brought in afterwards.
    const before3 = v128.shuffle<i32>(words(t - 4), zero, 1, 2, 3, 4);
    const before14 = v128.shuffle<i32>(words(t - 16), words(t - 12), 2, 3, 4, 5);
    const x = rotate(v128.xor(v128.xor(before3, words(t - 8)), v128.xor(before14, words(t - 16))), 1);
    v128.store(SCHEDULE + (t << 2), v128.xor(x, rotate(v128.shuffle<i32>(x, zero, 4, 4, 4, 0), 1)));
  }
  for (let t = 32; t < 80; t += 4) {
    // The same relation, applied twice, reaches further back.
    const before6 = v128.shuffle<i32>(words(t - 8), words(t - 4), 2, 3, 4, 5);
    const x = v128.xor(v128.xor(before6, words(t - 16)), v128.xor(words(t - 28), words(t - 32)));
    v128.store(SCHEDULE + (t << 2), rotate(x, 2));
  }
  addConstant(0, 0x5a827999);
  addConstant(20, 0x6ed9eba1);
  addConstant(40, 0x8f1bbcdc);
  addConstant(60, 0xca62c1d6);
}

/** One compression of the words of one packet (4 bytes apart) into the first lane of the state. */
function compressOne(): void {
  scheduleOne();
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 16);
  let c = load<u32>(STATE, 32);
  let d = load<u32>(STATE, 48);
  let e = load<u32>(STATE, 64);
  for (let t = 0; t < 20; t += 5) {
    e = e + w(t) + (d ^ (b & (c ^ d))) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + w(t + 1) + (c ^ (a & (b ^ c))) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + w(t + 2) + (b ^ (e & (a ^ b))) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + w(t + 3) + (a ^ (d & (e ^ a))) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + w(t + 4) + (e ^ (c & (d ^ e))) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let t = 20; t < 40; t += 5) {
    e = e + w(t) + (b ^ c ^ d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + w(t + 1) + (a ^ b ^ c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + w(t + 2) + (e ^ a ^ b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + w(t + 3) + (d ^ e ^ a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + w(t + 4) + (c ^ d ^ e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let t = 40; t < 60; t += 5) {
    e = e + w(t) + ((b & c) | (d & (b | c))) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + w(t + 1) + ((a & b) | (c & (a | b))) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + w(t + 2) + ((e & a) | (b & (e | a))) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + w(t + 3) + ((d & e) | (a & (d | e))) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + w(t + 4) + ((c & d) | (e & (c | d))) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let t = 60; t < 80; t += 5) {
    e = e + w(t) + (b ^ c ^ d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + w(t + 1) + (a ^ b ^ c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + w(t + 2) + (e ^ a ^ b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + w(t + 3) + (d ^ e ^ a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + w(t + 4) + (c ^ d ^ e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 16) + b, 16);
  store<u32>(STATE, load<u32>(STATE, 32) + c, 32);
  store<u32>(STATE, load<u32>(STATE, 48) + d, 48);
  store<u32>(STATE, load<u32>(STATE, 64) + e, 64);
}

/** One compression of the first 16 words of the schedule into the state, in the lanes that `active` has set. */
function compress(active: v128): void {
  for (let t = 16; t < 80; t++) {
    const x = v128.xor(v128.xor(word(t - 3), word(t - 8)), v128.xor(word(t - 14), word(t - 16)));
    v128.store(SCHEDULE + (t << 4), rotate(x, 1));
  }
  const a0 = v128.load(STATE);
  const b0 = v128.load(STATE, 16);
  const c0 = v128.load(STATE, 32);
  const d0 = v128.load(STATE, 48);
  const e0 = v128.load(STATE, 64);
  let a = a0;
  let b = b0;
  let c = c0;
  let d = d0;
  let e = e0;
  let k = i32x4.splat(0x5a827999);
  for (let t = 0; t < 20; t += 5) {
    e = add(add(choose(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    b = rotate(b, 30);
    d = add(add(choose(a, b, c), add(add(d, k), word(t + 1))), rotate(e, 5));
    a = rotate(a, 30);
    c = add(add(choose(e, a, b), add(add(c, k), word(t + 2))), rotate(d, 5));
    e = rotate(e, 30);
    b = add(add(choose(d, e, a), add(add(b, k), word(t + 3))), rotate(c, 5));
    d = rotate(d, 30);
    a = add(add(choose(c, d, e), add(add(a, k), word(t + 4))), rotate(b, 5));
    c = rotate(c, 30);
  }
  k = i32x4.splat(0x6ed9eba1);
  for (let t = 20; t < 40; t += 5) {
    e = add(add(parity(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    b = rotate(b, 30);
    d = add(add(parity(a, b, c), add(add(d, k), word(t + 1))), rotate(e, 5));
    a = rotate(a, 30);
    c = add(add(parity(e, a, b), add(add(c, k), word(t + 2))), rotate(d, 5));
    e = rotate(e, 30);
    b = add(add(parity(d, e, a), add(add(b, k), word(t + 3))), rotate(c, 5));
    d = rotate(d, 30);
    a = add(add(parity(c, d, e), add(add(a, k), word(t + 4))), rotate(b, 5));
    c = rotate(c, 30);
  }
  k = i32x4.splat(0x8f1bbcdc);
  for (let t = 40; t < 60; t += 5) {
    e = add(add(majority(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    b = rotate(b, 30);
    d = add(add(majority(a, b, c), add(add(d, k), word(t + 1))), rotate(e, 5));
    a = rotate(a, 30);
    c = add(add(majority(e, a, b), add(add(c, k), word(t + 2))), rotate(d, 5));
    e = rotate(e, 30);
    b = add(add(majority(d, e, a), add(add(b, k), word(t + 3))), rotate(c, 5));
    d = rotate(d, 30);
    a = add(add(majority(c, d, e), add(add(a, k), word(t + 4))), rotate(b, 5));
    c = rotate(c, 30);
  }
  k = i32x4.splat(0xca62c1d6);
  for (let t = 60; t < 80; t += 5) {
    e = add(add(parity(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    b = rotate(b, 30);
    d = add(add(parity(a, b, c), add(add(d, k), word(t + 1))), rotate(e, 5));
    a = rotate(a, 30);
    c = add(add(parity(e, a, b), add(add(c, k), word(t + 2))), rotate(d, 5));
    e = rotate(e, 30);
    b = add(add(parity(d, e, a), add(add(b, k), word(t + 3))), rotate(c, 5));
    d = rotate(d, 30);
    a = add(add(parity(c, d, e), add(add(a, k), word(t + 4))), rotate(b, 5));
    c = rotate(c, 30);
  }
  v128.store(STATE, v128.bitselect(add(a0, a), a0, active));
  v128.store(STATE, v128.bitselect(add(b0, b), b0, active), 16);
  v128.store(STATE, v128.bitselect(add(c0, c), c0, active), 32);
  v128.store(STATE, v128.bitselect(add(d0, d), d0, active), 48);
  v128.store(STATE, v128.bitselect(add(e0, e), e0, active), 64);
}

/** Readies a lane for a packet: what is not a whole block goes, with the suffix and the padding, into the tail. */
function begin(lane: i32, job: i32): void {
  const start = PACKETS + field(job, START);
  const length = field(job, CIPHER_END) - field(job, START);
  const whole = length / BLOCK;
  const rest = length % BLOCK;
  const tail = TAILS + lane * 2 * BLOCK;
  const tailBlocks = rest + 4 + 9 > BLOCK ? 2 : 1;
  clear(tail, tailBlocks * BLOCK);
  copyFew(tail, start + whole * BLOCK, rest);
  store<u32>(tail + rest, bswap<u32>(field(job, SUFFIX)));
  store<u8>(tail + rest + 4, 0x80);
  store<u32>(tail + tailBlocks * BLOCK - 4, bswap<u32>((BLOCK + length + 4) * 8));
  store<i32>(AT + (lane << 2), i32(start));
  store<i32>(WHOLE + (lane << 2), whole);
  store<i32>(TOTAL + (lane << 2), whole + tailBlocks);
}

/** Where block `index` of the lane is; behind the end, any place that can be read. */
@inline
function blockAt(lane: i32, index: i32): usize {
  const whole = load<i32>(WHOLE + (lane << 2));
  return index < whole
    ? usize(load<i32>(AT + (lane << 2))) + index * BLOCK
    : TAILS + lane * 2 * BLOCK + (min(index, load<i32>(TOTAL + (lane << 2)) - 1) - whole) * BLOCK;
}

@inline
function setState(from: usize): void {
  for (let i = 0; i < 5; i++) v128.store(STATE + (i << 4), v128.load_splat<i32>(from + (i << 2)));
}

/** The tag of one packet, alone. */
function hmacOne(job: i32): void {
  begin(0, job);
  setState(KEYS + INNER_AT);
  const total = load<i32>(TOTAL);
  for (let index = 0; index < total; index++) {
    const at = blockAt(0, index);
    for (let i = 0; i < 64; i += 16) v128.store(SCHEDULE + i, bigEndian(v128.load(at + i)));
    compressOne();
  }
  for (let i = 0; i < 5; i++) store<u32>(SCHEDULE + (i << 2), load<u32>(STATE + (i << 4)));
  store<u32>(SCHEDULE, 0x80000000, 20);
  for (let i = 6; i < 15; i++) store<u32>(SCHEDULE + (i << 2), 0);
  store<u32>(SCHEDULE, (BLOCK + 20) * 8, 60);
  setState(KEYS + OUTER_AT);
  compressOne();
}

/** The tags of the jobs from `first` on, at most four: the state then holds them. */
function hmac(first: i32, count: i32): void {
  if (count == 1) return hmacOne(first);
  for (let lane = 0; lane < LANES; lane++) begin(lane, first + min(lane, count - 1));
  setState(KEYS + INNER_AT);
  const totals = v128.load(TOTAL);
  const most = max(
    max(v128.extract_lane<i32>(totals, 0), v128.extract_lane<i32>(totals, 1)),
    max(v128.extract_lane<i32>(totals, 2), v128.extract_lane<i32>(totals, 3)),
  );
  for (let index = 0; index < most; index++) {
    const p0 = blockAt(0, index);
    const p1 = blockAt(1, index);
    const p2 = blockAt(2, index);
    const p3 = blockAt(3, index);
    for (let part = 0; part < 4; part++) {
      const by = part << 4;
      loadWords(part << 2, p0 + by, p1 + by, p2 + by, p3 + by);
    }
    compress(v128.gt<i32>(totals, i32x4.splat(index)));
  }
  for (let i = 0; i < 5; i++) v128.store(SCHEDULE + (i << 4), v128.load(STATE + (i << 4)));
  v128.store(SCHEDULE, i32x4.splat(0x80000000), 80);
  for (let i = 6; i < 15; i++) v128.store(SCHEDULE + (i << 4), i32x4.splat(0));
  v128.store(SCHEDULE, i32x4.splat((BLOCK + 20) * 8), 240);
  setState(KEYS + OUTER_AT);
  compress(i32x4.splat(-1));
}

@inline
function digestOf(lane: i32): void {
  for (let i = 0; i < 5; i++) store<u32>(DIGEST + (i << 2), bswap<u32>(load<u32>(STATE + (i << 4) + (lane << 2))));
}

/** Writes each packet's tag, cut to `tagLength` bytes. */
export function hmacSign(count: i32, tagLength: i32): void {
  for (let first = 0; first < count; first += LANES) {
    const lanes = min(count - first, LANES);
    hmac(first, lanes);
    for (let lane = 0; lane < lanes; lane++) {
      digestOf(lane);
      copyFew(PACKETS + field(first + lane, TAG_AT), DIGEST, tagLength);
    }
  }
}

/** Sets each packet's result: 1 where the tag is right, 0 where not. All bytes of it are looked at. */
export function hmacVerify(count: i32, tagLength: i32): void {
  for (let first = 0; first < count; first += LANES) {
    const lanes = min(count - first, LANES);
    hmac(first, lanes);
    for (let lane = 0; lane < lanes; lane++) {
      digestOf(lane);
      const tag = PACKETS + field(first + lane, TAG_AT);
      let difference: u32 = 0;
      for (let i = 0; i < tagLength; i++) difference |= load<u8>(tag + i) ^ load<u8>(DIGEST + i);
      setField(first + lane, RESULT, i32((difference - 1) >>> 31));
    }
  }
}

/** Makes the inner and outer states of the 20-byte key at the beginning of the packets (RFC 2104 §4). */
export function hmacPrepare(): void {
  pad(0x36363636);
  for (let i = 0; i < 5; i++) store<i32>(KEYS + INNER_AT + (i << 2), load<i32>(STATE + (i << 4)));
  pad(0x5c5c5c5c);
  for (let i = 0; i < 5; i++) store<i32>(KEYS + OUTER_AT + (i << 2), load<i32>(STATE + (i << 4)));
}

function pad(value: i32): void {
  for (let i = 0; i < 16; i++) {
    const key = i < 5 ? bswap<i32>(load<i32>(PACKETS + (i << 2))) : 0;
    v128.store(SCHEDULE + (i << 4), i32x4.splat(key ^ value));
  }
  v128.store(STATE, i32x4.splat(0x67452301));
  v128.store(STATE, i32x4.splat(0xefcdab89), 16);
  v128.store(STATE, i32x4.splat(0x98badcfe), 32);
  v128.store(STATE, i32x4.splat(0x10325476), 48);
  v128.store(STATE, i32x4.splat(0xc3d2e1f0), 64);
  compress(i32x4.splat(-1));
}
