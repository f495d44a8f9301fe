import { concat } from '../../bytes/bytes.ts';
import { PCMA_VALUES, PCMU_VALUES } from './g711.ts';

/** Sound of one channel. */
export interface Sound {
  /** In hertz. */
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** Gives one sample of one channel, on the scale of an Int16. */
type ReadSample = (view: DataView, offset: number) => number;

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  readonly bytesPerSample: number;
  readonly read: ReadSample;
}

/** Before the sound; those who write them have ten or so. */
const MAX_CHUNKS = 1000;

/** Samples in each part of a file that is written. */
const SAMPLES_PER_PART = 65_536;

/** The format tags of Microsoft's mmreg.h that are understood here. */
const FormatTag = { PCM: 1, IEEE_FLOAT: 3, ALAW: 6, MULAW: 7, EXTENSIBLE: 0xfffe } as const;

/** The end of a SubFormat GUID whose beginning is a format tag: {0000xxxx-0000-0010-8000-00aa00389b71}. */
const TAG_GUID = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/** By format tag and bits of a sample. 8-bit PCM alone is unsigned, with its middle at 128. */
const READERS: Readonly<Record<string, ReadSample>> = {
  [`${FormatTag.PCM}/8`]: (view, offset) => (view.getUint8(offset) - 128) * 2 ** 8,
  [`${FormatTag.PCM}/16`]: (view, offset) => view.getInt16(offset, true),
  [`${FormatTag.PCM}/24`]: (view, offset) => view.getInt16(offset + 1, true) + view.getUint8(offset) / 2 ** 8,
  [`${FormatTag.PCM}/32`]: (view, offset) => view.getInt32(offset, true) / 2 ** 16,
  [`${FormatTag.IEEE_FLOAT}/32`]: (view, offset) => view.getFloat32(offset, true) * 2 ** 15,
  [`${FormatTag.ALAW}/8`]: (view, offset) => PCMA_VALUES[view.getUint8(offset)] ?? 0,
  [`${FormatTag.MULAW}/8`]: (view, offset) => PCMU_VALUES[view.getUint8(offset)] ?? 0,
};

/**
 * Reads a WAV file; several channels are mixed to one. Lengths that a program could not know when it wrote the
 * file to a pipe, or that go past its end, count as "to the end".
 *
 * @param maxSeconds what lasts longer is refused before any of it is read
 * @throws Error with half a sentence about the file: "it is …".
 */
export function readWav(bytes: Uint8Array, maxSeconds: number = Number.POSITIVE_INFINITY): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || fourCharacters(view, 0) !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') {
    throw new Error('it is not a WAV file: "RIFF", a length and "WAVE" are expected at its beginning');
  }
  const { fmt, data } = readChunks(view);
  if (fmt === undefined) throw new Error('it is a WAV file without a format ("fmt " chunk)');
  const format = readFormat(fmt);
  if (data === undefined) throw new Error('it is a WAV file without sound ("data" chunk)');
  const { sampleRate } = format;
  const length = Math.floor(data.byteLength / (format.channels * format.bytesPerSample));
  if (length > maxSeconds * sampleRate) {
    const minutes = (seconds: number): string => Math.ceil(seconds / 60).toLocaleString('en');
    throw new Error(
      `it lasts ${minutes(length / sampleRate)} minutes; at most ${minutes(maxSeconds)} are taken`,
    );
  }
  return { sampleRate, samples: mix(data, length, format) };
}

