// Where things are in the kernel's memory. JavaScript reads the first four addresses from the exports.

import { JOB_WORDS, KEY_STREAM_LENGTH, KEYS_LENGTH, MAX_JOBS, PACKETS_LENGTH } from '../src/crypto/packets/layout';

export const JOBS: usize = memory.data(MAX_JOBS * JOB_WORDS * 4, 16);
export const KEYS: usize = memory.data(KEYS_LENGTH, 16);
export const PACKETS: usize = memory.data(PACKETS_LENGTH, 16);
export const KEY_STREAM: usize = memory.data(KEY_STREAM_LENGTH, 16);

/** A field of a job. */
@inline
export function field(job: i32, index: i32): i32 {
  return load<i32>(JOBS + ((job * JOB_WORDS + index) << 2));
}

@inline
export function setField(job: i32, index: i32, value: i32): void {
  store<i32>(JOBS + ((job * JOB_WORDS + index) << 2), value);
}

/** For a few bytes; `memory.copy` costs more than that to begin. */
export function copyFew(to: usize, from: usize, length: i32): void {
  for (; length >= 16; length -= 16, to += 16, from += 16) v128.store(to, v128.load(from));
  if (length & 8) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
  if (length & 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
  for (length &= 3; length > 0; length--, to++, from++) store<u8>(to, load<u8>(from));
}

/** Zeros for a multiple of 16 bytes. */
@inline
export function clear(at: usize, length: i32): void {
  for (let i = 0; i < length; i += 16) v128.store(at + i, i64x2.splat(0));
}

/** Overwrites all memory: keys, what was made of them, packets and key stream. */
export function wipeMemory(): void {
  memory.fill(0, 0, __heap_base);
}
