import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample } from './resample.ts';

/** Half a second of one tone, of half the full scale. */
function tone(frequency: number, sampleRate: number): Int16Array {
  const step = (2 * Math.PI * frequency) / sampleRate;
  return Int16Array.from({ length: sampleRate / 2 }, (_, i) => Math.round(16_384 * Math.sin(i * step)));
}

/** Without the edges, where the low-pass reaches into the silence around the sound. */
function middle(samples: Int16Array): Int16Array {
  return samples.subarray(200, -200);
}

function largestDifference(a: Int16Array, b: Int16Array): number {
  return a.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (b[i] ?? 0))), 0);
}

const loudest = (samples: Int16Array): number => largestDifference(samples, new Int16Array(samples.length));

const RATES = [4000, 7999, 8001, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000];

describe('resample()', () => {
  it.each(RATES)('from %i Hz keeps each tone of the telephone band, at its time and as loud', (rate) => {
    for (const frequency of [300, 1000, 1740, 3400].filter((f) => f < rate * 0.44)) {
      const result = middle(resample(tone(frequency, rate), rate));
      const expected = middle(tone(frequency, 8000));
      expect(result).toHaveLength(expected.length);
      // 80 dB below the tone.
      expect(largestDifference(result, expected), `${frequency} Hz`).toBeLessThanOrEqual(3);
    }
  });

  it.each(RATES.filter((rate) => rate > 8001))(
    'from %i Hz lets nothing pass that 8,000 Hz cannot carry',
    (rate) => {
      for (const frequency of [4010, 4600, 5400, rate / 2 - 100]) {
        expect(loudest(middle(resample(tone(frequency, rate), rate))), `${frequency} Hz`).toBeLessThanOrEqual(
          3,
        );
      }
    },
  );

  it('copies what has 8,000 Hz', () => {
    const samples = Int16Array.of(1, -2, 32_767);
    const result = resample(samples, 8000);
    expect(result).toEqual(samples);
    expect(result.buffer).not.toBe(samples.buffer);
  });

  it('clips, and does not wrap around', () => {
    const square = Int16Array.from({ length: 4800 }, (_, i) => (i % 480 < 240 ? 32_767 : -32_768));
    const result = resample(square, 48_000);
    // 40 samples up, 40 samples down.
    for (let i = 20; i < result.length; i += 80) {
      for (let near = i - 15; near <= i + 15; near++) expect(result[near]).toBeGreaterThan(20_000);
    }
    expect(loudest(result)).toBeGreaterThanOrEqual(32_767);
  });

  it('is as long as the sound, whatever the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4000, max: 192_000 }), fc.nat(300), (rate, length) => {
        expect(resample(new Int16Array(length), rate)).toHaveLength(Math.ceil((length * 8000) / rate));
      }),
    );
  });

  it.each([0, 3999, 192_001, 8000.5, Number.NaN])('refuses a rate of %d Hz', (rate) => {
    expect(() => resample(new Int16Array(1), rate)).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
  });
});
