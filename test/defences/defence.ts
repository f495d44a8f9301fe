/** The file of a test, and its name as it stands there: of a test or of a group, with `%s` where a table fills it in. */
export type NamedTest = readonly [file: string, name: string];

/** One defence of the library, how it is taken out, and the tests that have to notice. */
export interface Defence {
  /** The row of docs/attacks.md that promises it, as `S9`. */
  readonly line: string;
  /** What is so without it, in a sentence. */
  readonly what: string;
  readonly file: string;
  /** What stands in the file exactly once. */
  readonly text: string;
  /** What stands there instead when the defence is out. */
  readonly replacement: string;
  /** Each of them must fail then. */
  readonly tests: readonly NamedTest[];
}

/** The source without the defence. Throws when the text is gone, or stands there more than once. */
export function takeOut(source: string, { file, text, replacement }: Defence): string {
  const [before = '', after, ...more] = source.split(text);
  if (after === undefined) throw new Error(`${file} does not have this text any more:\n${text}`);
  if (more.length > 0) throw new Error(`${file} has this text ${more.length + 1} times:\n${text}`);
  if (text === replacement) throw new Error(`${file}: nothing would change`);
  return before + replacement + after;
}

/** Whether a file of tests has one of this name. */
export function hasTest(source: string, name: string): boolean {
  return ["'", '"', '`'].some((quote) => source.includes(quote + name + quote));
}

/**
 * Matches the names that a run gives to the tests, or groups, of this name. That of a row of a table may come behind
 * other words.
 */
export function patternOf(name: string): RegExp {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const filled = literal.replace(/%[a-z]|\\\$\\\{.*?\\\}|\\\$[a-z]+/gi, '.*');
  // A percent sign of any kind makes Vitest put the rest of a row behind the name.
  const isOpen = name.includes('%') || filled !== literal;
  return new RegExp(isOpen ? `^${filled}` : `^(?:.* )?${filled}$`, 's');
}
