/** The fuzzer: `npm run fuzz -- --help`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Coverage } from './lib/coverage.ts';
import { type Case, formatCase, parseCase } from './lib/edit.ts';
import { casesOf, kindOf, runCase, shrink } from './lib/engine.ts';
import { corpusFile, readLines } from './lib/files.ts';
import { memoryGrowth } from './lib/memory.ts';
import { Random } from './lib/random.ts';
import { coverageTable, targetTable } from './lib/report.ts';
import type { Target } from './lib/target.ts';
import { TARGETS } from './lib/targets.ts';
import type { Broken } from './lib/watched.ts';

const HELP = `npm run fuzz -- [options]

Throws edited datagrams and packets at every part that reads what peers send, and looks for a promise that is broken:
something that throws, that never ends, that answers too much, or that is connected to who is not its peer. Cases that
reach code which none has reached before are kept in mind, and varied.

  --minutes N      how long to go on; default 1
  --cases N        how many cases to run, instead of a time
  --seed N         what all choices are made from; default the time of day
  --target NAME    one target alone
  --replay TEXT    one case, as a failure prints it, or a file that holds one
  --keep           add to test/fuzz/corpus/cases.jsonl what has reached something new
  --no-coverage    do without coverage: more cases a second, and none of them better than another
  --details        coverage of each file at the end
  --help           this

Targets:
${TARGETS.map(({ name, about }) => `  ${name.padEnd(9)} ${about}`).join('\n')}

Exits with 1 when a promise was broken. Failures are written to test/fuzz/corpus/failures, as small as they could be made.
`;

/** After so many kinds of failure there is enough to do. */
const MOST_FAILURES = 20;
/** A case that takes longer than this, in ms, is told of; machines stand still at times, so that it is no failure. */
const SLOW = 1000;
/** Cases of which it is asked together whether they have reached anything new. */
const BATCH = 8;

function refuse(sentence: string): never {
  process.stderr.write(`fuzz: ${sentence}\n`);
  process.exit(1);
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most))
    refuse(`--${option} takes a number from ${least} to ${most}, not "${text}"`);
  return value;
}

