import { checkInteger } from '../../errors/arguments.ts';

export interface WaveformOptions {
  /** In characters, 1 to 1,000. */
  readonly width: number;
  /** In lines, 1 to 1,000. */
  readonly height: number;
  /** For terminals that know nothing but ASCII. Default false: braille, whose characters have eight dots each. */
  readonly ascii?: boolean;
}

/** A kind of character that is a small raster of dots. */
interface Cell {
  readonly columns: number;
  readonly rows: number;
  /** `dots[column * rows + row]`, rows from the top. */
  character(dots: readonly boolean[]): string;
}

/** The bit of each dot in U+2800 to U+28FF, down the left column and then the right one. */
const BRAILLE_BITS = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];

const BRAILLE: Cell = {
  columns: 2,
  rows: 4,
  character: (dots) =>
    String.fromCharCode(
      BRAILLE_BITS.reduce((code, bit, i) => (dots[i] === true ? code | bit : code), 0x2800),
    ),
};

const ASCII: Cell = {
  columns: 1,
  rows: 2,
  character: ([top, bottom]) => (top === true ? (bottom === true ? ':' : "'") : bottom === true ? '.' : ' '),
};

const FULL_SCALE = 32_768;

/**
 * The sound from left to right, as loud as it is at each moment: above and below a middle line, which silence shows
 * alone. The full scale of an Int16 fills the height, so that pictures of several sounds can be compared.
 *
 * @returns `height` lines of `width` characters each
 */
export function drawWaveform(samples: Int16Array, options: WaveformOptions): string[] {
  const { width, height, ascii = false } = options;
  checkInteger('width', width, 1, 1000);
  checkInteger('height', height, 1, 1000);
  const cell = ascii ? ASCII : BRAILLE;
  const middle = (height * cell.rows) / 2;
  const levels = peaks(samples, width * cell.columns).map((peak) =>
    Math.max(1, Math.round((peak / FULL_SCALE) * middle)),
  );
  return range(height).map((line) =>
    range(width)
      .map((place) => {
        const dots = range(cell.columns * cell.rows).map((i) => {
          const level = levels[place * cell.columns + Math.floor(i / cell.rows)] ?? 0;
          const row = line * cell.rows + (i % cell.rows);
          return row >= middle - level && row < middle + level;
        });
        return cell.character(dots);
      })
      .join(''),
  );
}

/** The loudest sample of each of `count` equal stretches; those of a short sound share samples. */
function peaks(samples: Int16Array, count: number): number[] {
  return range(count).map((i) => {
    const begin = Math.floor((i * samples.length) / count);
    const end = Math.max(begin + 1, Math.floor(((i + 1) * samples.length) / count));
    return samples.subarray(begin, end).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
