import { readFileSync } from 'node:fs';
import { DtlsError } from '../index.ts';
import { parseArguments } from './arguments.ts';
import { certCommand } from './cert.ts';
import { type Command, CommandError, UsageError } from './command.ts';
import { connectCommand } from './connect.ts';
import { demoCommand } from './demo.ts';
import { fingerprintCommand } from './fingerprint.ts';
import { commandHelp, overallHelp } from './help.ts';
import { type Io, printable, printLine, printLines, warn } from './io.ts';
import { serveCommand } from './serve.ts';

const COMMANDS: readonly Command[] = [
  demoCommand,
  serveCommand,
  connectCommand,
  certCommand,
  fingerprintCommand,
];

/** Runs the command line `dtlslib argv…`; gives the exit code: 0, 1 for what failed, 2 for wrong arguments. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') {
    printLines(first === undefined ? io.stderr : io.stdout, overallHelp(COMMANDS));
    return first === undefined ? 2 : 0;
  }
  if (first === '--version') {
    printLine(io.stdout, packageVersion());
    return 0;
  }
  if (first === 'help') return help(rest, io);
  const command = findCommand(first);
  if (command === undefined) return unknownCommand(first, io);
  if (wantsHelp(rest)) {
    printLines(io.stdout, commandHelp(command));
    return 0;
  }
  try {
    return await command.run(parseArguments(command, rest), io);
  } catch (error) {
    return tell(error, command, io);
  }
}

function help(argv: readonly string[], io: Io): number {
  const [name] = argv;
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && command === undefined) return unknownCommand(name, io);
  printLines(io.stdout, command === undefined ? overallHelp(COMMANDS) : commandHelp(command));
  return 0;
}

function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

function unknownCommand(name: string, io: Io): number {
  warn(io, `there is no command "${printable(name)}"; see: dtlslib --help`);
  return 2;
}

/** One line for the user. */
function tell(error: unknown, { name }: Command, io: Io): number {
  if (error instanceof UsageError) {
    warn(io, `${name}: ${error.message}; see: dtlslib ${name} --help`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommandError) warn(io, message);
  else if (error instanceof DtlsError) warn(io, `${message} (${error.code})`);
  else warn(io, `${name}: ${printable(message)}`);
  return 1;
}

function packageVersion(): string {
  // From src/cli and from dist/cli alike.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version?: unknown } = JSON.parse(text);
  return String(version);
}