const OPTIONS = {
  minutes: { type: 'string' },
  cases: { type: 'string' },
  seed: { type: 'string' },
  target: { type: 'string' },
  replay: { type: 'string' },
  keep: { type: 'boolean' },
  'no-coverage': { type: 'boolean' },
  details: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function readCommandLine() {
  try {
    return parseArgs({ options: OPTIONS, strict: true }).values;
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

interface Failure {
  readonly input: Case;
  readonly broken: Broken;
}

/** Where a failing case is kept, and how to see it again. */
function keepFailure({ input, broken }: Failure): void {
  const folder = corpusFile('failures');
  mkdirSync(folder, { recursive: true });
  const text = formatCase(input);
  let digest = 0;
  for (const character of text) digest = (Math.imul(digest, 31) + character.charCodeAt(0)) >>> 0;
  const name = `${input.target}-${digest.toString(16)}.json`;
  writeFileSync(`${folder}/${name}`, `${text}\n`);
  console.log(
    `\nBroken: ${broken.message}\n  npm run fuzz -- --replay test/fuzz/corpus/failures/${name}\n  ${text}\n`,
  );
}

function replayOne(text: string): never {
  let input: Case;
  try {
    input = parseCase(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    refuse(
      `--replay takes a case or a file that holds one: ${error instanceof Error ? error.message : error}`,
    );
  }
  const target = TARGETS.find(({ name }) => name === input.target);
  if (target?.setups.includes(input.setup) !== true)
    refuse(
      `--replay takes a case of a target and a setup that there are, not "${input.target}" and "${input.setup}"`,
    );
  const broken = runCase(input);
  console.log(broken === undefined ? 'Every promise was kept.' : `Broken: ${broken.stack}`);
  process.exit(broken === undefined ? 0 : 1);
}

/** The cases that are known, by their target. */
class Known {
  readonly #cases = new Map<string, Case[]>();
  readonly fresh: Case[] = [];

  constructor(lines: readonly string[]) {
    for (const line of lines) this.#listOf(parseCase(line).target).push(parseCase(line));
  }

  of = (target: Target): readonly Case[] => this.#listOf(target.name);

  all(): Case[] {
    return [...this.#cases.values()].flat();
  }

  add(input: Case): void {
    this.#listOf(input.target).push(input);
    this.fresh.push(input);
  }

  #listOf(target: string): Case[] {
    const list = this.#cases.get(target) ?? [];
    this.#cases.set(target, list);
    return list;
  }
}

const values = readCommandLine();
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
if (values.replay !== undefined) replayOne(values.replay);
if (values.minutes !== undefined && values.cases !== undefined)
  refuse('--minutes and --cases do not go together');

const minutes = numberOf('minutes', values.minutes ?? '1', 0.01, 10_000);
const mostCases =
  values.cases === undefined ? Number.POSITIVE_INFINITY : numberOf('cases', values.cases, 1, 1e9);
const seed = numberOf('seed', values.seed ?? String(Date.now() % 1_000_000), 0, 2 ** 32 - 1);
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0)
  refuse(`--target takes ${TARGETS.map(({ name }) => name).join(', ')}, not "${values.target}"`);

console.log(`Seed ${seed}: with --seed ${seed} the same choices are made again.`);
const known = new Known(readLines('cases.jsonl'));
const coverage =
  values['no-coverage'] === true
    ? undefined
    : new Coverage(import.meta.url, (name) => name.startsWith('src/'));
/** The first of each kind. */
const failures = new Map<string, Failure>();
let failed = 0;
const counts = new Map<string, { cases: number; milliseconds: number; fresh: number }>();
const countOf = (target: string): { cases: number; milliseconds: number; fresh: number } => {
  const count = counts.get(target) ?? { cases: 0, milliseconds: 0, fresh: 0 };
  counts.set(target, count);
  return count;
};
let slowest = { milliseconds: 0, input: '' };

/** Runs one case, and tells of a failure the first time. */
function attempt(input: Case): void {
  const began = performance.now();
  const broken = runCase(input);
  const milliseconds = performance.now() - began;
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, input: formatCase(input) };
  const count = countOf(input.target);
  count.cases++;
  count.milliseconds += milliseconds;
  if (broken === undefined) return;
  failed++;
  const kind = `${input.target} ${kindOf(broken)}`;
  if (failures.has(kind)) return;
  const smallest = shrink(input, broken);
  const failure = { input: smallest, broken: runCase(smallest) ?? broken };
  failures.set(kind, failure);
  keepFailure(failure);
}

/** Runs one case again for what it reaches; true when that is something new. */
function reachesMore(input: Case): boolean {
  runCase(input);
  if (coverage?.take() !== true) return false;
  countOf(input.target).fresh++;
  return true;
}

for (const target of targets)
  for (const setup of target.setups) attempt({ target: target.name, setup, edits: [] });
for (const input of known.all()) if (targets.some(({ name }) => name === input.target)) attempt(input);
coverage?.take();
const before = coverage?.summary();

const growth = memoryGrowth();
const began = performance.now();
const end = values.cases === undefined ? began + minutes * 60_000 : Number.POSITIVE_INFINITY;
let cases = 0;
let told = began;
let batch: Case[] = [];
for (const input of casesOf(new Random(seed), targets, known.of)) {
  if (cases >= mostCases || performance.now() > end || failures.size >= MOST_FAILURES) break;
  cases++;
  attempt(input);
  batch.push(input);
  // To ask for coverage takes as long as a case: it is asked of several together, and of each only when there is news.
  if (batch.length === BATCH) {
    if (coverage?.peek() === true) for (const each of batch) if (reachesMore(each)) known.add(each);
    batch = [];
  }
  if (process.stderr.isTTY && performance.now() - told > 500) {
    told = performance.now();
    process.stderr.write(`\r\x1b[K${cases} cases, ${known.fresh.length} of them new, ${failed} failures`);
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

const seconds = (performance.now() - began) / 1000;
console.log(`${cases} cases in ${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(0)} a second.\n`);
console.log(targetTable(counts));
if (coverage !== undefined && before !== undefined)
  console.log(coverageTable(before, coverage.summary(), values.details === true));
console.log(`The slowest case took ${slowest.milliseconds.toFixed(0)} ms.`);
if (slowest.milliseconds > SLOW) console.log(`  ${slowest.input}`);
console.log(growth.sentence());
if (values.keep === true && known.fresh.length > 0) {
  writeFileSync(corpusFile('cases.jsonl'), `${known.all().map(formatCase).join('\n')}\n`);
  console.log(`${known.fresh.length} cases were added to test/fuzz/corpus/cases.jsonl.`);
}
console.log(failed === 0 ? 'Every promise was kept.' : `${failed} failures of ${failures.size} kinds.`);
process.exit(failed === 0 && growth.within() ? 0 : 1);
