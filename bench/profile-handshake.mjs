// @ts-check
/**
 * Where the time of our own handshakes goes. Runs dtlslib alone and profiles the handshakes, not the making
 * of their certificates; prints the functions that took most time themselves and writes a profile that a
 * browser's developer tools open.
 *
 *   npm run build && node bench/profile-handshake.mjs [--seconds N] [--lines N]
 *   node --cpu-prof bench/profile-handshake.mjs --no-profile     for Node's own profiler; certificates included
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { handshake, makePair } from './lib/dtlslib-pair.mjs';
import { table } from './lib/figures.mjs';

const WARM_UP = 200;
/** Certificates are made for this many handshakes at a time, which bounds memory. */
const BATCH = 1000;
const SAMPLING_INTERVAL_US = 200;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    lines: { type: 'string', default: '40' },
    profile: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** @typedef {import('node:inspector').Profiler.Profile} Profile */

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/**
 * @param {number} count
 * @returns a pool whose making left no garbage for the handshakes to collect
 */
function makePool(count) {
  const pool = Array.from({ length: count }, makePair);
  collectGarbage();
  return pool;
}

/** @param {Profile} profile */
function selfTimes(profile) {
  /** @type {Map<string, number>} */
  const times = new Map();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const frame = nodes.get(id)?.callFrame;
    if (frame === undefined) continue;
    const place =
      frame.url === ''
        ? ''
        : ` ${frame.url.replace(/^.*\/(?=dist|bench|node_modules)/, '')}:${frame.lineNumber + 1}`;
    const name = `${frame.functionName || '(anonymous)'}${place}`;
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

/**
 * @param {Profile[]} profiles
 * @param {number} handshakes
 * @param {number} lines
 */
function printSelfTimes(profiles, handshakes, lines) {
  /** @type {Map<string, number>} */
  const total = new Map();
  for (const profile of profiles) {
    for (const [name, time] of selfTimes(profile)) total.set(name, (total.get(name) ?? 0) + time);
  }
  const all = [...total.values()].reduce((sum, time) => sum + time, 0);
  const rows = [...total]
    .sort(([, a], [, b]) => b - a)
    .slice(0, lines)
    .map(([name, time]) => [name, (time / handshakes).toFixed(1), `${((100 * time) / all).toFixed(1)} %`]);
  process.stdout.write(`\n${table([['function, by its own time', 'µs per handshake', 'share'], ...rows])}\n`);
}

for (const pair of makePool(WARM_UP)) handshake(pair);

const session = new Session();
if (values.profile) {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
}
/** @type {Profile[]} */
const profiles = [];
let handshakes = 0;
let spent = 0;
while (spent < Number(values.seconds) * 1000) {
  const pool = makePool(BATCH);
  if (values.profile) await session.post('Profiler.start');
  const start = performance.now();
  for (const pair of pool) handshake(pair);
  spent += performance.now() - start;
  handshakes += pool.length;
  if (values.profile) profiles.push((await session.post('Profiler.stop')).profile);
}
process.stdout.write(`${handshakes} handshakes, ${((handshakes * 1000) / spent).toFixed(0)} a second\n`);

const last = profiles.at(-1);
if (last !== undefined) {
  printSelfTimes(profiles, handshakes, Number(values.lines));
  mkdirSync(new URL('../.bench/', import.meta.url), { recursive: true });
  const path = fileURLToPath(new URL('../.bench/handshake.cpuprofile', import.meta.url));
  writeFileSync(path, JSON.stringify(last));
  process.stdout.write(`\nThe last ${BATCH} handshakes in full: ${path}\n`);
}
