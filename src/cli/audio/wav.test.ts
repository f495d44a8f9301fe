import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../bytes/bytes.ts';
import { readWav, wavParts, writeWav } from './wav.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const u16 = (value: number): Uint8Array => Uint8Array.of(value, value >> 8);
const u32 = (value: number): Uint8Array => concat(u16(value), u16(value >>> 16));

function chunk(id: string, content: Uint8Array, length = content.length): Uint8Array {
  return concat(ascii(id), u32(length), content, new Uint8Array(content.length % 2));
}

function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  const content = concat(ascii('WAVE'), ...chunks);
  return concat(ascii('RIFF'), u32(content.length), content);
}

interface Fields {
  tag?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  blockAlign?: number;
  extension?: Uint8Array;
}

function fmt(fields: Fields = {}): Uint8Array {
  const { tag = 1, channels = 1, rate = 8000, bits = 16, extension = new Uint8Array(0) } = fields;
  const { blockAlign = channels * Math.ceil(bits / 8) } = fields;
  const head = concat(u16(tag), u16(channels), u32(rate), u32(rate * blockAlign), u16(blockAlign), u16(bits));
  return chunk('fmt ', concat(head, extension));
}

const samplesOf = (bytes: Uint8Array): number[] => [...readWav(bytes).samples];
const HELLO = fromHex('0100ffff');

