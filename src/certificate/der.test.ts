import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes/bytes.ts';
import { DerReader, DerTag } from '../bytes/der-reader.ts';
import { element, integer, objectIdentifier, time } from './der.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('element()', () => {
  it('is read back by DerReader at any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        const reader = new DerReader(element(DerTag.OCTET_STRING, new Uint8Array(length)));
        expect(reader.read(DerTag.OCTET_STRING)).toHaveLength(length);
        expect(reader.finished).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('integer()', () => {
  it.each([
    [0n, '020100'],
    [127n, '02017f'],
    [128n, '02020080'],
    [256n, '02020100'],
    [65_535n, '020300ffff'],
  ])('writes %s in its shortest positive form', (value, expected) => {
    expect(toHex(integer(value))).toBe(expected);
  });
});

describe('objectIdentifier()', () => {
  it.each([
    ['2.5.4.3', '0603550403'],
    ['1.3.101.112', '06032b6570'],
    ['1.2.840.113549.1.1.11', '06092a864886f70d01010b'],
  ])('writes %s', (dotted, expected) => {
    expect(toHex(objectIdentifier(dotted))).toBe(expected);
  });
});

describe('time()', () => {
  it('is UTCTime until the end of 2049 and GeneralizedTime from 2050 (RFC 5280 §4.1.2.5)', () => {
    const last = time(Date.UTC(2049, 11, 31, 23, 59, 59, 999));
    expect(last[0]).toBe(DerTag.UTC_TIME);
    expect(text(last.subarray(2))).toBe('491231235959Z');
    const first = time(Date.UTC(2050, 0, 1));
    expect(first[0]).toBe(DerTag.GENERALIZED_TIME);
    expect(text(first.subarray(2))).toBe('20500101000000Z');
  });
});
