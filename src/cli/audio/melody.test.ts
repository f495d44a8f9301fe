import { describe, expect, it } from 'vitest';
import { melody } from './melody.ts';

const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
const peak = (samples: Int16Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

/** How much of one frequency is in the samples from one second to another. */
function amount(samples: Int16Array, frequency: number, from: number, to: number): number {
  const part = samples.subarray(from * 8000, to * 8000);
  const angle = (i: number): number => (2 * Math.PI * frequency * i) / 8000;
  const re = part.reduce((sum, sample, i) => sum + sample * Math.cos(angle(i)), 0);
  const im = part.reduce((sum, sample, i) => sum + sample * Math.sin(angle(i)), 0);
  return Math.hypot(re, im) / part.length;
}

describe('melody()', () => {
  it('lasts as long as it is asked to, and five seconds by default', () => {
    for (const seconds of [0.00001, 0.0001, 0.001, 0.0241, 0.1, 0.7777, 3, 25]) {
      expect(melody(seconds)).toHaveLength(Math.round(seconds * 8000));
    }
    expect(melody()).toEqual(melody(5));
  });

  it('is the same each time', () => {
    expect(melody(2)).toEqual(melody(2));
  });

  it.each([1, 5, 12, 25])('of %i seconds is loud enough and clips nowhere', (seconds) => {
    const samples = melody(seconds);
    expect(peak(samples)).toBeGreaterThan(20_000);
    expect(peak(samples)).toBeLessThan(30_000);
    expect(loudness(samples)).toBeGreaterThan(2000);
  });

  it.each([
    { seconds: 5, begin: 0 },
    { seconds: 25, begin: 19.2 },
  ])('plays D G A B C D G G from second $begin', ({ seconds, begin }) => {
    const samples = melody(seconds).subarray(begin * 8000);
    const scale = { G: 392, A: 440, B: 493.88, C: 523.25, D: 587.33, E: 659.26 };
    const heard = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.6, 2].map((start) => {
      // What is new: louder than before, by more than any other note.
      const newness = Object.entries(scale).map(([name, frequency]) => {
        const before = start === 0.2 ? 0 : amount(samples, frequency, start - 0.1, start);
        return { name, newness: amount(samples, frequency, start + 0.02, start + 0.12) - before };
      });
      return newness.sort((a, b) => b.newness - a.newness)[0]?.name;
    });
    expect(heard.join(' ')).toBe('D G A B C D G G');
  });

  it('is louder on the first beat of a bar than on the second', () => {
    const samples = melody();
    for (const bar of [0, 1.2, 2.4, 3.6]) {
      const beat = (start: number): number => loudness(samples.subarray(start * 8000, (start + 0.2) * 8000));
      expect(beat(bar)).toBeGreaterThan(beat(bar + 0.4));
    }
  });

  it('fades out to silence', () => {
    const samples = melody();
    const end = (seconds: number): number => loudness(samples.subarray(-seconds * 8000));
    expect(end(1)).toBeLessThan(loudness(samples) * 0.7);
    expect(end(0.1)).toBeLessThan(loudness(samples) / 50);
    expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThanOrEqual(1);
  });

  it('refuses what is no length', () => {
    for (const seconds of [0, -1, 601, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => melody(seconds)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
    }
    // @ts-expect-error: a caller without types
    expect(() => melody('5')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });
});
