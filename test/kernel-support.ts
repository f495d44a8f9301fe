import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { copy } from '../src/bytes/bytes.ts';
import * as field from '../src/crypto/packets/layout.ts';
import { JOB_WORDS, MAX_JOBS, PACKETS_LENGTH } from '../src/crypto/packets/layout.ts';
import type { PacketEngine, PacketTransform, SessionKeys } from '../src/crypto/packets/packet-transform.ts';

/** A transform to make, of either engine. */
export interface TransformKind {
  readonly cipher: 'cm' | 'gcm';
  /** Of the cipher key, in bytes. */
  readonly keyLength: number;
  readonly tagLength: number;
  readonly suffixed: boolean;
}

export const TRANSFORM_KINDS: readonly TransformKind[] = [
  ...[16, 24, 32].flatMap((keyLength) =>
    [4, 10].map((tagLength): TransformKind => ({ cipher: 'cm', keyLength, tagLength, suffixed: true })),
  ),
  ...[16, 32].flatMap((keyLength) =>
    [false, true].map((suffixed): TransformKind => ({ cipher: 'gcm', keyLength, tagLength: 16, suffixed })),
  ),
];

export function nameOfKind({ cipher, keyLength, tagLength, suffixed }: TransformKind): string {
  const aes = `AES-${keyLength * 8}`;
  if (cipher === 'cm') return `${aes}-CM with a tag of ${tagLength}`;
  return `${aes}-GCM ${suffixed ? 'with' : 'without'} a suffix`;
}

/** Bytes that look random, the same for the same seed. */
export function bytesOf(seed: number, length: number): Uint8Array {
  const iv = new Uint8Array(16);
  new DataView(iv.buffer).setUint32(0, seed);
  const cipher = createCipheriv('aes-128-ctr', new Uint8Array(16).fill(0x5e), iv);
  return copy(cipher.update(new Uint8Array(length)));
}

export function sessionKeysOf({ cipher, keyLength }: TransformKind, seed: number): SessionKeys {
  const bytes = bytesOf(seed, 128);
  return {
    cipherKey: bytes.slice(0, keyLength),
    salt: bytes.slice(32, 32 + (cipher === 'cm' ? 14 : 12)),
    authenticationKey: bytes.slice(64, cipher === 'cm' ? 84 : 64),
  };
}

export function makeTransform(engine: PacketEngine, kind: TransformKind, seed: number): PacketTransform {
  const keys = sessionKeysOf(kind, seed);
  return kind.cipher === 'cm'
    ? engine.counterModeHmacSha1(keys, kind.tagLength)
    : engine.gcm(keys, kind.suffixed);
}

/** One packet for a transform; places count from its beginning. */
export interface Packet {
  /** What is authenticated and, from `cipherStart` on, encrypted. */
  readonly body: Uint8Array;
  readonly cipherStart: number;
  readonly gap: number;
  /** Bytes between what is authenticated and the tag, as an MKI is. */
  readonly mki: number;
  /** Bytes behind the tag. */
  readonly behind: number;
  readonly ssrc: number;
  readonly indexHigh: number;
  readonly indexLow: number;
  readonly suffix: number;
}

/** A packet with a tag. */
export interface Sealed {
  readonly packet: Packet;
  readonly tag: Uint8Array;
}

/** What a pass left. */
export interface Outcome {
  /** The memory as far as packets were, and somewhat further. */
  readonly memory: Uint8Array;
  readonly bodies: readonly Uint8Array[];
  readonly tags: readonly Uint8Array[];
  readonly results: readonly number[];
}

const BEHIND_ALL = 96;

function room({ body, mki, behind }: Packet): number {
  return body.length + mki + 16 + behind;
}

/** As many of the packets as one pass takes. */
export function thatFit<T extends Packet>(packets: readonly T[]): T[] {
  const fitting: T[] = [];
  let used = BEHIND_ALL;
  for (const packet of packets) {
    used += room(packet);
    if (used > PACKETS_LENGTH || fitting.length === MAX_JOBS) break;
    fitting.push(packet);
  }
  return fitting;
}

