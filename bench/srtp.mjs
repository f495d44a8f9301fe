// @ts-check
/**
 * SRTP packets a second: dtlslib beside libsrtp and werift, in one run, as ratios.
 * `node bench/srtp.mjs --help` says how to call it, docs/performance.md what was found.
 */
import { parseArgs } from 'node:util';
import { commandLine, progress, reasonOf } from './lib/command-line.mjs';
import { printEnd, printHead, printJson, printWorkload } from './lib/srtp-report.mjs';
import { linesOf, nameOf, PAYLOADS, PROFILES, SRTP_STACKS, trafficsWith } from './lib/srtp-workloads.mjs';
import { failIfNeeded, takeTurns } from './lib/turns.mjs';

const STACKS = Object.keys(SRTP_STACKS);

const HELP = `Usage: npm run bench:srtp -- [options]

  --seconds N       length of a round of one line, about (default 0.2)
  --rounds N        rounds of each line (default 5)
  --only LIST       of ${STACKS.join(', ')}; separated by commas (default all)
  --profiles LIST   of ${PROFILES.join(',\n                    ')} (default all)
  --payloads LIST   bytes; of ${PAYLOADS.join(', ')} (default all)
  --json            the figures as JSON
  --help            this text`;

/** Rounds that do not count: the first run code not yet compiled. */
const WARM_UP = 2;

/** @typedef {import('./lib/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./lib/srtp-report.mjs').Measured} Measured */
/** @typedef {import('./lib/srtp-report.mjs').Workload} Workload */
/** @typedef {import('./lib/turns.mjs').Absence} Absence */
/** @typedef {{ version: string, profiles: string[] }} About */
/** @typedef {import('./lib/srtp-workloads.mjs').Traffic} Traffic */
/** @typedef {Measured & { sum: number }} Entrant `sum`: over its first protected bytes */

const { refuse, positive, listOf } = commandLine('bench:srtp');

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '0.2' },
        rounds: { type: 'string', default: '5' },
        only: { type: 'string', default: STACKS.join(',') },
        profiles: { type: 'string', default: PROFILES.join(',') },
        payloads: { type: 'string', default: PAYLOADS.join(',') },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      seconds: positive('seconds', values.seconds, 30),
      rounds: Math.ceil(positive('rounds', values.rounds, 100)),
      only: listOf('only', values.only, STACKS),
      profiles: listOf('profiles', values.profiles, PROFILES),
      payloads: listOf('payloads', values.payloads, PAYLOADS),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    return refuse(reasonOf(error));
  }
}

/** @param {string} key */
function start(key) {
  const stack = SRTP_STACKS[key];
  if (stack === undefined) throw new Error(`${key} is not a stack`);
  return stack.start();
}

/**
 * Which stacks are there.
 * @param {readonly string[]} keys
 * @param {Absence[]} absent
 */
async function gather(keys, absent) {
  /** @type {Map<string, About>} */
  const abouts = new Map();
  for (const key of keys) {
    /** @type {Contestant | undefined} */
    let contestant;
    try {
      contestant = start(key);
      abouts.set(key, await contestant.ask('about'));
    } catch (error) {
      absent.push({ key, reason: reasonOf(error) });
    } finally {
      contestant?.end();
    }
  }
  return abouts;
}

/**
 * One kind of traffic, each stack in a new process: a thousand sessions would slow down what else it does.
 * @param {string} profile
 * @param {string} payload
 * @param {Traffic} traffic
 * @param {readonly string[]} keys of the stacks
 * @param {{ seconds: number, rounds: number }} options
 */
async function measure(profile, payload, traffic, keys, { seconds, rounds }) {
  const title = `${profile}, ${payload} bytes, ${traffic.name}`;
  const contestants = new Map(keys.map((key) => [key, start(key)]));
  /** @type {Entrant[]} */
  const entrants = linesOf(keys, traffic).map((line) => ({ ...line, sum: 0, rounds: [] }));
  try {
    const turns = await takeTurns(entrants, 1 + WARM_UP + rounds, async (entrant, turn) => {
      const { key, call } = entrant;
      const ask = (/** @type {string} */ line) => contestants.get(key)?.ask(line);
      const round = turn - WARM_UP;
      progress(`${title}: ${round > 0 ? `round ${round} of ${rounds}` : `warming up ${nameOf(key)}`}`);
      if (turn === 0) {
        const answer = await ask(`open ${call} ${profile} ${payload} ${traffic.sessions} ${traffic.ssrcs}`);
        entrant.sum = answer.sum;
        return;
      }
      const played = await ask(`run ${call} ${seconds}`);
      if (round > 0) entrant.rounds.push(played);
    });
    // Figures for different work must not stand side by side.
    const [first, ...others] = turns.finished;
    const different = others.find(({ sum }) => sum !== first?.sum);
    if (first !== undefined && different !== undefined) {
      refuse(`${nameOf(first.key)} and ${nameOf(different.key)} made different bytes of ${title}`);
    }
    const absent = turns.failed.map(({ key, reason }) => ({ key, reason: `${title}: ${reason}` }));
    return { lines: turns.finished, absent };
  } finally {
    progress('');
    for (const contestant of contestants.values()) contestant.end();
  }
}

/**
 * One profile with one size of payload.
 * @param {string} profile
 * @param {string} payload
 * @param {readonly string[]} keys of the stacks
 * @param {{ seconds: number, rounds: number }} options
 * @param {Absence[]} absent
 * @returns {Promise<Workload>}
 */
async function measureAll(profile, payload, keys, options, absent) {
  /** @type {Measured[]} */
  const lines = [];
  for (const traffic of trafficsWith(payload)) {
    const measured = await measure(profile, payload, traffic, keys, options);
    lines.push(...measured.lines);
    absent.push(...measured.absent);
  }
  return { profile, payload, lines };
}

async function main() {
  const options = readArguments();
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  /** @type {Absence[]} */
  const absent = [];
  const abouts = await gather(options.only, absent);
  const versions = [...abouts.values()].map(({ version }) => version);
  if (!options.json) printHead(versions);
  /** @type {Workload[]} */
  const workloads = [];
  for (const profile of options.profiles) {
    const keys = [...abouts].filter(([, { profiles }]) => profiles.includes(profile)).map(([key]) => key);
    for (const payload of options.payloads) {
      if (keys.length === 0) continue;
      const workload = await measureAll(profile, payload, keys, options, absent);
      workloads.push(workload);
      if (!options.json) printWorkload(workload);
    }
  }
  if (options.json) printJson(versions, workloads, absent);
  else printEnd(workloads, absent);
  failIfNeeded(
    workloads.flatMap(({ lines }) => lines),
    absent,
  );
}

await main();
