import { isDeepStrictEqual } from 'node:util';
import { sameBytes, toHex } from '../../../src/bytes/bytes.ts';
import { plain } from '../../lib/plain.ts';
import type { Case } from '../lib/edit.ts';
import { MUTATION_NAMES, mutate } from '../lib/mutate.ts';
import type { Parser } from '../lib/parser.ts';
import { PARSERS } from '../lib/parsers.ts';
import type { Target } from '../lib/target.ts';
import { Broken, insist } from '../lib/watched.ts';

function parserOf(name: string): Parser {
  const parser = PARSERS[name];
  if (parser === undefined) throw new Error(`no parser is called ${name}`);
  return parser;
}

/** What was read is written, and read again, as the same. */
function checkWritten(
  { read, exact }: Parser,
  write: (value: never) => Uint8Array,
  bytes: Uint8Array,
  value: unknown,
): void {
  const written = new Uint8Array(write(value as never));
  const again = read(written);
  insist(
    exact?.(bytes, value as never) !== true || sameBytes(written, bytes),
    `read and written, ${toHex(bytes)} is ${toHex(written)}`,
  );
  insist(
    isDeepStrictEqual(plain(again), plain(value)),
    `written as ${toHex(written)} it is read as something else`,
  );
}

function run({ setup, edits }: Case): void {
  const parser = parserOf(setup);
  const { seeds, grammar, read, write, refusal } = parser;
  const list = seeds();
  let bytes = list[(edits[0]?.at ?? 0) % list.length] ?? new Uint8Array(0);
  for (const { operation, numbers } of edits) bytes = mutate(bytes, grammar, operation, numbers);
  try {
    const value = read(bytes);
    if (value !== undefined && write !== undefined) checkWritten(parser, write, bytes, value);
  } catch (error) {
    if (error instanceof Broken) throw error;
    if (refusal?.(error) === true) return;
    const reason = error instanceof Error ? error.stack : String(error);
    throw new Broken(`${setup} threw for ${toHex(bytes)}: ${reason}`, { cause: error });
  }
}

export const parsers: Target = {
  name: 'parsers',
  about: 'every parser of what peers send, by itself',
  setups: Object.keys(PARSERS),
  places: (setup) => parserOf(setup).seeds().length,
  operations: MUTATION_NAMES,
  weight: 8,
  run,
};
