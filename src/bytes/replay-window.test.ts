import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from './replay-window.ts';

const WINDOW = 64;

/** The window as a sentence of RFC 6347 §4.1.2.6: all numbers seen, and the rule for what is too old. */
class NaiveWindow {
  readonly #size: number;
  readonly #seen = new Set<number>();
  #highest = -1;

  constructor(size: number) {
    this.#size = size;
  }

  isFresh(sequenceNumber: number): boolean {
    return sequenceNumber > this.#highest - this.#size && !this.#seen.has(sequenceNumber);
  }

  accept(sequenceNumber: number): boolean {
    const newest = sequenceNumber > this.#highest;
    this.#seen.add(sequenceNumber);
    this.#highest = Math.max(this.#highest, sequenceNumber);
    return newest;
  }
}

/** Numbers near one another, with jumps of about a half and a whole window, and near 2^48. */
const arrivals = fc
  .array(
    fc.oneof(fc.integer({ min: -70, max: 70 }), fc.constantFrom(-65, -64, -63, -33, -32, -31, 31, 32, 33)),
    { maxLength: 200 },
  )
  .chain((steps) =>
    fc.constantFrom(0, 100, 2 ** 32 - 20, 2 ** 48 - 5000).map((start) => {
      let at = start;
      return steps.map((step) => {
        at = Math.min(2 ** 48 - 1, Math.max(0, at + step));
        return at;
      });
    }),
  );

describe('ReplayWindow (RFC 6347 §4.1.2.6, RFC 3711 §3.3.2)', () => {
  it('agrees with a naive model', () => {
    fc.assert(
      fc.property(arrivals, fc.constantFrom(64, 65, 100, 128, 1000), (numbers, size) => {
        const [window, model] = [new ReplayWindow(size), new NaiveWindow(size)];
        for (const number of numbers) {
          expect(window.isFresh(number)).toBe(model.isFresh(number));
          if (model.isFresh(number)) expect(window.accept(number)).toBe(model.accept(number));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes every number once, in any order within the window', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: WINDOW }, (_, i) => i)), (order) => {
        const window = new ReplayWindow();
        for (const number of order) {
          expect(window.isFresh(number)).toBe(true);
          window.accept(number);
          expect(window.isFresh(number)).toBe(false);
        }
      }),
    );
  });

  it('holds 64 numbers: the 64th from the top is told, the 65th is too old', () => {
    const window = new ReplayWindow();
    window.accept(100);
    expect([window.isFresh(37), window.isFresh(36), window.isFresh(0)]).toEqual([true, false, false]);
  });

  it('holds as many numbers as it was made for, up to 32,768', () => {
    for (const size of [64, 65, 128, 32_768]) {
      const window = new ReplayWindow(size);
      window.accept(100_000);
      expect([window.isFresh(100_000 - size + 1), window.isFresh(100_000 - size)]).toEqual([true, false]);
      expect([window.isTooOld(100_000 - size + 1), window.isTooOld(100_000 - size)]).toEqual([false, true]);
    }
  });

  it('does not move by asking (S10)', () => {
    const window = new ReplayWindow();
    window.accept(0);
    expect(window.isFresh(2 ** 48 - 1)).toBe(true);
    expect([window.isFresh(1), window.isFresh(0)]).toEqual([true, false]);
  });

  it('accept() tells the newest from the late', () => {
    const window = new ReplayWindow();
    expect([window.accept(5), window.accept(3), window.accept(6)]).toEqual([true, false, true]);
  });
});
