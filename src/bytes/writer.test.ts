import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.ts';
import { Writer } from './writer.ts';

describe('Writer', () => {
  it('writes numbers in network order', () => {
    const bytes = new Writer().u8(1).u16(0x0203).u24(0x040506).u32(0x0708090a).u48(0x0b0c0d0e0f10).finish();
    expect(toHex(bytes)).toBe('0102030405060708090a0b0c0d0e0f10');
  });

  it('grows as needed, whatever it was made with', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 64 }), (chunks, capacity) => {
        const writer = new Writer(capacity);
        for (const chunk of chunks) writer.bytes(chunk);
        expect([...writer.finish()]).toEqual(chunks.flatMap((chunk) => [...chunk]));
      }),
    );
  });

  it('patches the lengths of nested vectors', () => {
    const writer = new Writer(1);
    writer.vector16(() =>
      writer
        .u8(9)
        .vector8(() => writer.u16(0xaabb))
        .vector24(Uint8Array.of(5)),
    );
    expect(toHex(writer.finish())).toBe('0008' + '09' + '02aabb' + '000001' + '05');
  });

  it('u16List() writes the length in bytes', () => {
    expect(toHex(new Writer().u16List([1, 0xffff]).finish())).toBe('00040001ffff');
  });

  it.each([
    ['vector8', 255],
    ['vector16', 65_535],
  ] as const)('%s() takes %i bytes and refuses one more', (vector, most) => {
    expect(new Writer()[vector](new Uint8Array(most)).length).toBeGreaterThan(most);
    expect(() => new Writer()[vector](new Uint8Array(most + 1))).toThrow(RangeError);
  });
});