/** The first chunk of each kind that matters. */
function readChunks(view: DataView): { fmt?: DataView; data?: DataView } {
  const riffEnd = 8 + view.getUint32(4, true);
  const found: { fmt?: DataView; data?: DataView } = {};
  let offset = 12;
  let count = 0;
  while (offset + 8 <= view.byteLength && (found.fmt === undefined || found.data === undefined)) {
    if (++count > MAX_CHUNKS) throw new Error(`it is a WAV file of more than ${MAX_CHUNKS} chunks`);
    const id = fourCharacters(view, offset);
    const length = view.getUint32(offset + 4, true);
    const start = offset + 8;
    // A writer that never came back to its header leaves 0, and a RIFF that ends where the data begins, or before.
    const unknown = id === 'data' && length === 0 && riffEnd <= start;
    const end = unknown ? view.byteLength : Math.min(start + length, view.byteLength);
    const content = new DataView(view.buffer, view.byteOffset + start, end - start);
    if (id === 'fmt ') found.fmt ??= content;
    if (id === 'data') found.data ??= content;
    // Chunks begin at even places.
    offset = end + (length % 2);
  }
  return found;
}

function readFormat(fmt: DataView): Format {
  if (fmt.byteLength < 16) throw new Error('it is a WAV file whose "fmt " chunk is cut off');
  const tag = readTag(fmt);
  const channels = fmt.getUint16(2, true);
  const sampleRate = fmt.getUint32(4, true);
  const blockAlign = fmt.getUint16(12, true);
  const bits = fmt.getUint16(14, true);
  // Samples of 12 or 20 bits stand at the high end of the next whole byte.
  const bytesPerSample = Math.ceil(bits / 8);
  const read = READERS[`${tag}/${bytesPerSample * 8}`];
  if (read === undefined) {
    throw new Error(
      `it is a WAV file of a format not known here (tag ${tag}, ${bits} bits); ` +
        'expected PCM of 8, 16, 24 or 32 bits, floats of 32 bits, A-law or µ-law',
    );
  }
  if (channels === 0 || sampleRate === 0 || blockAlign !== channels * bytesPerSample) {
    throw new Error(
      'it is a WAV file whose format contradicts itself ' +
        `(${channels} channels of ${bits} bits in ${blockAlign} bytes, ${sampleRate} Hz)`,
    );
  }
  return { channels, sampleRate, bytesPerSample, read };
}

function readTag(fmt: DataView): number {
  const tag = fmt.getUint16(0, true);
  const subFormat = 24;
  if (tag !== FormatTag.EXTENSIBLE || fmt.byteLength < subFormat + 16) return tag;
  const isTag = TAG_GUID.every((byte, i) => fmt.getUint8(subFormat + 2 + i) === byte);
  return isTag ? fmt.getUint16(subFormat, true) : tag;
}

function mix(data: DataView, length: number, { channels, bytesPerSample, read }: Format): Int16Array {
  const samples = new Int16Array(length);
  let offset = 0;
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(data, offset);
      offset += bytesPerSample;
    }
    samples[i] = clamp(Math.round(sum / channels));
  }
  return samples;
}

/** NaN, which a file of floats may hold, becomes 0 in an Int16Array. */
function clamp(value: number): number {
  return Math.max(-32_768, Math.min(value, 32_767));
}

/** Writes a WAV file: PCM, 16 bits, one channel. */
export function writeWav(sound: Sound): Uint8Array {
  return concat(...wavParts(sound));
}

/** The same in parts of at most 128 KiB: of a long sound nobody wants a second copy in memory. */
export function* wavParts({ sampleRate, samples }: Sound): Generator<Uint8Array> {
  yield header(sampleRate, samples.length * 2);
  for (let start = 0; start < samples.length; start += SAMPLES_PER_PART) {
    const part = samples.subarray(start, start + SAMPLES_PER_PART);
    const view = new DataView(new ArrayBuffer(part.length * 2));
    part.forEach((sample, i) => {
      view.setInt16(i * 2, sample, true);
    });
    yield new Uint8Array(view.buffer);
  }
}

function header(sampleRate: number, dataLength: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(44));
  writeCharacters(view, 0, 'RIFF');
  view.setUint32(4, view.byteLength - 8 + dataLength, true);
  writeCharacters(view, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FormatTag.PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeCharacters(view, 36, 'data');
  view.setUint32(40, dataLength, true);
  return new Uint8Array(view.buffer);
}

function fourCharacters(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

function writeCharacters(view: DataView, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(offset + i, text.charCodeAt(i));
}
