// @ts-check
/**
 * Shows that each promise of docs/attacks.md has a test that notices when its defence is gone. In a copy of the project,
 * every defence of test/defences/ is taken out, one at a time, and the tests that it names are run: each has to fail.
 *
 * `npm run defences -- [--line S9[,S10…]] [--list]`
 */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { createVitest } from 'vitest/node';

/** @typedef {import('../test/defences/defence.ts').Defence} Defence */
/** @typedef {import('../test/defences/defence.ts').NamedTest} NamedTest */
/**
 * What became of the tests of one name.
 * @typedef {object} Verdict
 * @property {number} count of those that ran
 * @property {string | undefined} failure how one of them failed
 * @property {string | undefined} broken why that shows nothing
 */

const root = resolve(import.meta.dirname, '..');
/** What tests need of the project. */
const PARTS = ['src', 'test', 'kernel', 'scripts', 'package.json', 'tsconfig.json'];
/** What takes longer, in ms, is stopped, and shows nothing. */
const LONGEST_TEST = 30_000;
const LONGEST_RUN = 60_000;
const LONGEST_RUN_OF_ALL = 600_000;

const HELP = `Takes each defence out, in a copy of the project, and runs the tests that have to notice.

npm run defences -- [options]

  --line S9,S10   the defences of these lines of docs/attacks.md only
  --list          say what would be taken out, and run nothing
  --help          say this
`;

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  process.stderr.write(`defences: ${sentence}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      options: { line: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const options = readArguments();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dtlslib-defences-')));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** The list is TypeScript, and is put together first. */
async function loadList() {
  const outfile = join(folder, 'list.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/defences/index.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return /** @type {Promise<typeof import('../test/defences/index.ts')>} */ (
    import(pathToFileURL(outfile).href)
  );
}

const { DEFENCES, patternOf, takeOut } = await loadList();
const known = [...new Set(DEFENCES.map(({ line }) => line))];
const lines = options.line?.split(',') ?? known;
for (const line of lines)
  if (!known.includes(line)) refuse(`--line takes lines with defences, ${known.join(', ')}, not "${line}"`);
const defences = DEFENCES.filter(({ line }) => lines.includes(line));
const width = Math.max(...defences.map(({ what }) => what.length));

/** @param {NamedTest} test */
const nameOf = ([file, name]) => `${file} “${name}”`;
/** @param {readonly NamedTest[]} tests */
const namesOf = (tests) => tests.map(nameOf).join(', ');
/** @param {Defence} defence */
const rowOf = ({ line, what }) => `${line.padEnd(3)}  ${what.padEnd(width)}  `;

if (options.list) {
  for (const defence of defences) console.log(rowOf(defence) + namesOf(defence.tests));
  console.log(`\n${defences.length} defences of ${lines.length} lines.`);
  process.exit(0);
}

const copy = join(folder, 'project');
for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
const { setup: buildKernel } = await import(pathToFileURL(join(copy, 'scripts/build-kernel.mjs')).href);
await buildKernel();

/** Of each defence, its file as it is and as it is without. */
const changes = new Map();
for (const defence of defences) {
  const source = readFileSync(join(copy, defence.file), 'utf8');
  try {
    changes.set(defence, { source, without: takeOut(source, defence) });
  } catch (error) {
    console.error(`${rowOf(defence)}${error instanceof Error ? error.message : error}\n`);
  }
}
const lost = defences.length - changes.size;
if (lost > 0) refuse(`${lost} defences are not where test/defences/ says; it has to follow the source`);

// In threads, which end with the process whatever they are at: what is taken out may be what ends them.
const vitest = await createVitest(
  'test',
  {
    root: copy,
    config: false,
    watch: false,
    reporters: [{}],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'threads',
    poolOptions: { threads: { singleThread: true } },
    fileParallelism: false,
    testTimeout: LONGEST_TEST,
    hookTimeout: LONGEST_TEST,
  },
  { cacheDir: join(folder, 'cache'), clearScreen: false, logLevel: 'error' },
);
const project = vitest.projects[0] ?? refuse('Vitest has no project to run');

/**
 * Runs the tests of these names.
 * @param {readonly NamedTest[]} tests
 * @param {number} longest
 * @param {string} what is run, for when it does not end
 * @returns {Promise<Verdict[]>} in their order
 */
async function run(tests, longest, what) {
  const watchdog = setTimeout(() => refuse(`${what} does not end within ${longest / 1000} s`), longest);
  const patterns = tests.map(([, name]) => patternOf(name).source.replace(/^\^(\(\?:\.\* \)\?)?|\$$/g, ''));
  vitest.setGlobalTestNamePattern(new RegExp([...new Set(patterns)].join('|'), 's'));
  const files = [...new Set(tests.map(([file]) => join(copy, file)))];
  const { testModules } = await vitest.runTestSpecifications(
    files.map((file) => project.createSpecification(file)),
  );
  clearTimeout(watchdog);
  return tests.map(([file, name]) => {
    const module = testModules.find(({ moduleId }) => moduleId === join(copy, file));
    return module === undefined
      ? { count: 0, failure: undefined, broken: 'it was not run' }
      : verdictOf(module, patternOf(name));
  });
}

/**
 * @param {import('vitest/node').TestModule} module
 * @param {RegExp} pattern
 * @returns {Verdict}
 */
function verdictOf(module, pattern) {
  /** @type {Verdict} */
  const verdict = { count: 0, failure: undefined, broken: module.errors()[0]?.message };
  for (const test of module.children.allTests()) {
    const { state, errors = [] } = test.result();
    if (state === 'skipped' || !ownAndOuterNames(test).some((name) => pattern.test(name))) continue;
    verdict.count++;
    if (state !== 'failed') continue;
    const reasons = errors.map(({ name = 'Error', message }) => `${name}: ${message}`);
    // Code that makes no sense, and a test that took too long, show nothing of the defence.
    const senseless = reasons.find((reason) => /^(Reference|Syntax)Error|timed out in \d+ms/.test(reason));
    if (senseless !== undefined) verdict.broken ??= senseless;
    else verdict.failure ??= reasons[0] ?? 'it failed';
  }
  return verdict;
}

/**
 * The name of a test and those of the groups around it.
 * @param {import('vitest/node').TestCase} test
 */
function ownAndOuterNames(test) {
  const names = [test.name];
  for (let { parent } = test; parent.type === 'suite'; parent = parent.parent) names.push(parent.name);
  return names;
}

/**
 * Writes a file of the copy.
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  writeFileSync(join(copy, file), text);
  vitest.invalidateFile(join(copy, file));
}

const KERNEL = 'src/crypto/packets/kernel.generated.ts';
const kernel = readFileSync(join(copy, KERNEL), 'utf8');

/**
 * Takes a defence out, runs its tests and puts it back. Says who noticed.
 * @param {Defence} defence
 * @returns {Promise<{ readonly proven: boolean, readonly result: string }>}
 */
async function tryOne(defence) {
  const { source, without } = changes.get(defence);
  const isOfKernel = defence.file.startsWith('kernel/');
  write(defence.file, without);
  if (isOfKernel) {
    await buildKernel();
    vitest.invalidateFile(join(copy, KERNEL));
  }
  const verdicts = await run(defence.tests, LONGEST_RUN, `${defence.line}, ${defence.what} This`);
  write(defence.file, source);
  if (isOfKernel) write(KERNEL, kernel);
  const noticed = defence.tests.filter((_, i) => verdicts[i]?.failure !== undefined);
  const missed = defence.tests.filter((_, i) => verdicts[i]?.failure === undefined);
  const broken = verdicts.find((verdict) => verdict.broken !== undefined)?.broken;
  const parts = [noticed.length === 0 ? 'NOTICED BY NONE' : `noticed by ${namesOf(noticed)}`];
  if (missed.length > 0) parts.push(`NOT BY ${namesOf(missed)}`);
  if (broken !== undefined) parts.push(`WHICH SHOWS NOTHING: ${broken.split('\n')[0]}`);
  return { proven: missed.length === 0 && broken === undefined, result: parts.join('; ') };
}

let failures = 0;
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;

const tests = [
  ...new Map(defences.flatMap((each) => each.tests).map((test) => [nameOf(test), test])).values(),
];
const verdicts = await run(tests, LONGEST_RUN_OF_ALL, 'A run with everything in place');
for (const [i, test] of tests.entries()) {
  const { count = 0, failure, broken } = verdicts[i] ?? {};
  const reason = broken ?? failure ?? (count === 0 ? 'there is no such test' : undefined);
  if (reason === undefined) continue;
  failures++;
  console.log(`With everything in place, ${nameOf(test)}: ${reason}`);
}
if (failures === 0) {
  console.log(`With everything in place, the ${tests.length} tests named pass (${seconds()}).\n`);
  for (const defence of defences) {
    const { proven, result } = await tryOne(defence);
    if (!proven) failures++;
    console.log(rowOf(defence) + result);
  }
  const verdict = failures === 0 ? 'each was noticed' : `${failures} were NOT noticed as they should be`;
  console.log(
    `\n${defences.length} defences of ${lines.length} lines taken out in ${seconds()}: ${verdict}.`,
  );
}
await vitest.close();
process.exit(failures === 0 ? 0 : 1);
