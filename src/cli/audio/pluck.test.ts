import { describe, expect, it } from 'vitest';
import { pluck, seededNoise } from './pluck.ts';

const SAMPLE_RATE = 32_000;

function string(frequency: number, decay = 4, seed = 1): Float64Array {
  const noise = seededNoise(seed);
  return pluck({ frequency, sampleRate: SAMPLE_RATE, length: SAMPLE_RATE, decay, noise });
}

/** Amplitude and phase, in periods, of one frequency in the tenth of a second that begins at `start` seconds. */
function partial(
  sound: Float64Array,
  frequency: number,
  start: number,
): { amplitude: number; phase: number } {
  const length = SAMPLE_RATE / 10;
  let re = 0;
  let im = 0;
  for (let i = 0; i < length; i++) {
    const n = start * SAMPLE_RATE + i;
    const windowed = (sound[n] ?? 0) * (1 - Math.cos((2 * Math.PI * i) / length));
    re += windowed * Math.cos((2 * Math.PI * frequency * n) / SAMPLE_RATE);
    im += windowed * Math.sin((2 * Math.PI * frequency * n) / SAMPLE_RATE);
  }
  return { amplitude: Math.hypot(re, im) / length, phase: Math.atan2(-im, re) / (2 * Math.PI) };
}

describe('seededNoise()', () => {
  it('is the same for the same seed, evenly spread, from -1 to 1', () => {
    const take = (seed: number): number[] => Array.from({ length: 10_000 }, seededNoise(seed));
    const values = take(7);
    expect(take(7)).toEqual(values);
    expect(take(8)).not.toEqual(values);
    expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
    for (const quarter of [-1, -0.5, 0, 0.5]) {
      const count = values.filter((value) => value >= quarter && value < quarter + 0.5).length;
      expect(Math.abs(count - 2500)).toBeLessThan(200);
    }
  });
});

describe('pluck()', () => {
  it.each([98, 146.83, 261.63, 440, 587.33, 739.99, 783.99])('is in tune at %f Hz', (frequency) => {
    const sound = string(frequency);
    const turned = partial(sound, frequency, 0.3).phase - partial(sound, frequency, 0.2).phase;
    const heard = frequency + (turned - Math.round(turned)) / 0.1;
    const cents = 1200 * Math.log2(heard / frequency);
    expect(Math.abs(cents)).toBeLessThan(2);
  });

  it('falls by 60 dB in the time it is given', () => {
    const sound = string(110, 2);
    const fall = partial(sound, 110, 0.1).amplitude / partial(sound, 110, 0.6).amplitude;
    expect(20 * Math.log10(fall)).toBeCloseTo(15, 0);
  });

  it('loses its high partials before the low ones', () => {
    const sound = string(220);
    const left = (n: number): number =>
      partial(sound, 220 * n, 0.5).amplitude / partial(sound, 220 * n, 0).amplitude;
    expect(left(1)).toBeGreaterThan(left(4));
    expect(left(4)).toBeGreaterThan(left(8));
  });

  it('depends on the noise, and swings around zero', () => {
    expect(string(440)).toEqual(string(440));
    expect(string(440, 4, 2)).not.toEqual(string(440));
    const sum = string(440).reduce((total, value) => total + value, 0);
    expect(Math.abs(sum / SAMPLE_RATE)).toBeLessThan(0.001);
  });
});
