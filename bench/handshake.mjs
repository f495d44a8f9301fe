// @ts-check
/**
 * Full DTLS-SRTP handshakes a second: dtlslib beside libssl and werift, in one run, as ratios.
 * `node bench/handshake.mjs --help` says how to call it, docs/performance.md what was found.
 */
import { parseArgs } from 'node:util';
import { commandLine, progress, reasonOf } from './lib/command-line.mjs';
import { playRound } from './lib/handshake-rounds.mjs';
import { differences, printJson, printText } from './lib/report.mjs';
import { STACKS, stackOf } from './lib/stacks.mjs';
import { failIfNeeded, takeTurns } from './lib/turns.mjs';

const HELP = `Usage: npm run bench:handshake -- [options]

  --seconds N   length of a round, about (default 2)
  --rounds N    rounds of each stack (default 5)
  --only LIST   of ours, openssl, werift; separated by commas (default all)
  --json        the figures as JSON
  --help        this text`;

/** The most handshakes in a round, which bounds memory: two certificates each. */
const MAXIMUM_HANDSHAKES = 40_000;

/** @typedef {import('./lib/handshake-rounds.mjs').Round} Round */
/** @typedef {import('./lib/report.mjs').Entrant} Entrant */
/** @typedef {import('./lib/turns.mjs').Absence} Absence */

const { refuse, positive, listOf } = commandLine('bench:handshake');

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
    return {
      seconds: positive('seconds', values.seconds, 30),
      rounds: Math.ceil(positive('rounds', values.rounds, 100)),
      only: listOf('only', values.only, Object.keys(STACKS)),
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
    const about = await contestant.ask('about');
    await playRound(contestant, warmUp);
    // A second round to learn the rate from: the first ran code not yet compiled.
    const seen = await playRound(contestant, warmUp);
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
  const round = await playRound(entrant.contestant, entrant.next);
  entrant.rounds.push(round);
  entrant.next = fill(round, seconds);
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
  /** @type {readonly Entrant[]} */
  let finished = [];
  try {
    for (const key of options.only) {
      progress(`warming up ${stackOf(key).name}`);
      try {
        entrants.push(await enter(key, options.seconds));
      } catch (error) {
        absent.push({ key, reason: reasonOf(error) });
      }
    }
    const turns = await takeTurns(entrants, options.rounds, (entrant, round) => {
      progress(`round ${round + 1} of ${options.rounds}: ${stackOf(entrant.key).name}`);
      return play(entrant, options.seconds);
    });
    finished = turns.finished;
    absent.push(...turns.failed);
  } finally {
    progress('');
    for (const { contestant } of entrants) contestant.end();
  }
  const different = differences(finished);
  if (different.length > 0) refuse(`the stacks negotiated different things: ${different.join('; ')}`);
  if (options.json) printJson(finished, absent);
  else printText(finished, absent);
  failIfNeeded(finished, absent);
}

await main();
