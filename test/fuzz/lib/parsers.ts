import { OTHER_PARSERS } from './other-parsers.ts';
import type { Parser } from './parser.ts';
import { WIRE_PARSERS } from './wire-parsers.ts';

/** Every parser of what peers send, by name. */
export const PARSERS: Readonly<Record<string, Parser>> = { ...WIRE_PARSERS, ...OTHER_PARSERS };
