// The compression function of SHA-1 (FIPS 180-4 §6.1.2), of four messages at a time, one in each lane of a vector, and
// of one alone.

/** The message schedule: 80 vectors, each a word of the four messages; or the words of one message. */
export const SCHEDULE: usize = memory.data(80 * 16, 16);
/** The five words of the state, each a vector; one message alone is in the first lane. */
export const STATE: usize = memory.data(5 * 16, 16);

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

/** Takes 16 bytes of each message, as four words of the schedule from `t` on. */
@inline
export function loadWords(t: i32, p0: usize, p1: usize, p2: usize, p3: usize): void {
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

/** The words of a vector, from the order of the wire. */
@inline
export function bigEndian(x: v128): v128 {
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
export function compressOne(): void {
  scheduleOne();
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 16);
  let c = load<u32>(STATE, 32);
  let d = load<u32>(STATE, 48);
  let e = load<u32>(STATE, 64);
  for (let t = 0; t < 20; t++) {
    const next = e + w(t) + (d ^ (b & (c ^ d))) + rotl<u32>(a, 5);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 20; t < 40; t++) {
    const next = e + w(t) + (b ^ c ^ d) + rotl<u32>(a, 5);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 40; t < 60; t++) {
    const next = e + w(t) + ((b & c) | (d & (b | c))) + rotl<u32>(a, 5);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 60; t < 80; t++) {
    const next = e + w(t) + (b ^ c ^ d) + rotl<u32>(a, 5);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 16) + b, 16);
  store<u32>(STATE, load<u32>(STATE, 32) + c, 32);
  store<u32>(STATE, load<u32>(STATE, 48) + d, 48);
  store<u32>(STATE, load<u32>(STATE, 64) + e, 64);
}

/** One compression of the first 16 words of the schedule into the state, in the lanes that `active` has set. */
export function compress(active: v128): void {
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
  let k = i32x4.splat(0);
  k = i32x4.splat(0x5a827999);
  for (let t = 0; t < 20; t++) {
    const next = add(add(choose(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  k = i32x4.splat(0x6ed9eba1);
  for (let t = 20; t < 40; t++) {
    const next = add(add(parity(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  k = i32x4.splat(0x8f1bbcdc);
  for (let t = 40; t < 60; t++) {
    const next = add(add(majority(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  k = i32x4.splat(0xca62c1d6);
  for (let t = 60; t < 80; t++) {
    const next = add(add(parity(b, c, d), add(add(e, k), word(t))), rotate(a, 5));
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  v128.store(STATE, v128.bitselect(add(a0, a), a0, active));
  v128.store(STATE, v128.bitselect(add(b0, b), b0, active), 16);
  v128.store(STATE, v128.bitselect(add(c0, c), c0, active), 32);
  v128.store(STATE, v128.bitselect(add(d0, d), d0, active), 48);
  v128.store(STATE, v128.bitselect(add(e0, e), e0, active), 64);
}

