import type { Values } from './arguments.ts';
import type { Io } from './io.ts';

/** One option of a command: what is parsed and what the help says come from the same place. */
export interface OptionSpec {
  /** Without the two hyphens. */
  readonly name: string;
  /** The name of its value in the help; an option without one is a flag. */
  readonly value?: string;
  /** May be given several times; any other is refused the second time. */
  readonly multiple?: boolean;
  /** One or several lines. */
  readonly help: string | readonly string[];
}

export interface Command {
  readonly name: string;
  /** Half a line, for the list of commands. */
  readonly summary: string;
  /** Names of its positional arguments, all of them needed. */
  readonly positionals: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Paragraphs of its help. */
  readonly description: readonly string[];
  readonly examples: readonly string[];
  /** Gives the exit code. */
  run(values: Values, io: Io): Promise<number> | number;
}

/** What the user typed cannot be meant: `message` is half a sentence, without the command's name and a period. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** What was asked for cannot be done: `message` is the one line the user is told. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}
