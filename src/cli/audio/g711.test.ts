import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodePcma, decodePcmu, encodePcmu } from './g711.ts';

const ALL_CODES = Uint8Array.from({ length: 256 }, (_, i) => i);
const ALL_SAMPLES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const POSITIVE_SAMPLES = ALL_SAMPLES.subarray(32_768);

/** Little-endian, whatever the machine's own order. */
function digest(values: Uint8Array | Int16Array): string {
  const bytes = [...values].flatMap((value) =>
    values instanceof Int16Array ? [value & 0xff, (value >> 8) & 0xff] : [value],
  );
  return createHash('sha256').update(Uint8Array.from(bytes)).digest('hex');
}

// The known values and digests are those of Python's audioop.
describe('PCMU', () => {
  it.each([
    [0, 0xff],
    [3, 0xff],
    [4, 0xfe],
    [12, 0xfd],
    [100, 0xf2],
    [124, 0xef],
    [256, 0xe7],
    [1000, 0xce],
    [-1000, 0x4e],
    [10_000, 0x9c],
    [-10_000, 0x1c],
    [32_635, 0x80],
    [32_767, 0x80],
    [-32_767, 0x00],
    [-32_768, 0x00],
  ])('writes %i as code %i', (sample, code) => {
    expect(encodePcmu(Int16Array.of(sample))).toEqual(Uint8Array.of(code));
  });

  it('spans ±32124, with two zeros', () => {
    expect(decodePcmu(Uint8Array.of(0x00, 0x7f, 0x80, 0xff))).toEqual(Int16Array.of(-32_124, 0, 32_124, 0));
  });

  it('gives what audioop gives, for every code and every positive sample', () => {
    expect(digest(decodePcmu(ALL_CODES))).toBe(
      '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827',
    );
    expect(digest(encodePcmu(POSITIVE_SAMPLES))).toBe(
      '912062bf9c931c7ebc1dc1fd1d74faf0cfefcd47e8408a3ed4d07aa59f0f1c20',
    );
  });

  it('keeps the value of every code', () => {
    const values = decodePcmu(ALL_CODES);
    expect(decodePcmu(encodePcmu(values))).toEqual(values);
  });

  it('never turns the order of two samples around', () => {
    const values = decodePcmu(encodePcmu(ALL_SAMPLES));
    expect(values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0))).toBe(true);
  });

  it('treats a sample and its complement alike', () => {
    const mirrored = encodePcmu(POSITIVE_SAMPLES.map((sample) => ~sample));
    expect(mirrored).toEqual(encodePcmu(POSITIVE_SAMPLES).map((code) => code ^ 0x80));
  });

  it('is never further off than half a step, a 32nd of the sample or half the finest step', () => {
    decodePcmu(encodePcmu(ALL_SAMPLES)).forEach((value, i) => {
      const sample = (ALL_SAMPLES[i] ?? 0) + 0.5;
      const clipped = Math.max(-32_124, Math.min(sample, 32_124));
      const off = Math.abs(value - clipped);
      if (off > Math.max(4, (Math.abs(sample) + 132) / 32)) expect.fail(`${sample} gives ${value}`);
    });
  });

  it('handles nothing', () => {
    expect(encodePcmu(new Int16Array(0))).toHaveLength(0);
    expect(decodePcmu(new Uint8Array(0))).toHaveLength(0);
  });
});

describe('PCMA', () => {
  it('spans ±32256, and has no zero', () => {
    expect(decodePcma(Uint8Array.of(0x2a, 0x55, 0xaa, 0xd5))).toEqual(Int16Array.of(-32_256, -8, 32_256, 8));
  });

  it('gives what audioop gives, for every code', () => {
    expect(digest(decodePcma(ALL_CODES))).toBe(
      'e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174',
    );
  });

  it('handles nothing', () => {
    expect(decodePcma(new Uint8Array(0))).toHaveLength(0);
  });
});
