import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, sameBytes, toHex, utf8, wipe } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

describe('concat()', () => {
  it('joins in order, into memory of its own', () => {
    fc.assert(
      fc.property(fc.array(bytes), (parts) => {
        expect([...concat(...parts)]).toEqual(parts.flatMap((part) => [...part]));
      }),
    );
    const source = Uint8Array.of(1);
    expect(concat(source).buffer).not.toBe(source.buffer);
  });
});

describe('sameBytes()', () => {
  it('is true for equal contents only', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(sameBytes(a, a.slice())).toBe(true);
        expect(sameBytes(a, b)).toBe(toHex(a) === toHex(b));
      }),
    );
  });
});

describe('toHex(), fromHex()', () => {
  it('round trip, views included', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(fromHex(toHex(value))).toEqual(value);
        expect(toHex(concat(Uint8Array.of(0xff), value).subarray(1))).toBe(toHex(value));
      }),
    );
  });
});

describe('wipe()', () => {
  it('overwrites each secret, and passes over what is not there', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    wipe(a, undefined, b);
    expect([...a, ...b]).toEqual([0, 0, 0]);
  });
});

describe('utf8()', () => {
  it('encodes beyond ASCII', () => expect(toHex(utf8('aé€'))).toBe('61c3a9e282ac'));
});
