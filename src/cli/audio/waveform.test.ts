import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawWaveform } from './waveform.ts';

/** Eight stretches, each louder than the one before. */
const STAIRS = Int16Array.from({ length: 80 }, (_, i) => {
  const loud = Math.min(32_767, (Math.floor(i / 10) + 1) * 4096);
  return i % 2 === 0 ? loud : -loud;
});

/** The braille character upside down. */
function overturned(character: string): string {
  const swap = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];
  const turned = [0x40, 0x04, 0x02, 0x01, 0x80, 0x20, 0x10, 0x08];
  const bits = character.charCodeAt(0) - 0x2800;
  return String.fromCharCode(
    0x2800 + swap.reduce((sum, bit, i) => ((bits & bit) === 0 ? sum : sum + (turned[i] ?? 0)), 0),
  );
}

describe('drawWaveform()', () => {
  it('draws in braille', () => {
    expect(drawWaveform(STAIRS, { width: 4, height: 4 })).toEqual(['⠀⠀⣠⣾', '⣠⣾⣿⣿', '⠙⢿⣿⣿', '⠀⠀⠙⢿']);
  });

  it('draws in ASCII', () => {
    expect(drawWaveform(STAIRS, { width: 8, height: 4, ascii: true })).toEqual([
      '    ..::',
      '..::::::',
      "''::::::",
      "    ''::",
    ]);
  });

  it.each([
    { ascii: false, height: 1, expected: ['⠶⠶⠶'] },
    { ascii: false, height: 2, expected: ['⣀⣀⣀', '⠉⠉⠉'] },
    { ascii: true, height: 1, expected: [':::'] },
    { ascii: true, height: 2, expected: ['...', "'''"] },
  ])('shows silence as the middle line: $expected', ({ ascii, height, expected }) => {
    for (const samples of [new Int16Array(0), new Int16Array(1), new Int16Array(500)]) {
      expect(drawWaveform(samples, { width: 3, height, ascii })).toEqual(expected);
    }
  });

  it('fills the height at full scale, whichever sign', () => {
    expect(drawWaveform(Int16Array.of(-32_768), { width: 2, height: 3 })).toEqual(['⣿⣿', '⣿⣿', '⣿⣿']);
    expect(drawWaveform(Int16Array.of(32_767), { width: 1, height: 2, ascii: true })).toEqual([':', ':']);
  });

  it('misses no sample', () => {
    const silent = drawWaveform(new Int16Array(1000), { width: 7, height: 2 }).join();
    fc.assert(
      fc.property(fc.nat(999), (at) => {
        const samples = new Int16Array(1000);
        samples[at] = 20_000;
        expect(drawWaveform(samples, { width: 7, height: 2 }).join()).not.toBe(silent);
      }),
    );
  });

  it('gives the lines and characters asked for, and below the middle what is above it', () => {
    const options = fc.record({
      width: fc.integer({ min: 1, max: 30 }),
      height: fc.integer({ min: 1, max: 9 }),
      ascii: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 200 }), options, (samples, { width, height, ascii }) => {
        const lines = drawWaveform(samples, { width, height, ascii });
        expect(lines).toHaveLength(height);
        for (const line of lines) {
          expect(line).toHaveLength(width);
          expect(line).toMatch(ascii ? /^[ .':]*$/ : /^[\u2800-\u28ff]*$/);
        }
        const turn = ascii ? (c: string): string => ({ '.': "'", "'": '.' })[c] ?? c : overturned;
        expect(lines.toReversed().map((line) => [...line].map(turn).join(''))).toEqual(lines);
      }),
    );
  });

  it.each([0, 1001, 1.5])('refuses a width or height of %d', (size) => {
    const refused = expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' });
    expect(() => drawWaveform(STAIRS, { width: size, height: 1 })).toThrow(refused);
    expect(() => drawWaveform(STAIRS, { width: 1, height: size })).toThrow(refused);
  });
});
