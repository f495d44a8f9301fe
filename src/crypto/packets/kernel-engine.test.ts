import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  makeTransform,
  nameOfKind,
  type Packet,
  pass,
  sessionKeysOf,
  TRANSFORM_KINDS,
  type TransformKind,
} from '../../../test/kernel-support.ts';
import { toHex } from '../../bytes/bytes.ts';
import { blockCipher } from '../node/block-cipher.ts';
import { openSslEngine } from '../node/openssl-engine.ts';
import { loadKernel } from './kernel.ts';
import { kernelEngine } from './kernel-engine.ts';
import type { BlockCipher } from './packet-transform.ts';

const kernel = loadKernel();
if (kernel === undefined) throw new Error('these tests need WebAssembly');
const ours = kernelEngine(kernel, blockCipher);
const witness = openSslEngine();

const CM: TransformKind = { cipher: 'cm', keyLength: 16, tagLength: 10, suffixed: true };
const GCM: TransformKind = { cipher: 'gcm', keyLength: 16, tagLength: 16, suffixed: false };
const KINDS = TRANSFORM_KINDS.map((kind) => [nameOfKind(kind), kind] as const);

function packetsOf(count: number, indexLow = 0, more: Partial<Packet> = {}): Packet[] {
  return Array.from({ length: count }, (_, i) => ({
    body: bytesOf(i, 12 + 160),
    cipherStart: 12,
    gap: 0,
    mki: 0,
    behind: 0,
    ssrc: 5,
    indexHigh: 0,
    indexLow: indexLow + i,
    suffix: 0,
    ...more,
  }));
}

/** What OpenSSL makes of the packets. */
function expected(kind: TransformKind, seed: number, packets: readonly Packet[]): string {
  return toHex(pass(witness, makeTransform(witness, kind, seed), 'protect', packets).memory);
}

describe('a transform goes on with its keys', () => {
  test.each([1, 16])('when another was at work in between, %i packets each', (count) => {
    const transforms = TRANSFORM_KINDS.map((kind, seed) => ({
      kind,
      seed,
      at: makeTransform(ours, kind, seed),
    }));
    for (let turn = 0; turn < 3; turn++) {
      for (const { kind, seed, at } of transforms) {
        const packets = packetsOf(count, turn * 16);
        expect(toHex(pass(ours, at, 'protect', packets).memory)).toBe(expected(kind, seed, packets));
      }
    }
  });

  // HMAC's states are made where the keys of the transform at work are.
  test.each([
    ['AES-CM', CM],
    ['AES-GCM', GCM],
  ] as const)('when a transform of AES-CM was made in between, %s', (_, kind) => {
    const transform = makeTransform(ours, kind, 20);
    pass(ours, transform, 'protect', packetsOf(1));
    makeTransform(ours, CM, 21);
    const packets = packetsOf(1, 1);
    expect(toHex(pass(ours, transform, 'protect', packets).memory)).toBe(expected(kind, 20, packets));
  });

  test.each([
    ['AES-CM', CM],
    ['AES-GCM', GCM],
  ] as const)('when a transform of AES-GCM was made in between, %s', (_, kind) => {
    const transform = makeTransform(ours, kind, 22);
    pass(ours, transform, 'protect', packetsOf(1));
    makeTransform(ours, GCM, 23);
    const packets = packetsOf(1, 1);
    expect(toHex(pass(ours, transform, 'protect', packets).memory)).toBe(expected(kind, 22, packets));
  });

  test.each([1, 16])('when the one at work was destroyed, %i packets each', (count) => {
    for (const kind of TRANSFORM_KINDS) {
      for (const destroyed of [CM, GCM]) {
        const transform = makeTransform(ours, kind, 24);
        pass(ours, transform, 'protect', packetsOf(count));
        const other = makeTransform(ours, destroyed, 25);
        pass(ours, other, 'protect', packetsOf(count));
        other.destroy();
        const packets = packetsOf(count, 16);
        expect(toHex(pass(ours, transform, 'protect', packets).memory)).toBe(expected(kind, 24, packets));
      }
    }
  });

  test('when one that was idle was destroyed', () => {
    for (const kind of TRANSFORM_KINDS) {
      const idle = makeTransform(ours, GCM, 26);
      const transform = makeTransform(ours, kind, 27);
      pass(ours, transform, 'protect', packetsOf(16));
      idle.destroy();
      const packets = packetsOf(16, 16);
      expect(toHex(pass(ours, transform, 'protect', packets).memory)).toBe(expected(kind, 27, packets));
    }
  });
});

