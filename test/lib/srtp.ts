import fc from 'fast-check';
import { expect } from 'vitest';
import {
  SrtpReceiver,
  type SrtpReceiverOptions,
  SrtpSender,
  type SrtpSenderOptions,
} from '../../src/srtp/index.ts';
import { noise, type RtpFields } from '../interop/lib/rtp.ts';

/** What is known of a profile or crypto suite; lengths in bytes. */
export interface Suite {
  readonly profile: string;
  readonly cipher: 'aes-cm' | 'aes-gcm' | 'null';
  readonly masterKeyLength: number;
  readonly masterSaltLength: number;
  readonly tagLength: number;
  readonly rtcpTagLength: number;
}

function suite(
  profile: string,
  cipher: Suite['cipher'],
  lengths: readonly [number, number, number, number],
): Suite {
  const [masterKeyLength, masterSaltLength, tagLength, rtcpTagLength] = lengths;
  return { profile, cipher, masterKeyLength, masterSaltLength, tagLength, rtcpTagLength };
}

/** The profiles of DTLS-SRTP: RFC 5764 §4.1.2, RFC 7714 §14.2. */
export const DTLS_SUITES: readonly Suite[] = [
  suite('SRTP_AES128_CM_SHA1_80', 'aes-cm', [16, 14, 10, 10]),
  suite('SRTP_AES128_CM_SHA1_32', 'aes-cm', [16, 14, 4, 10]),
  suite('SRTP_AEAD_AES_128_GCM', 'aes-gcm', [16, 12, 16, 16]),
  suite('SRTP_AEAD_AES_256_GCM', 'aes-gcm', [32, 12, 16, 16]),
  suite('SRTP_NULL_SHA1_80', 'null', [16, 14, 10, 10]),
  suite('SRTP_NULL_SHA1_32', 'null', [16, 14, 4, 10]),
];

/** The crypto suites of SDES: RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.1. */
export const SDES_SUITES: readonly Suite[] = [
  suite('AES_CM_128_HMAC_SHA1_80', 'aes-cm', [16, 14, 10, 10]),
  suite('AES_CM_128_HMAC_SHA1_32', 'aes-cm', [16, 14, 4, 10]),
  suite('AES_192_CM_HMAC_SHA1_80', 'aes-cm', [24, 14, 10, 10]),
  suite('AES_192_CM_HMAC_SHA1_32', 'aes-cm', [24, 14, 4, 10]),
  suite('AES_256_CM_HMAC_SHA1_80', 'aes-cm', [32, 14, 10, 10]),
  suite('AES_256_CM_HMAC_SHA1_32', 'aes-cm', [32, 14, 4, 10]),
  suite('AEAD_AES_128_GCM', 'aes-gcm', [16, 12, 16, 16]),
  suite('AEAD_AES_256_GCM', 'aes-gcm', [32, 12, 16, 16]),
];

export const SUITES: readonly Suite[] = [...DTLS_SUITES, ...SDES_SUITES];

/** For `describe.each`, which takes the name from the first column. */
export function titled(suites: readonly Suite[]): [string, Suite][] {
  return suites.map((row) => [row.profile, row]);
}

export function suiteOf(profile: string): Suite {
  const found = SUITES.find((row) => row.profile === profile);
  if (found === undefined) throw new Error(`no ${profile}`);
  return found;
}

export const CM: Suite = suiteOf('SRTP_AES128_CM_SHA1_80');
export const GCM: Suite = suiteOf('SRTP_AEAD_AES_128_GCM');
export const NULL: Suite = suiteOf('SRTP_NULL_SHA1_80');
/** One of each cipher. */
export const CIPHERS: readonly Suite[] = [CM, GCM, NULL];

/** A master key that differs from `seed` to `seed`. */
export function keyOf(row: Suite, seed = 1): { masterKey: Uint8Array; masterSalt: Uint8Array } {
  return {
    masterKey: new Uint8Array(noise(row.masterKeyLength, seed)),
    masterSalt: new Uint8Array(noise(row.masterSaltLength, seed + 1000)),
  };
}

/** Three master keys told apart by MKIs of 3 bytes, which differ in two bits at least. */
export function keysWithMki(
  row: Suite,
): { masterKey: Uint8Array; masterSalt: Uint8Array; mki: Uint8Array }[] {
  return [1, 2, 3].map((seed) => ({ ...keyOf(row, seed), mki: Uint8Array.of(0x80, 0, 7 * seed) }));
}

export function senderOf(row: Suite, options: Partial<SrtpSenderOptions> = {}): SrtpSender {
  const key = options.masterKeys === undefined ? keyOf(row) : {};
  return new SrtpSender({ profile: row.profile, ...key, ...options });
}

export function receiverOf(row: Suite, options: Partial<SrtpReceiverOptions> = {}): SrtpReceiver {
  const key = options.masterKeys === undefined ? keyOf(row) : {};
  return new SrtpReceiver({ profile: row.profile, ...key, ...options });
}

export function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'discarded' : Buffer.from(bytes).toString('hex');
}

/** A copy with one bit changed; bit 0 is the lowest of the first byte. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** What is thrown; undefined when nothing is. */
export function thrownBy(
  work: () => unknown,
): (Error & { readonly code?: string; readonly results?: readonly Uint8Array[] }) | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  return undefined;
}

/** The `code` of what is thrown; undefined when nothing is. */
export function codeOf(work: () => unknown): string | undefined {
  const error = thrownBy(work);
  return error === undefined ? undefined : (error.code ?? String(error));
}

/** Thrown is an error with this code, in a sentence of which these are words. */
export function expectWrong(make: () => unknown, code: string, words: RegExp): void {
  const error = thrownBy(make);
  expect([error?.code, error?.message]).toEqual([code, expect.stringMatching(words)]);
  expect(error?.message).toMatch(/^The .*\.$/);
}

/** How many packets a receiver has discarded, all in all. */
export function discarded(receiver: SrtpReceiver): number {
  return Object.values(receiver.stats.discards).reduce((sum, count) => sum + count, 0);
}

/** Header extensions of every kind: one-byte, two-byte with application bits, and others; of any content. */
export const extensions: fc.Arbitrary<{ profile: number; data: Uint8Array }> = fc
  .tuple(
    fc.constantFrom(0xbede, 0x1000, 0x100f, 0xabcd),
    fc
      .integer({ min: 0, max: 6 })
      .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
  )
  .map(([profile, data]) => ({ profile, data }));

/** All that RTP allows in a packet, but for SSRC and sequence number. */
export const rtpContents: fc.Arbitrary<RtpFields> = fc.record(
  {
    csrcs: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 15 }),
    extension: extensions,
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(0, 1, 15, 16, 17, 160, 1200, 1499, 1500),
    ),
    padding: fc.integer({ min: 1, max: 255 }),
    marker: fc.boolean(),
  },
  { requiredKeys: [] },
);
