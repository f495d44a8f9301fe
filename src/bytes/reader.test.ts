import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.ts';
import { Reader, readU16List, readU16Vector } from './reader.ts';
import { Writer } from './writer.ts';

/** Every way of reading, by what it takes off the front. */
const READS = ['u8', 'u16', 'u24', 'u32', 'u48', 'vector8', 'vector16', 'vector24', 'rest'] as const;

describe('Reader', () => {
  it('reads numbers in network order', () => {
    const reader = new Reader(Uint8Array.from({ length: 16 }, (_, i) => i + 1));
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u48()]).toEqual([
      0x01, 0x0203, 0x040506, 0x0708090a, 0x0b0c0d0e0f10,
    ]);
    expect(reader.finished).toBe(true);
  });

  it('gives back what Writer wrote', () => {
    const number = (bytes: number) => fc.nat(2 ** Math.min(bytes * 8, 31) - 1);
    const u48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const vector = fc.uint8Array({ maxLength: 255 });
    const values = fc.tuple(number(1), number(2), number(3), number(4), u48, vector, vector, vector);
    fc.assert(
      fc.property(values, ([a, b, c, d, e, x, y, z]) => {
        const bytes = new Writer(1).u8(a).u16(b).u24(c).u32(d).u48(e);
        const reader = new Reader(bytes.vector8(x).vector16(y).vector24(z).finish());
        const numbers = [reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u48()];
        expect(numbers).toEqual([a, b, c, d, e]);
        const vectors = [reader.vector8(), reader.vector16(), reader.vector24()];
        expect(vectors.map(toHex)).toEqual([x, y, z].map(toHex));
        expect(reader.finished).toBe(true);
      }),
    );
  });

  it('never throws, never reads past the end, and stays failed once it has failed', () => {
    const script = fc.array(fc.constantFrom(...READS), { maxLength: 12 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), script, (bytes, reads) => {
        const reader = new Reader(bytes);
        let failed = false;
        for (const read of reads) {
          const value = reader[read]();
          expect(reader.offset).toBeLessThanOrEqual(bytes.length);
          if (failed) {
            expect(reader.ok || reader.finished).toBe(false);
            expect(typeof value === 'number' ? value : value.length).toBe(0);
            expect(reader.remaining).toBe(0);
          }
          failed ||= !reader.ok;
        }
      }),
    );
  });

  it('fails the read that would overrun, and gives zero or nothing for it', () => {
    const reader = new Reader(Uint8Array.of(1, 2));
    expect(reader.u24()).toBe(0);
    expect(reader.ok).toBe(false);
    expect(new Reader(Uint8Array.of(3, 1, 2)).vector8()).toHaveLength(0);
  });

  it('is finished only at the very end', () => {
    const reader = new Reader(Uint8Array.of(1, 2));
    reader.u8();
    expect([reader.ok, reader.finished, reader.remaining]).toEqual([true, false, 1]);
    reader.u8();
    expect([reader.ok, reader.finished, reader.remaining]).toEqual([true, true, 0]);
  });

  it('fail() marks the structure as malformed', () => {
    const reader = new Reader(Uint8Array.of(1));
    reader.fail();
    expect([reader.ok, reader.remaining, reader.u8()]).toEqual([false, 0, 0]);
  });

  it('gives views of the borrowed bytes, not copies', () => {
    const bytes = Uint8Array.of(1, 9, 8);
    bytes[2] = 7;
    const view = new Reader(bytes.subarray(1)).bytes(2);
    expect([...view]).toEqual([9, 7]);
    expect(view.buffer).toBe(bytes.buffer);
  });
});

describe('readU16List()', () => {
  it.each([
    ['nothing', [], []],
    ['two numbers', [0, 1, 0xff, 0xfe], [1, 0xfffe]],
    ['an odd length', [0, 1, 2], undefined],
  ])('%s', (_, bytes, expected) => {
    expect(readU16List(Uint8Array.from(bytes))).toEqual(expected);
  });
});

describe('readU16Vector()', () => {
  it.each([
    ['two numbers', [0, 4, 0, 1, 0xff, 0xfe], [1, 0xfffe]],
    ['nothing', [], undefined],
    ['no numbers', [0, 0], undefined],
    ['an odd length', [0, 3, 0, 1, 2], undefined],
    ['a length beyond the end', [0, 4, 0, 1], undefined],
    ['a byte after the end', [0, 2, 0, 1, 9], undefined],
  ])('%s', (_, bytes, expected) => {
    expect(readU16Vector(Uint8Array.from(bytes))).toEqual(expected);
  });
});

describe('readU16List() and readU16Vector()', () => {
  it('give back what Writer wrote, and never throw, whatever the bytes (S27)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 40 }), (list) => {
        expect(readU16Vector(new Writer().u16List(list).finish())).toEqual(list);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(readU16List(bytes)?.length ?? bytes.length / 2).toBe(bytes.length / 2);
        expect(readU16Vector(bytes)?.length ?? 0).toBeLessThanOrEqual(bytes.length / 2);
      }),
    );
  });
});
