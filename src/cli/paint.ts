import type { LadderPart } from '../observe/ladder.ts';
import type { Io } from './io.ts';

type Style = 'bold' | 'dim' | 'cyan' | 'green';

/** SGR parameters (ECMA-48 §8.3.117): on and off. */
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  cyan: [36, 39],
  green: [32, 39],
};

const LADDER_STYLE: Readonly<Record<LadderPart, Style | undefined>> = {
  time: 'dim',
  rail: 'dim',
  arrow: 'cyan',
  message: 'bold',
  note: undefined,
};

/** Colours for a terminal; nothing else is ever coloured, and no terminal whose user has set NO_COLOR. */
export class Paint {
  readonly #on: boolean;

  constructor({ stdout, env }: Io) {
    this.#on = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  }

  as(style: Style, text: string): string {
    if (!this.#on || text === '') return text;
    const [on, off] = CODES[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }

  readonly ladder: (part: LadderPart, text: string) => string = (part, text) => {
    const style = LADDER_STYLE[part];
    return style === undefined ? text : this.as(style, text);
  };
}
