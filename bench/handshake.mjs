// @ts-check
/**
 * Full DTLS-SRTP handshakes a second: dtlslib beside libssl and werift, in one run, as ratios.
 * `node bench/handshake.mjs --help` says how to call it, docs/performance.md what was found.
 */
import { parseArgs } from 'node:util';
import { differences, printJson, printText } from './lib/report.mjs';
import { STACKS, stackOf } from './lib/stacks.mjs';

const HELP = `Usage: npm run bench:handshake -- [options]

  --seconds N   length of a round, about (default 2)
  --rounds N    rounds of each stack (default 5)
  --only LIST   of ours, openssl, werift; separated by commas (default all)
  --json        the figures as JSON
  --help        this text`;

/** The most handshakes in a round, which bounds memory: two certificates each. */
const MAXIMUM_HANDSHAKES = 40_000;

/** @typedef {import('./lib/contestant.mjs').Round} Round */
/** @typedef {import('./lib/report.mjs').Entrant} Entrant */
/** @typedef {import('./lib/report.mjs').Absence} Absence */

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  process.stderr.write(`bench:handshake: ${sentence}\n`);
  process.exit(1);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} most
 */
function positive(name, text, most) {
  const value = Number(text);
  if (!(value > 0 && value <= most))
    refuse(`--${name} takes a number above 0 and up to ${most}, not "${text}"`);
  return value;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '2' },
        rounds: { type: 'string', default: '5' },
        only: { type: 'string', default: Object.keys(STACKS).join(',') },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const only = values.only.split(',');
    for (const key of only) {
      if (!Object.hasOwn(STACKS, key)) refuse(`--only takes ${Object.keys(STACKS).join(', ')}, not "${key}"`);
    }
    return {
      seconds: positive('seconds', values.seconds, 30),
      rounds: Math.ceil(positive('rounds', values.rounds, 100)),
      only: Object.keys(STACKS).filter((key) => only.includes(key)),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    return refuse(reasonOf(error));
  }
}

/**
 * How many handshakes fill a round, by the rate just seen.
 * @param {Round} seen
 * @param {number} seconds
 */
const fill = (seen, seconds) =>
  Math.min(MAXIMUM_HANDSHAKES, Math.max(10, Math.round((seen.handshakes / seen.seconds) * seconds)));

/**
 * @param {string} key
 * @param {number} seconds
 * @returns {Promise<Entrant>}
 */
async function enter(key, seconds) {
  const { start, warmUp } = stackOf(key);
  const contestant = start();
  try {
    const about = await contestant.about();
    await contestant.round(warmUp);
    // A second round to learn the rate from: the first ran code not yet compiled.
    const seen = await contestant.round(warmUp);
    return { key, contestant, about, rounds: [], next: fill(seen, seconds) };
  } catch (error) {
    contestant.end();
    throw error;
  }
}

/**
 * @param {Entrant} entrant
 * @param {number} seconds
 */
async function play(entrant, seconds) {
  try {
    const round = await entrant.contestant.round(entrant.next);
    entrant.rounds.push(round);
    entrant.next = fill(round, seconds);
  } catch (error) {
    entrant.failure = reasonOf(error);
  }
}

/**
 * Takes out those that failed: half of their rounds would compare with nothing.
 * @param {Entrant[]} entrants
 * @param {Absence[]} absent
 */
function drop(entrants, absent) {
  for (const entrant of entrants.filter(({ failure }) => failure !== undefined)) {
    entrants.splice(entrants.indexOf(entrant), 1);
    absent.push({ key: entrant.key, reason: entrant.failure ?? '' });
    entrant.contestant.end();
  }
}

async function main() {
  const options = readArguments();
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  /** @type {Entrant[]} */
  const entrants = [];
  /** @type {Absence[]} */
  const absent = [];
  const progress = (/** @type {string} */ text) =>
    process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
  try {
    for (const key of options.only) {
      progress(`warming up ${stackOf(key).name}`);
      try {
        entrants.push(await enter(key, options.seconds));
      } catch (error) {
        absent.push({ key, reason: reasonOf(error) });
      }
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const entrant of entrants) {
        progress(`round ${round + 1} of ${options.rounds}: ${stackOf(entrant.key).name}`);
        await play(entrant, options.seconds);
      }
      drop(entrants, absent);
    }
  } finally {
    progress('');
    for (const { contestant } of entrants) contestant.end();
  }
  const different = differences(entrants);
  if (different.length > 0) refuse(`the stacks negotiated different things: ${different.join('; ')}`);
  if (options.json) printJson(entrants, absent);
  else printText(entrants, absent);
  // A missing peer is said and no more, but in CI, where it would look like a pass. Without our own figure the run
  // was for nothing.
  const needed = process.env['CI'] === 'true' ? absent : absent.filter(({ key }) => key === 'ours');
  if (entrants.length === 0 || needed.length > 0) process.exitCode = 1;
}

await main();
