/**
 * Plays more sequences of messages than the tests have time for:
 * `node scripts/run-program.mjs test/states/states.ts --help` says how to call it.
 */
import { parseArgs } from 'node:util';
import { CERTIFICATES } from './bodies.ts';
import { Campaign, SETTINGS, type SettingName } from './campaigns.ts';
import { rememberCrypto } from './crypto-cache.ts';
import { playAll, type Tally } from './play.ts';

const HELP = `Usage: node scripts/run-program.mjs test/states/states.ts [options]

Plays sequences of handshake messages, legal and others, against clients and servers of this library, and holds what
comes of each against a grammar of the legal ones. Exits with 1 unless all agree.

  --changes N   1: each legal sequence with one move left out, put in or replaced, or with two that change places;
                2: with two such changes, which takes minutes; default 2
  --walks N     sequences at random for each client and server, 1 to 100,000; default 10,000
  --seed N      other sequences at random, 0 to 4,294,967,295; default 1
  --help        this text
`;

const COLUMNS = ['played', 'complete', 'wait', 'refuse'] as const;
const NAME_WIDTH = 48;

function refuse(sentence: string): never {
  process.stderr.write(`states: ${sentence}\n`);
  process.exit(1);
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = `${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return refuse(`--${name} takes a whole number from ${range}, not "${text}"`);
}

function readTerms(): { readonly changes: number; readonly walks: number; readonly seed: number } {
  try {
    const { values } = parseArgs({
      options: {
        changes: { type: 'string', default: '2' },
        walks: { type: 'string', default: '10000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      changes: number('changes', values.changes, 1, 2),
      walks: number('walks', values.walks, 1, 100_000),
      seed: number('seed', values.seed, 0, 2 ** 32 - 1),
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function line(name: string, cells: readonly (string | number)[]): string {
  const texts = cells.map((cell) => cell.toLocaleString('en').padStart(12));
  return `${name.padEnd(NAME_WIDTH)}${texts.join('')}\n`;
}

const { changes, walks, seed } = readTerms();
rememberCrypto(Object.values(CERTIFICATES));
process.stdout.write(line('', [...COLUMNS, 'otherwise']));
const deviations: string[] = [];
const total = { played: 0, complete: 0, wait: 0, refuse: 0 };
for (const name of Object.keys(SETTINGS) as SettingName[]) {
  const campaign = new Campaign(name);
  const { setting } = campaign;
  const tallies: Tally[] = [
    playAll(setting, campaign.arrangements()),
    playAll(setting, changes === 1 ? campaign.singleChanges() : campaign.doubleChanges()),
    playAll(setting, campaign.randomWalks(seed, walks)),
  ];
  const sums = COLUMNS.map((column) => tallies.reduce((sum, tally) => sum + tally[column], 0));
  COLUMNS.forEach((column, i) => {
    total[column] += sums[i] ?? 0;
  });
  const wrong = tallies.flatMap((tally) => tally.deviations);
  deviations.push(...wrong.map((deviation) => `${name}: ${deviation}`));
  process.stdout.write(line(name, [...sums, wrong.length]));
}
process.stdout.write(line('together', [...COLUMNS.map((column) => total[column]), deviations.length]));
if (deviations.length > 0) {
  process.stdout.write(`\nOtherwise than the grammar says:\n${deviations.slice(0, 20).join('\n')}\n`);
  process.exitCode = 1;
}
