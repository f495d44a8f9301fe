import { parseArgs } from 'node:util';
import { type Command, type OptionSpec, UsageError } from './command.ts';
import { printable } from './io.ts';

/** What was typed after a command, checked against its options; asking for a value checks the value. */
export class Values {
  readonly #options: ReadonlyMap<string, readonly string[]>;
  readonly #positionals: readonly string[];

  constructor(options: ReadonlyMap<string, readonly string[]>, positionals: readonly string[]) {
    this.#options = options;
    this.#positionals = positionals;
  }

  positional(index: number): string {
    return this.#positionals[index] ?? '';
  }

  flag(name: string): boolean {
    return this.#options.has(name);
  }

  /** The one given; of an option that may be given several times, the last. */
  text(name: string): string | undefined {
    return this.#options.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#options.get(name) ?? [];
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readInteger(`--${name}`, text, min, max);
  }

  /** A number of seconds, with decimals or not, as milliseconds. */
  milliseconds(name: string, maxSeconds: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(seconds >= 0.001 && seconds <= maxSeconds)) {
      throw new UsageError(
        `--${name} must be seconds, from 0.001 to ${maxSeconds}; you gave "${printable(text)}"`,
      );
    }
    return Math.round(seconds * 1000);
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readChoice(`--${name}`, text, known);
  }

  /** Names separated by commas or colons. */
  list(name: string): readonly string[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const names = text.split(/[,:]/).map((part) => part.trim());
    if (names.includes('')) throw new UsageError(`--${name} must be names separated by commas`);
    return names;
  }
}

/** `what` is the name of the argument as the user typed it. */
export function readInteger(what: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(
      `${what} must be a whole number from ${min} to ${max}; you gave "${printable(text)}"`,
    );
  }
  return value;
}

/** Upper and lower case are the same. */
function readChoice<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`${what} must be one of ${known.join(', ')}; you gave "${printable(text)}"`);
}

/** @throws UsageError for what the command does not know. */
export function parseArguments(command: Command, argv: readonly string[]): Values {
  const specs = new Map<string, OptionSpec>(command.options.map((spec) => [spec.name, spec]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      command.options.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
    ),
    // The messages of the strict mode are for programmers; what it checks is checked here.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = specs.get(token.name);
    const value = checkOption(spec, token);
    const before = options.get(token.name) ?? [];
    if (before.length > 0 && spec?.multiple !== true)
      throw new UsageError(`${token.rawName} may be given only once`);
    options.set(token.name, [...before, value]);
  }
  checkPositionals(command, positionals);
  return new Values(options, positionals);
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption(spec: OptionSpec | undefined, { rawName, value, inlineValue }: OptionToken): string {
  if (spec === undefined) throw new UsageError(`there is no option ${printable(rawName)}`);
  if (spec.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return '';
  }
  const isNextOption = inlineValue !== true && value !== undefined && /^-./.test(value);
  if (value === undefined || value === '' || isNextOption) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`);
  }
  return value;
}

function checkPositionals({ positionals: wanted }: Command, given: readonly string[]): void {
  const missing = wanted.slice(given.length);
  if (missing.length > 0) throw new UsageError(`${missing.join(' and ')} missing`);
  const extra = given[wanted.length];
  if (extra !== undefined) throw new UsageError(`"${printable(extra)}" is one argument more than it takes`);
}
