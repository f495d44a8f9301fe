// @ts-check
/**
 * Full DTLS-SRTP handshakes a second: dtlslib beside libssl and werift, in one run, as ratios.
 * `node bench/handshake.mjs --help` says how to call it, docs/performance.md what was found.
 */
import { parseArgs } from 'node:util';
import { summary, table } from './lib/figures.mjs';
import { machine } from './lib/machine.mjs';
import { STACKS } from './lib/stacks.mjs';

const HELP = `Usage: npm run bench:handshake -- [options]

  --seconds N   length of a round, about (default 2)
  --rounds N    rounds of each stack (default 5)
  --only LIST   of ours, openssl, werift; separated by commas (default all)
  --json        the figures as JSON
  --help        this text`;

const EXPLANATION = `Full DTLS 1.2 handshakes a second. One handshake is both sides, client and server, in one thread, datagrams
handed over in memory: ECDHE with X25519, ECDSA P-256 certificates on both sides, AES-128-GCM, use_srtp; each
side checks the other's SHA-256 fingerprint; the SRTP keys are exported on both sides and compared. Making the
certificates is not timed; each is used in one handshake only. Every stack has a process of its own; their
rounds take turns, so that what else the machine does hits all of them.`;

/** The most handshakes in a round, which bounds memory: two certificates each. */
const MAXIMUM_HANDSHAKES = 40_000;

/** @typedef {import('./lib/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./lib/contestant.mjs').About} About */
/** @typedef {import('./lib/contestant.mjs').Round} Round */
/** @typedef {{ key: string, contestant: Contestant, about: About, rounds: Round[], next: number, failure?: string }} Entrant */
/** @typedef {{ key: string, reason: string }} Absence */

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} sentence */
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

/** @param {string} key */
const stackOf = (key) => /** @type {import('./lib/stacks.mjs').Stack} */ (STACKS[key]);

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

/** @param {Entrant} entrant */
const rates = (entrant) => entrant.rounds.map((round) => round.handshakes / round.seconds);
/** @param {Entrant} entrant */
const cpuCosts = (entrant) => entrant.rounds.map((round) => (round.cpuSeconds / round.handshakes) * 1e6);

/**
 * Our rate as a multiple of another's, round by round.
 * @param {Entrant} ours
 * @param {Entrant} other
 */
function ratio(ours, other) {
  const theirs = rates(other);
  return summary(rates(ours).map((rate, i) => rate / (theirs[i] ?? Number.NaN)));
}

/** @param {readonly Entrant[]} entrants */
function ratios(entrants) {
  const ours = entrants.find(({ key }) => key === 'ours');
  if (ours === undefined) return [];
  return entrants
    .filter((entrant) => entrant !== ours)
    .map((other) => ({ to: other.key, target: stackOf(other.key).target ?? 1, ...ratio(ours, other) }));
}

/** @param {number} n */
const whole = (n) => n.toFixed(0);

/** @param {readonly Entrant[]} entrants */
function rateTable(entrants) {
  const rows = entrants.map((entrant) => {
    const { median, lowest, highest } = summary(rates(entrant));
    const cost = whole(summary(cpuCosts(entrant)).median);
    const count = entrant.rounds.reduce((total, round) => total + round.handshakes, 0);
    return [
      entrant.about.version,
      whole(median),
      `${whole(lowest)} to ${whole(highest)}`,
      cost,
      whole(count),
    ];
  });
  return table([
    ['stack', 'handshakes/s (median)', 'lowest to highest', 'CPU µs each', 'handshakes'],
    ...rows,
  ]);
}

/** @param {readonly Entrant[]} entrants */
function ratioTable(entrants) {
  const rows = ratios(entrants).map(({ to, target, median, lowest, highest }) => [
    `dtlslib to ${stackOf(to).name}`,
    median.toFixed(2),
    `${lowest.toFixed(2)} to ${highest.toFixed(2)}`,
    `at least ${target.toFixed(1)}`,
    median >= target ? 'reached' : 'missed',
  ]);
  return rows.length === 0
    ? ''
    : table([['ratio, round by round', 'median', 'lowest to highest', 'target', ''], ...rows]);
}

const NEGOTIATED = /** @type {const} */ ([
  'protocol',
  'cipherSuite',
  'group',
  'srtpProfile',
  'extendedMasterSecret',
]);

/**
 * Figures for different work must not stand side by side.
 * @param {readonly Entrant[]} entrants
 */
function differences(entrants) {
  return NEGOTIATED.filter((name) => new Set(entrants.map(({ about }) => about[name])).size > 1).map(
    (name) =>
      `${name}: ${entrants.map(({ key, about }) => `${stackOf(key).name} ${about[name]}`).join(', ')}`,
  );
}

/**
 * @param {readonly Entrant[]} entrants
 * @param {readonly Absence[]} absent
 */
function print(entrants, absent) {
  const { cpu, cores, node, nodeOpenssl } = machine();
  const first = entrants[0]?.about;
  const lines = [
    EXPLANATION,
    '',
    `Machine: ${cpu}, ${cores} cores; Node ${node} with its own OpenSSL ${nodeOpenssl}`,
  ];
  if (first !== undefined) {
    lines.push(
      `Negotiated by all: ${first.protocol}, ${first.cipherSuite}, ${first.group}, ${first.srtpProfile}`,
    );
  }
  if (entrants.length > 0) lines.push('', rateTable(entrants));
  if (ratios(entrants).length > 0) lines.push('', ratioTable(entrants));
  for (const { key, reason } of absent) lines.push('', `Without ${stackOf(key).name}: ${reason}`);
  process.stdout.write(`${lines.join('\n').trimEnd()}\n`);
}

/**
 * @param {readonly Entrant[]} entrants
 * @param {readonly Absence[]} absent
 */
function printJson(entrants, absent) {
  const stacks = entrants.map((entrant) => ({
    stack: entrant.key,
    ...entrant.about,
    handshakesPerSecond: summary(rates(entrant)),
    cpuMicroseconds: summary(cpuCosts(entrant)),
    rounds: entrant.rounds,
  }));
  process.stdout.write(
    `${JSON.stringify({ machine: machine(), stacks, ratios: ratios(entrants), absent }, null, 2)}\n`,
  );
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
  else print(entrants, absent);
  // A missing peer is said and no more; without our own figure the run was for nothing.
  if (entrants.length === 0 || absent.some(({ key }) => key === 'ours')) process.exitCode = 1;
}

await main();
