// HMAC-SHA1 (RFC 2104), the tag of SRTP with AES-CM (RFC 3711 §4.2.1), over four packets at a time or over one.

import {
  CIPHER_END,
  INNER_AT,
  OUTER_AT,
  RESULT,
  START,
  SUFFIX,
  TAG_AT,
} from '../src/crypto/packets/layout';
import { areAlike } from './lanes';
import { clear, copyFew, field, KEYS, PACKETS, setField } from './memory';
import { bigEndian, compress, compressOne, loadWords, SCHEDULE, STATE } from './sha1';

const LANES = 4;
const BLOCK = 64;
const DIGEST_BITS = 160;

/** The padded end of each lane's message: at most two blocks. */
const TAILS: usize = memory.data(LANES * 2 * BLOCK, 16);
const DIGEST: usize = memory.data(20, 16);

// For each lane: where its message is, how many blocks of it are whole, and how many there are with the tail.
const AT: usize = memory.data(LANES * 4, 16);
const WHOLE: usize = memory.data(LANES * 4, 16);
const TOTAL: usize = memory.data(LANES * 4, 16);

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
  store<u32>(SCHEDULE, BLOCK * 8 + DIGEST_BITS, 60);
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
  v128.store(SCHEDULE, i32x4.splat(BLOCK * 8 + DIGEST_BITS), 240);
  setState(KEYS + OUTER_AT);
  compress(i32x4.splat(-1));
}

/** How many jobs from `first` on to take at once. */
@inline
function lanesFrom(first: i32, count: i32): i32 {
  const lanes = min(count - first, LANES);
  return areAlike(first, lanes, BLOCK, 2) ? lanes : 1;
}

@inline
function digestOf(lane: i32): void {
  for (let i = 0; i < 5; i++) store<u32>(DIGEST + (i << 2), bswap<u32>(load<u32>(STATE + (i << 4) + (lane << 2))));
}

/** Writes each packet's tag, cut to `tagLength` bytes. */
export function hmacSign(count: i32, tagLength: i32): void {
  for (let first = 0, lanes = 0; first < count; first += lanes) {
    lanes = lanesFrom(first, count);
    hmac(first, lanes);
    for (let lane = 0; lane < lanes; lane++) {
      digestOf(lane);
      copyFew(PACKETS + field(first + lane, TAG_AT), DIGEST, tagLength);
    }
  }
}

/** Sets each packet's result: 1 where the tag is right, 0 where not. All bytes of it are looked at. */
export function hmacVerify(count: i32, tagLength: i32): void {
  for (let first = 0, lanes = 0; first < count; first += lanes) {
    lanes = lanesFrom(first, count);
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
