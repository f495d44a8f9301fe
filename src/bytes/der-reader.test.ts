import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { DerReader, DerTag } from './der-reader.ts';

describe('DerReader', () => {
  it('reads an element of each length form', () => {
    for (const [header, length] of [
      ['0405', 5],
      ['04818a', 0x8a],
      ['04820123', 0x123],
      ['0483010000', 0x10000],
    ] as const) {
      const bytes = new Uint8Array([...fromHex(header), ...new Uint8Array(length)]);
      const reader = new DerReader(bytes);
      expect(reader.read(DerTag.OCTET_STRING)).toHaveLength(length);
      expect(reader.finished).toBe(true);
      expect(new DerReader(bytes).readWhole(DerTag.OCTET_STRING)).toEqual(bytes);
    }
  });

  it.each([
    ['another tag', '0201ff'],
    ['nothing', ''],
    ['a tag without a length', '04'],
    ['a content that is too short', '0402ff'],
    ['the indefinite length', '0480ff0000'],
    ['a length in more bytes than needed', '048101ff'],
    ['a length with a leading zero', '04820081'],
    ['a length of four bytes', '048401000000'],
    ['a length that is cut off', '0482ff'],
  ])('fails on %s', (_, hex) => {
    const reader = new DerReader(fromHex(hex));
    expect(reader.read(DerTag.OCTET_STRING)).toHaveLength(0);
    expect(reader.ok).toBe(false);
  });

  it('gives nothing more after the first failure', () => {
    const reader = new DerReader(fromHex('0401aa'));
    reader.read(DerTag.INTEGER);
    expect(reader.read(DerTag.OCTET_STRING)).toHaveLength(0);
    expect(reader.next(DerTag.OCTET_STRING)).toBe(false);
    expect(reader.finished).toBe(false);
  });

  it('never throws on arbitrary bytes, and stays inside them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.nat(255)), (bytes, tags) => {
        const reader = new DerReader(bytes);
        let total = 0;
        for (const tag of tags) total += reader.readWhole(tag).length;
        expect(total).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
