import type { Command, OptionSpec } from './command.ts';

/** Spaces before the text of an option or a command. */
const COLUMN = 26;

export function overallHelp(commands: readonly Command[]): string[] {
  return [
    'dtlslib: DTLS-SRTP. Two ends of a call agree on keys, and encrypt their audio and video with them.',
    '',
    'usage: dtlslib COMMAND [options]',
    '',
    ...commands.flatMap(({ name, summary }) => entry(name, summary)),
    '',
    ...entry('help COMMAND', 'what a command does and its options; the same as COMMAND --help'),
    ...entry('--version', 'the version of this program'),
    '',
    'Begin with: dtlslib demo',
  ];
}

export function commandHelp({ name, positionals, options, description, examples }: Command): string[] {
  const words = ['dtlslib', name, ...positionals, ...(options.length > 0 ? ['[options]'] : [])];
  return [
    `usage: ${words.join(' ')}`,
    '',
    ...description,
    '',
    ...options.flatMap((option) => entry(synopsis(option), option.help)),
    ...entry('--help', 'this text'),
    ...(examples.length === 0
      ? []
      : ['', 'For example:', ...examples.map((line) => (line === '' ? '' : `  ${line}`))]),
  ];
}

function synopsis({ name, value }: OptionSpec): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function entry(head: string, help: string | readonly string[]): string[] {
  const [first = '', ...rest] = typeof help === 'string' ? [help] : help;
  const fits = head.length + 4 <= COLUMN;
  return [
    ...(fits ? [`  ${head.padEnd(COLUMN - 2)}${first}`] : [`  ${head}`, `${' '.repeat(COLUMN)}${first}`]),
    ...rest.map((line) => `${' '.repeat(COLUMN)}${line}`),
  ];
}
