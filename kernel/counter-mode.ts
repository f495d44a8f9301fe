// Counter mode: blocks for AES to turn into key stream, and the key stream laid over the packets.

import {
  CIPHER_END,
  CIPHER_START,
  GAP,
  INDEX_HIGH,
  INDEX_LOW,
  KEY_STREAM_AT,
  RESULT,
  SALT_AT,
  SSRC,
} from '../src/crypto/packets/layout';
import { field, KEY_STREAM, KEYS, PACKETS, setField } from './memory';

const BASE: usize = memory.data(16, 16);

/**
 * Writes the counter blocks of each packet one behind the other, and gives their length in bytes.
 *
 * SSRC and index are laid over the salt, the SSRC at byte `ssrcAt`: 4 for AES-CM (RFC 3711 §4.1.1), 2 for GCM (RFC 7714
 * §8.1); the counter is in the last two bytes. `tagBlocks` is how many blocks come before the packet's own: with GCM
 * one, number 1, which is for the tag.
 */
export function counters(count: i32, ssrcAt: i32, tagBlocks: i32): i32 {
  let out = KEY_STREAM;
  for (let job = 0; job < count; job++) {
    if (field(job, RESULT) == 0) continue;
    const length = field(job, CIPHER_END) - field(job, CIPHER_START) - (field(job, GAP) ? 4 : 0);
    const blocks = ((length + 15) >> 4) + tagBlocks;
    setField(job, KEY_STREAM_AT, i32(out - KEY_STREAM));
    v128.store(BASE, v128.load(KEYS + SALT_AT));
    const at = BASE + ssrcAt;
    store<u32>(at, load<u32>(at) ^ bswap<u32>(field(job, SSRC)));
    store<u32>(at + 4, load<u32>(at + 4) ^ bswap<u32>(field(job, INDEX_HIGH)));
    store<u16>(at + 8, load<u16>(at + 8) ^ bswap<u16>(u16(field(job, INDEX_LOW))));
    const base = v128.load(BASE);
    const last = tagBlocks + blocks;
    for (let counter = tagBlocks; counter < last; counter++) {
      v128.store(out, v128.replace_lane<i16>(base, 7, bswap<u16>(u16(counter))));
      out += 16;
    }
  }
  return i32(out - KEY_STREAM);
}

/** Lays the key stream over each packet. */
export function crypt(count: i32, tagBlocks: i32): void {
  for (let job = 0; job < count; job++) {
    if (field(job, RESULT) == 0) continue;
    const start = field(job, CIPHER_START);
    const end = field(job, CIPHER_END);
    const gap = field(job, GAP);
    const keyStream = KEY_STREAM + field(job, KEY_STREAM_AT) + (tagBlocks << 4);
    if (gap == 0) {
      exclusiveOr(PACKETS + start, PACKETS + end, keyStream);
    } else {
      exclusiveOr(PACKETS + start, PACKETS + gap, keyStream);
      exclusiveOr(PACKETS + gap + 4, PACKETS + end, keyStream + (gap - start));
    }
  }
}

function exclusiveOr(start: usize, end: usize, keyStream: usize): void {
  let at = start;
  for (; at + 16 <= end; at += 16, keyStream += 16) {
    v128.store(at, v128.xor(v128.load(at), v128.load(keyStream)));
  }
  for (; at < end; at++, keyStream++) store<u8>(at, load<u8>(at) ^ load<u8>(keyStream));
}