/** Where in the kernel's memory the bytes are, or -1. */
function placeOf(bytes: Uint8Array): number {
  return Buffer.from(kernel?.packets.buffer ?? new ArrayBuffer(0)).indexOf(bytes);
}

function isClean(): boolean {
  return new Uint8Array(kernel?.packets.buffer ?? new ArrayBuffer(0)).every((byte) => byte === 0);
}

/** AES that remembers what it gave out. */
function listening(): { readonly given: Uint8Array[]; readonly make: (key: Uint8Array) => BlockCipher } {
  const given: Uint8Array[] = [];
  return {
    given,
    make: (key) => {
      const cipher = blockCipher(key);
      return {
        encrypt: (blocks) => {
          const result = cipher.encrypt(blocks);
          given.push(result);
          return result;
        },
        destroy: () => cipher.destroy(),
      };
    },
  };
}

describe('destroy()', () => {
  test.each(KINDS)('leaves nothing in the memory of the kernel, %s', (_, kind) => {
    for (const count of [1, 4, 9, 16]) {
      const transform = makeTransform(ours, kind, 30);
      const { bodies, tags } = pass(ours, transform, 'protect', packetsOf(count));
      const sealed = packetsOf(count).map((packet, i) => ({ ...packet, body: bodies[i] ?? packet.body }));
      pass(ours, transform, 'unprotect', sealed, tags);
      const { salt } = sessionKeysOf(kind, 30);
      expect(placeOf(salt)).toBeGreaterThan(0);
      expect(placeOf(packetsOf(1)[0]?.body ?? salt)).toBeGreaterThan(0);
      transform.destroy();
      expect(isClean()).toBe(true);
    }
  });

  test('leaves nothing of GHASH’s key, which was there', () => {
    const h = blockCipher(sessionKeysOf(GCM, 31).cipherKey).encrypt(new Uint8Array(16));
    const transform = makeTransform(ours, GCM, 31);
    pass(ours, transform, 'protect', packetsOf(16));
    expect(placeOf(h)).toBeGreaterThan(0);
    transform.destroy();
    expect(placeOf(h)).toBe(-1);
  });

  test.each(KINDS)('overwrites the keys that the transform keeps itself, %s', (_, kind) => {
    const transform = makeTransform(ours, kind, 32);
    const keys: unknown = Reflect.get(transform, 'keys');
    if (!(keys instanceof Uint8Array)) throw new Error('keys are kept elsewhere now');
    expect(keys.some((byte) => byte !== 0)).toBe(true);
    pass(ours, transform, 'protect', packetsOf(1));
    transform.destroy();
    expect(keys.every((byte) => byte === 0)).toBe(true);
  });

  test.each(KINDS)('overwrites key stream for packets still to come, %s', (_, kind) => {
    const { given, make } = listening();
    const transform = makeTransform(kernelEngine(kernel, make), kind, 33);
    for (let indexLow = 0; indexLow < 3; indexLow++)
      for (const ssrc of [1, 2]) pass(ours, transform, 'protect', packetsOf(1, indexLow, { ssrc }));
    const ahead = given.filter(({ length }) => length > 1000);
    expect(ahead).toHaveLength(2);
    expect(ahead.every((stream) => stream.some((byte) => byte !== 0))).toBe(true);
    transform.destroy();
    expect(ahead.every((stream) => stream.every((byte) => byte === 0))).toBe(true);
  });

  test('overwrites the block of AES that became GHASH’s key', () => {
    const { given, make } = listening();
    const transform = makeTransform(kernelEngine(kernel, make), GCM, 34);
    expect(given).toHaveLength(1);
    transform.destroy();
    expect(given[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test.each(KINDS)('leaves an object that protects nothing, %s', (_, kind) => {
    const transform = makeTransform(ours, kind, 35);
    pass(ours, transform, 'protect', packetsOf(1));
    transform.destroy();
    expect(() => pass(ours, transform, 'protect', packetsOf(1))).toThrow();
    expect(() => pass(ours, transform, 'protect', packetsOf(16))).toThrow();
  });
});

test('the maker of a transform leaves the authentication key nowhere in the kernel', () => {
  const { authenticationKey } = sessionKeysOf(CM, 36);
  makeTransform(ours, CM, 36);
  expect(authenticationKey).toHaveLength(20);
  expect(placeOf(authenticationKey)).toBe(-1);
  const words = Buffer.from(authenticationKey).swap32();
  expect(placeOf(words)).toBe(-1);
});