/** Lays packets into the memory of an engine, works on them, and reads what came of it. */
export function pass(
  engine: PacketEngine,
  transform: PacketTransform,
  direction: 'protect' | 'unprotect',
  packets: readonly Packet[],
  tags?: readonly Uint8Array[],
): Outcome {
  const { packets: memory, jobs } = engine.memory;
  const used = packets.reduce((sum, packet) => sum + room(packet), BEHIND_ALL);
  memory.fill(0xa5, 0, used);
  let start = 0;
  for (const [i, packet] of packets.entries()) {
    const { body, cipherStart, gap, mki, ssrc, indexHigh, indexLow, suffix } = packet;
    const at = i * JOB_WORDS;
    const end = start + body.length;
    memory.set(body, start);
    memory.set(tags?.[i] ?? [], end + mki);
    // Words that a pass before has left, or that nobody ever wrote, must not matter.
    jobs.fill(-1, at, at + JOB_WORDS);
    jobs[at + field.START] = start;
    jobs[at + field.CIPHER_START] = start + cipherStart;
    jobs[at + field.CIPHER_END] = end;
    jobs[at + field.GAP] = gap === 0 ? 0 : start + gap;
    jobs[at + field.SUFFIX] = suffix;
    jobs[at + field.TAG_AT] = end + mki;
    jobs[at + field.SSRC] = ssrc;
    jobs[at + field.INDEX_HIGH] = indexHigh;
    jobs[at + field.INDEX_LOW] = indexLow;
    jobs[at + field.RESULT] = 1;
    start += room(packet);
  }
  transform[direction](packets.length);
  const after = memory.slice(0, used);
  const bodies: Uint8Array[] = [];
  const tagsAfter: Uint8Array[] = [];
  const results: number[] = [];
  start = 0;
  for (const [i, packet] of packets.entries()) {
    const end = start + packet.body.length;
    const tagAt = end + packet.mki;
    bodies.push(after.slice(start, end));
    tagsAfter.push(after.slice(tagAt, tagAt + transform.tagLength));
    results.push(jobs[i * JOB_WORDS + field.RESULT] as number);
    start += room(packet);
  }
  return { memory: after, bodies, tags: tagsAfter, results };
}

/** Lengths on both sides of where blocks of AES and SHA-1 end, and any others. */
export function lengths(most: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: Math.min(most, 80) }),
    fc
      .tuple(fc.integer({ min: 0, max: Math.floor(most / 64) }), fc.integer({ min: 0, max: 63 }))
      .map(([blocks, rest]) => Math.min(most, blocks * 64 + rest)),
    fc.constantFrom(0, most),
  );
}

const unsigned32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);
const unsigned16 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff),
);

/** Where what is encrypted begins, where it has a gap, and how long it all is. */
const shapes: fc.Arbitrary<{ cipherStart: number; gap: number; length: number }> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 12, max: 72 }), lengths(1500))
      .map(([cipherStart, payload]) => ({ cipherStart, gap: 0, length: cipherStart + payload })),
  },
  {
    // Cryptex: CSRCs, the 4 bytes of the gap, the rest (RFC 9335 §6.1).
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 15 }), lengths(1500))
      .map(([csrcs, rest]) => ({ cipherStart: 12, gap: 12 + 4 * csrcs, length: 16 + 4 * csrcs + rest })),
  },
  {
    // Nothing is encrypted, as with the NULL profiles and SRTCP with E = 0.
    weight: 1,
    arbitrary: lengths(1492).map((more) => ({ cipherStart: 8 + more, gap: 0, length: 8 + more })),
  },
);

/** Any packet that a sender or receiver could bring. */
export const anyPacket: fc.Arbitrary<Packet> = fc
  .record({
    shape: shapes,
    seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    mki: fc.integer({ min: 0, max: 5 }),
    behind: fc.integer({ min: 0, max: 5 }),
    ssrc: unsigned32,
    indexHigh: unsigned32,
    indexLow: unsigned16,
    suffix: unsigned32,
  })
  .map(({ shape: { cipherStart, gap, length }, seed, ...rest }) => ({
    body: bytesOf(seed, length),
    cipherStart,
    gap,
    ...rest,
  }));

/** Numbers of packets around those where the kernel changes its ways, and any others. */
export const anyCount: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1, 2, 3, 4, 5, 8, 9, 10, 11, 15, 16, 17, 25, 26, 32, 63, 64),
  fc.integer({ min: 1, max: MAX_JOBS }),
);

export const anyPackets: fc.Arbitrary<Packet[]> = anyCount
  .chain((count) => fc.array(anyPacket, { minLength: count, maxLength: count, size: 'max' }))
  .map(thatFit);
