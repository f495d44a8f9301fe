import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concat } from '../../src/bytes/bytes.ts';
import { plain } from './plain.ts';

/** What a codec promises, for `codecLaws` to hold it to. */
export interface Codec<T> {
  /** Values that have a form on the wire. */
  readonly values: fc.Arbitrary<T>;
  readonly write: (value: T) => Uint8Array;
  readonly read: (bytes: Uint8Array) => T | undefined;
  /** Bodies that break the syntax, by what is wrong with them. */
  readonly malformed?: Readonly<Record<string, Uint8Array>>;
  /** Lengths at which a shorter form of `bytes` is legal, for structures whose end may be absent. */
  readonly legalLengths?: (bytes: Uint8Array) => readonly number[];
}

/** A valid form with one byte changed, taken out or put in. */
function mutated(bytes: Uint8Array, at: number, how: number, value: number): Uint8Array {
  const i = bytes.length === 0 ? 0 : at % bytes.length;
  const after = bytes.subarray(how === 2 ? i : i + 1);
  return concat(bytes.subarray(0, i), how === 1 ? new Uint8Array(0) : Uint8Array.of(value), after);
}

/** Declares the tests that every codec passes: round trip, and a typed answer for any bytes (never a throw). */
export function codecLaws<T>({ values, write, read, malformed = {}, legalLengths }: Codec<T>): void {
  it('round trip', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(read(write(value)))).toEqual(plain(value));
      }),
    );
  });

  it('reads a view inside larger memory as it reads the bytes alone', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = write(value);
        const memory = new Uint8Array(bytes.length + 64).fill(0xff);
        memory.set(bytes, 32);
        expect(plain(read(memory.subarray(32, 32 + bytes.length)))).toEqual(plain(value));
      }),
    );
  });

  it('refuses every truncation', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = write(value);
        const legal = legalLengths?.(bytes) ?? [];
        for (let length = 0; length < bytes.length; length++) {
          if (!legal.includes(length)) expect(read(bytes.subarray(0, length))).toBeUndefined();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses bytes behind the end', () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ minLength: 1, maxLength: 5 }), (value, more) => {
        expect(read(concat(write(value), more))).toBeUndefined();
      }),
    );
  });

  it('never throws, whatever the bytes (S27)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void read(bytes)));
  });

  it('never throws on a form that was valid but for one byte (S27)', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(2), fc.nat(255), (value, at, how, byte) => {
        read(mutated(write(value), at, how, byte));
      }),
      { numRuns: 300 },
    );
  });

  for (const [what, bytes] of Object.entries(malformed)) {
    it(`refuses ${what}`, () => expect(read(bytes)).toBeUndefined());
  }
}

/** `length` arbitrary bytes, or from `min` to `max`. */
export function bytesOf(min: number, max: number = min): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: min, maxLength: max });
}

/** Numbers of 16 bits. */
export function u16s(min: number, max: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(0xffff), { minLength: min, maxLength: max });
}

/** Extension blocks with at least one extension. */
export const extensionBlocks: fc.Arbitrary<ReadonlyMap<number, Uint8Array>> = fc
  .uniqueArray(fc.tuple(fc.nat(0xffff), bytesOf(0, 40)), {
    minLength: 1,
    maxLength: 6,
    selector: ([type]) => type,
  })
  .map((entries) => new Map(entries));
