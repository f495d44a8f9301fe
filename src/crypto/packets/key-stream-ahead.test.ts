import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  makeTransform,
  type Packet,
  pass,
  type TransformKind,
} from '../../../test/kernel-support.ts';
import { toHex } from '../../bytes/bytes.ts';
import { blockCipher } from '../node/block-cipher.ts';
import { loadKernel } from './kernel.ts';
import { kernelEngine } from './kernel-engine.ts';
import type { PacketEngine, PacketTransform } from './packet-transform.ts';

// That the key stream is right is tested with the engines; here, that it is made ahead, and not for nothing.

const CM: TransformKind = { cipher: 'cm', keyLength: 16, tagLength: 10, suffixed: true };
const GCM: TransformKind = { cipher: 'gcm', keyLength: 16, tagLength: 16, suffixed: false };

/** A transform with AES that counts how often it is called, and for how many bytes. */
class Counted {
  readonly engine: PacketEngine;
  readonly transform: PacketTransform;
  calls = 0;
  bytes = 0;
  /** The next call throws. */
  fails = false;

  constructor(kind: TransformKind) {
    const kernel = loadKernel();
    if (kernel === undefined) throw new Error('these tests need WebAssembly');
    this.engine = kernelEngine(kernel, (key) => {
      const cipher = blockCipher(key);
      return {
        encrypt: (blocks) => {
          if (this.fails) throw new Error('no AES');
          this.calls++;
          this.bytes += blocks.length;
          return cipher.encrypt(blocks);
        },
        destroy: () => cipher.destroy(),
      };
    });
    this.transform = makeTransform(this.engine, kind, 1);
    this.calls = 0;
    this.bytes = 0;
  }

  protect(indexLow: number, more: Partial<Packet> = {}): string {
    const packet: Packet = {
      body: bytesOf(indexLow, 12 + 160),
      cipherStart: 12,
      gap: 0,
      mki: 0,
      behind: 0,
      ssrc: 1,
      indexHigh: 0,
      indexLow,
      suffix: 0,
      ...more,
    };
    return toHex(pass(this.engine, this.transform, 'protect', [packet]).memory);
  }
}

describe.each([
  ['AES-CM', CM, 10, 25],
  ['AES-GCM', GCM, 11, 23],
] as const)('one packet at a time, %s', (_, kind, blocks, packetsAhead) => {
  test('the first packet of an SSRC has key stream for itself alone', () => {
    const counted = new Counted(kind);
    counted.protect(7);
    expect(counted.bytes).toBe(blocks * 16);
  });

  test('from the second on, key stream is made for as many as 4,096 bytes do', () => {
    const counted = new Counted(kind);
    for (let index = 0; index <= packetsAhead; index++) counted.protect(index);
    expect(counted.calls).toBe(2);
    expect(counted.bytes).toBe((1 + packetsAhead) * blocks * 16);
    counted.protect(1 + packetsAhead);
    expect(counted.calls).toBe(3);
  });

  test('SSRCs that take turns have each their own', () => {
    const counted = new Counted(kind);
    for (let index = 0; index <= packetsAhead; index++)
      for (const ssrc of [1, 2, 3]) counted.protect(index, { ssrc });
    expect(counted.calls).toBe(6);
  });

  test('of 64 SSRCs at a time: one more, and the oldest begins anew (S24)', () => {
    const counted = new Counted(kind);
    const ssrcs = Array.from({ length: 64 }, (_, i) => i + 1);
    for (const indexLow of [0, 1]) for (const ssrc of ssrcs) counted.protect(indexLow, { ssrc });
    const callsFor = (ssrc: number): number => {
      const before = counted.calls;
      counted.protect(2, { ssrc });
      return counted.calls - before;
    };
    expect([callsFor(1), callsFor(64)]).toEqual([0, 0]);
    counted.protect(0, { ssrc: 65 });
    expect([callsFor(1), callsFor(64)]).toEqual([1, 0]);
  });

  test('nothing is made ahead for indices that do not follow one another', () => {
    const counted = new Counted(kind);
    for (let i = 0; i < 10; i++) counted.protect(2 * i);
    expect(counted.bytes).toBe(10 * blocks * 16);
  });

  test('nothing is made ahead where two packets have more than 4,096 bytes', () => {
    const counted = new Counted(kind);
    for (let index = 0; index < 10; index++) counted.protect(index, { body: bytesOf(index, 2200) });
    expect(counted.calls).toBe(10);
    expect(counted.bytes).toBeLessThan(10 * 2300);
  });

  test('packets without payload cost no more', () => {
    const counted = new Counted(kind);
    for (let index = 0; index < 40; index++) counted.protect(index, { body: bytesOf(index, 12) });
    expect(counted.calls).toBeLessThan(6);
  });

  // What is kept is for packets less their gap, and what is asked for is with it: one block more for one length in four.
  test('a packet with a gap finds what was made ahead for it', () => {
    const counted = new Counted(kind);
    for (let index = 0; index <= packetsAhead; index++)
      counted.protect(index, { body: bytesOf(index, 12 + 162), gap: 12 });
    expect(counted.calls).toBeLessThan(4);
  });

  test('where AES fails, what there was is not taken for what there should be', () => {
    const counted = new Counted(kind);
    for (let index = 0; index <= packetsAhead; index++) counted.protect(index);
    // Of a shorter packet key stream is made for more of them.
    const next = packetsAhead + 1;
    const shorter = { body: bytesOf(next, 12 + 80) };
    counted.fails = true;
    expect(() => counted.protect(next, shorter)).toThrow('no AES');
    counted.fails = false;
    expect(counted.protect(next, shorter)).toBe(new Counted(kind).protect(next, shorter));
  });

  test('a packet that is forged changes nothing for those that follow', () => {
    const counted = new Counted(kind);
    const sealed: { body: Uint8Array; tag: Uint8Array }[] = [];
    const packets: Packet[] = Array.from({ length: packetsAhead + 1 }, (_, indexLow) => ({
      body: bytesOf(indexLow, 172),
      cipherStart: 12,
      gap: 0,
      mki: 0,
      behind: 0,
      ssrc: 1,
      indexHigh: 0,
      indexLow,
      suffix: 0,
    }));
    for (const packet of packets) {
      const { bodies, tags } = pass(counted.engine, counted.transform, 'protect', [packet]);
      sealed.push({ body: bodies[0] as Uint8Array, tag: tags[0] as Uint8Array });
    }
    const receiver = new Counted(kind);
    const forged = { ...(packets[0] as Packet), indexLow: 999, suffix: 1 };
    for (const [i, { body, tag }] of sealed.entries()) {
      pass(receiver.engine, receiver.transform, 'unprotect', [{ ...forged, body }], [tag]);
      receiver.calls -= kind.cipher === 'gcm' ? 1 : 0;
      const { results } = pass(
        receiver.engine,
        receiver.transform,
        'unprotect',
        [{ ...(packets[i] as Packet), body }],
        [tag],
      );
      expect(results).toEqual([1]);
    }
    expect(receiver.calls).toBe(2);
  });
});