describe('writeWav()', () => {
  it("writes what Python's wave module writes", () => {
    const samples = Int16Array.of(0, 1, -1, -32_768);
    expect(toHex(writeWav({ sampleRate: 8000, samples }))).toBe(
      '524946462c00000057415645666d74201000000001000100401f0000803e0000020010006461746108000000' +
        '00000100ffff0080',
    );
  });

  it('is read back as it was', () => {
    const sounds = fc.record({
      sampleRate: fc.integer({ min: 1, max: 192_000 }),
      samples: fc.int16Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(sounds, (sound) => {
        expect(readWav(writeWav(sound))).toEqual(sound);
      }),
    );
  });
});

describe('wavParts()', () => {
  it('gives the whole file in small parts', () => {
    const sound = { sampleRate: 8000, samples: Int16Array.from({ length: 200_000 }, (_, i) => i) };
    const parts = [...wavParts(sound)];
    expect(Math.max(...parts.map(({ length }) => length))).toBe(128 * 1024);
    expect(parts).toHaveLength(5);
    expect(readWav(concat(...parts))).toEqual(sound);
  });
});

describe('readWav()', () => {
  it("reads a file of Python's wave module: 24 bits, two channels", () => {
    const file = fromHex(
      '524946463000000057415645666d7420100000000100020080bb000000650400060018006461746' +
        '10c000000006400002c010018fc0017fc',
    );
    expect(readWav(file)).toEqual({ sampleRate: 48_000, samples: Int16Array.of(200, -1000) });
  });

  it.each([
    ['PCM of 8 bits', { bits: 8 }, '00807fff', [-32_768, 0, -256, 32_512]],
    ['PCM of 12 bits in 16', { bits: 12 }, '1000f07f', [16, 32_752]],
    ['PCM of 16 bits', { bits: 16 }, '0100ff7f0080', [1, 32_767, -32_768]],
    ['PCM of 24 bits', { bits: 24 }, '000100ffff7f000080', [1, 32_767, -32_768]],
    ['PCM of 32 bits', { bits: 32 }, '00000100ffffff7f00000080', [1, 32_767, -32_768]],
    ['floats', { tag: 3, bits: 32 }, '0000003f000080bf0000003800000040', [16_384, -32_768, 1, 32_767]],
    ['floats that are no numbers', { tag: 3, bits: 32 }, '0000c07f0000807f000080ff', [0, 32_767, -32_768]],
    ['A-law', { tag: 6, bits: 8 }, 'd5552aaa', [8, -8, -32_256, 32_256]],
    ['µ-law', { tag: 7, bits: 8 }, 'ff7f0080', [0, 0, -32_124, 32_124]],
    ['two channels', { channels: 2 }, '0a001400ff7fff7f00800080', [15, 32_767, -32_768]],
    ['a frame that is cut off', { channels: 2 }, '0a0014000a00', [15]],
    ['three channels of 8 bits', { bits: 8, channels: 3 }, '80818680807f', [597, -85]],
  ] as const)('reads %s', (_, fields, data, expected) => {
    expect(samplesOf(riff(fmt(fields), chunk('data', fromHex(data))))).toEqual(expected);
  });

  it('reads WAVE_FORMAT_EXTENSIBLE by its SubFormat', () => {
    const extension = (tag: string, end: string): Uint8Array => fromHex(`1600080000000000${tag}${end}`);
    const guid = '000000001000800000aa00389b71';
    const wav = (tag: string, end: string): Uint8Array =>
      riff(fmt({ tag: 0xfffe, bits: 8, extension: extension(tag, end) }), chunk('data', Uint8Array.of(0)));
    expect(samplesOf(wav('0100', guid))).toEqual([-32_768]);
    expect(samplesOf(wav('0700', guid))).toEqual([-32_124]);
    expect(() => readWav(wav('5500', guid))).toThrow('tag 85');
    expect(() => readWav(wav('0100', guid.replace('9b', '9c')))).toThrow('tag 65534');
  });

  it('passes over other chunks, with their padding', () => {
    const list = chunk('LIST', Uint8Array.of(1, 2, 3));
    expect(samplesOf(riff(list, fmt(), list, chunk('data', HELLO), list))).toEqual([1, -1]);
    expect(samplesOf(riff(chunk('data', HELLO), list, fmt()))).toEqual([1, -1]);
  });

  it('takes the first of two chunks of one kind', () => {
    const wav = riff(fmt(), fmt({ tag: 85 }), chunk('data', HELLO), chunk('data', fromHex('0500')));
    expect(samplesOf(wav)).toEqual([1, -1]);
  });

  it.each([0xffffffff, 0x7ffff000, 6])('reads to the end where the length of the data is %i', (length) => {
    expect(samplesOf(riff(fmt(), chunk('data', HELLO, length)))).toEqual([1, -1]);
  });

  it('reads to the end where both lengths were left open', () => {
    const wav = riff(fmt(), chunk('data', HELLO, 0));
    for (const length of [0, 36]) {
      wav.set(u32(length), 4);
      expect(samplesOf(wav)).toEqual([1, -1]);
    }
  });

  it('reads a file without a single sample', () => {
    const list = chunk('LIST', HELLO);
    expect(samplesOf(riff(fmt(), chunk('data', new Uint8Array(0)), list))).toEqual([]);
    expect(samplesOf(riff(fmt(), chunk('data', new Uint8Array(0))))).toEqual([]);
  });

  it('reads a view as well as a whole buffer', () => {
    const wav = riff(fmt(), chunk('data', HELLO));
    expect(samplesOf(concat(Uint8Array.of(1, 2, 3), wav).subarray(3))).toEqual([1, -1]);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'is not a WAV file'],
    ['an MP3', ascii('ID3\x04 and so on and so on'), 'is not a WAV file'],
    ['another RIFF', concat(ascii('RIFF'), u32(4), ascii('AVI ')), 'is not a WAV file'],
    ['no format', riff(chunk('data', HELLO)), 'without a format'],
    ['no data', riff(fmt()), 'without sound'],
    ['a format cut off', riff(chunk('fmt ', new Uint8Array(14)), chunk('data', HELLO)), 'cut off'],
    ['MP3 in WAV', riff(fmt({ tag: 85, bits: 0 }), chunk('data', HELLO)), 'expected PCM of 8, 16, 24 or 32'],
    ['doubles', riff(fmt({ tag: 3, bits: 64 }), chunk('data', HELLO)), 'tag 3, 64 bits'],
    ['no channel', riff(fmt({ channels: 0 }), chunk('data', HELLO)), 'contradicts itself'],
    ['no rate', riff(fmt({ rate: 0 }), chunk('data', HELLO)), 'contradicts itself'],
    ['frames of a wrong size', riff(fmt({ blockAlign: 4 }), chunk('data', HELLO)), 'contradicts itself'],
  ])('says what is wrong with %s', (_, bytes, message) => {
    expect(() => readWav(bytes)).toThrow(message);
  });

  it('takes a thousand chunks before the sound, and does not go through more', () => {
    const wav = (count: number): Uint8Array =>
      riff(
        ...new Array<Uint8Array>(count).fill(chunk('junk', new Uint8Array(0))),
        fmt(),
        chunk('data', HELLO),
      );
    expect(samplesOf(wav(998))).toEqual([1, -1]);
    expect(() => readWav(wav(999))).toThrow('it is a WAV file of more than 1000 chunks');
  });

  it('refuses what lasts longer than is wanted', () => {
    const wav = riff(fmt({ channels: 2 }), chunk('data', new Uint8Array(8000 * 4 * 60 + 4)));
    expect(readWav(wav, 61).samples).toHaveLength(8000 * 60 + 1);
    expect(() => readWav(wav, 60)).toThrow('it lasts 2 minutes; at most 1 are taken');
  });

  it('gives a sound or says what is wrong, whatever was damaged, and no more samples than bytes', () => {
    const whole = riff(chunk('LIST', HELLO), fmt({ channels: 2 }), chunk('data', new Uint8Array(40)));
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          expect(readWav(bytes).samples.length).toBeLessThanOrEqual(length);
        } catch (error) {
          expect(error).toMatchObject({ name: 'Error', message: expect.stringMatching(/^it is /) });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
