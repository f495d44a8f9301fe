// @ts-check
/**
 * How long handshakes take over a bad network: dtlslib beside the `openssl` command, in one run, as ratios.
 * `node bench/loss.mjs --help` says how to call it, docs/performance.md what was found.
 */
import { parseArgs } from 'node:util';
import { commandLine, progress, reasonOf } from './lib/command-line.mjs';
import { playHandshake } from './lib/loss-handshake.mjs';
import { makeIdentities } from './lib/loss-identities.mjs';
import { opensslVersion } from './lib/loss-openssl.mjs';
import { needsOpenssl, PAIRS, startSides } from './lib/loss-pairs.mjs';
import { inParallel } from './lib/loss-parallel.mjs';
import { printJson, printText } from './lib/loss-report.mjs';
import { failIfNeeded } from './lib/turns.mjs';

const HELP = `Usage: npm run bench:loss -- [options]

  --handshakes N  of each line of the tables (default 200); 4 is a quick look
  --parallel N    handshakes at a time, at most (default 60)
  --pace N        ms from the start of one to that of the next, at least (default 60)
  --loss LIST     percent of datagrams lost each way; separated by commas (default 5,20)
  --delay N       of each datagram, in ms (default 25)
  --seed N        another seed loses other datagrams (default 1)
  --only LIST     of ${Object.keys(PAIRS).join(', ')};
                  separated by commas, client before server (default all)
  --json          the figures as JSON
  --help          this text`;

/** @typedef {import('./lib/loss-report.mjs').Line} Line */
/** @typedef {import('./lib/loss-report.mjs').Settings} Settings */
/** @typedef {import('./lib/turns.mjs').Absence} Absence */

const { refuse, positive, listOf } = commandLine('bench:loss');

/** @param {string} option @param {string} text @param {number} most */
function whole(option, text, most) {
  const value = positive(option, text, most);
  return Number.isInteger(value) ? value : refuse(`--${option} takes a whole number, not "${text}"`);
}

/** @param {string} text */
function readLosses(text) {
  const losses = text.split(',').map((word) => {
    const value = word === '' ? Number.NaN : Number(word);
    if (!(value >= 0 && value <= 50)) refuse(`--loss takes percentages from 0 to 50, not "${word}"`);
    return value / 100;
  });
  return [...new Set(losses)];
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        handshakes: { type: 'string', default: '200' },
        parallel: { type: 'string', default: '60' },
        pace: { type: 'string', default: '60' },
        loss: { type: 'string', default: '5,20' },
        delay: { type: 'string', default: '25' },
        seed: { type: 'string', default: '1' },
        only: { type: 'string', default: Object.keys(PAIRS).join(',') },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      handshakes: whole('handshakes', values.handshakes, 10_000),
      parallel: whole('parallel', values.parallel, 200),
      pace: whole('pace', values.pace, 60_000),
      losses: readLosses(values.loss),
      delay: positive('delay', values.delay, 1000),
      seed: whole('seed', values.seed, 2 ** 32),
      only: listOf('only', values.only, Object.keys(PAIRS)),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    return refuse(reasonOf(error));
  }
}

/**
 * Which pairs can be played here.
 * @param {readonly string[]} keys
 * @param {Absence[]} absent
 */
function gather(keys, absent) {
  if (!keys.some(needsOpenssl)) return { keys, openssl: undefined };
  try {
    return { keys, openssl: opensslVersion() };
  } catch (error) {
    absent.push({ key: 'openssl', reason: reasonOf(error) });
    return { keys: keys.filter((key) => !needsOpenssl(key)), openssl: undefined };
  }
}

/**
 * Pairs take turns, so that what else the machine does hits all of them. The worst network begins, for its handshakes
 * take longest.
 * @param {readonly Line[]} lines
 * @param {number} handshakes
 */
function tasksOf(lines, handshakes) {
  const losses = [...new Set(lines.map(({ loss }) => loss))].sort((a, b) => b - a);
  const numbers = Array.from({ length: handshakes }, (_, handshake) => handshake);
  return losses.flatMap((loss) => {
    const part = lines.filter((line) => line.loss === loss);
    return numbers.flatMap((handshake) => part.map((line) => ({ line, handshake })));
  });
}

/**
 * Many are under way at a time, for a handshake waits most of its time.
 * @param {readonly string[]} keys of the pairs
 * @param {Settings} settings
 * @param {Absence[]} absent
 */
async function playAll(keys, { handshakes, parallel, pace, losses, delay, seed }, absent) {
  const sides = startSides(makeIdentities());
  /** @type {Line[]} */
  const lines = losses.flatMap((loss) => keys.map((key) => ({ key, loss, outcomes: [] })));
  const tasks = tasksOf(lines, handshakes);
  const failed = new Set();
  try {
    await sides.warmUp();
    await inParallel(tasks, parallel, pace, async ({ line, handshake }, done) => {
      progress(`${done} of ${tasks.length} handshakes`);
      if (failed.has(line.key)) return;
      try {
        line.outcomes.push(
          await playHandshake(sides.of(line.key), { loss: line.loss, delay, seed }, handshake),
        );
      } catch (error) {
        if (!failed.has(line.key)) absent.push({ key: line.key, reason: reasonOf(error) });
        failed.add(line.key);
      }
    });
  } catch (error) {
    refuse(reasonOf(error));
  } finally {
    progress('');
    await sides.end();
  }
  return lines.filter(({ key }) => !failed.has(key));
}

/** Figures for different work must not stand side by side. @param {readonly Line[]} lines */
function refuseDifferences(lines) {
  const without = lines.find(({ outcomes }) =>
    outcomes.some(({ milliseconds, cookie }) => milliseconds !== undefined && !cookie),
  );
  if (without !== undefined) refuse(`${without.key}: the server asked for no cookie, and the others did`);
}

async function main() {
  const { json, help, only, ...settings } = readArguments();
  if (help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  /** @type {Absence[]} */
  const absent = [];
  const { keys, openssl } = gather(only, absent);
  const lines = await playAll(keys, settings, absent);
  refuseDifferences(lines);
  (json ? printJson : printText)(lines, absent, settings, openssl);
  const complete = lines.filter(({ outcomes }) =>
    outcomes.some(({ milliseconds }) => milliseconds !== undefined),
  );
  // That not one completes is no matter of the network.
  const never = keys.filter(
    (key) => lines.some((line) => line.key === key) && !complete.some((line) => line.key === key),
  );
  failIfNeeded(complete, [...absent, ...never.map((key) => ({ key, reason: 'none completed' }))]);
}

await main();
