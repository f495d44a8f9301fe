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

/** Overwrites everything: keys, what was made of them, packets and key stream. */
export function wipe(): void {
  memory.fill(0, 0, __heap_base);
}
