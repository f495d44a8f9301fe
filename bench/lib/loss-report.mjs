// @ts-check
/** The figures of a run as text for a reader who knows nothing of it, or as JSON. */
import { readFileSync } from 'node:fs';
import { table } from './figures.mjs';
import { LIMIT_MS } from './loss-handshake.mjs';
import { pairOf } from './loss-pairs.mjs';
import { machine } from './machine.mjs';

/** @typedef {import('./loss-handshake.mjs').Outcome} Outcome */
/** @typedef {import('./turns.mjs').Absence} Absence */
/** @typedef {{ key: string, loss: number, outcomes: Outcome[] }} Line one pair at one loss rate */
/** @typedef {{ handshakes: number, parallel: number, pace: number, losses: number[], delay: number, seed: number }} Settings */

/** In ms; a machine that delays datagrams more than this is in the way of the figures. */
const LATE = 10;

/**
 * The smallest value that at least this share of all is not above (nearest rank).
 * @param {readonly number[]} values
 * @param {number} share 0 to 1
 */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** @param {Line} line */
function figuresOf({ key, loss, outcomes }) {
  // What did not complete took longer than all that did.
  const times = outcomes.map(({ milliseconds }) => milliseconds ?? Number.POSITIVE_INFINITY);
  return {
    pair: key,
    loss,
    handshakes: outcomes.length,
    completed: outcomes.filter(({ milliseconds }) => milliseconds !== undefined).length,
    median: percentile(times, 0.5),
    percentile95: percentile(times, 0.95),
    datagrams: outcomes.reduce((sum, { sent }) => sum + sent, 0) / outcomes.length,
  };
}

/** @param {number} milliseconds */
const time = (milliseconds) =>
  Number.isFinite(milliseconds) ? `${milliseconds.toFixed(0)} ms` : 'incomplete';

/** @param {number} ours @param {number} theirs */
const ratio = (ours, theirs) =>
  Number.isFinite(ours) && Number.isFinite(theirs) ? (ours / theirs).toFixed(2) : '–';

/** @param {readonly Line[]} lines of one loss rate */
function lossTable(lines) {
  const figures = lines.map(figuresOf);
  const openssl = figures.find(({ pair }) => pair === 'openssl');
  const heads = ['client to server', 'completed', 'median', '95th percentile', 'datagrams'];
  const rows = figures.map(({ pair, handshakes, completed, median, percentile95, datagrams }) => [
    ...[pairOf(pair).name, `${completed} of ${handshakes}`, time(median), time(percentile95)],
    datagrams.toFixed(1),
    ...(openssl === undefined
      ? []
      : [ratio(median, openssl.median), ratio(percentile95, openssl.percentile95)]),
  ]);
  return table([openssl === undefined ? heads : [...heads, 'median to openssl', '95th to openssl'], ...rows]);
}

/** @param {Settings} settings */
const explanation = ({ handshakes, delay, seed }) => `\
How long a full DTLS 1.2 handshake takes over a bad network: mutual P-256 certificates, cookie, X25519, AES-128-GCM,
use_srtp. Client and server are processes that talk by UDP on loopback through a relay, which delays each datagram and
loses some. Which are lost is decided by a seed, the number of the handshake, the direction, and the number of the
datagram in it: so all stacks lose the same ones. The time is taken at the relay, from the client's first datagram to
the delivery of the server's Finished to the client; the start of processes does not count. What is not complete within
${LIMIT_MS / 1000} s counts as longer than all others. "datagrams" are those that both sides sent in a handshake, lost ones included.

Delay ${delay} ms each way; three round trips, ${6 * delay} ms, are the least. Seed ${seed}. Each line rests on ${handshakes} handshakes, and its
95th percentile on the slowest ${handshakes - Math.ceil(0.95 * handshakes) + 1} of them.`;

/** Whether the machine was in the way. @param {readonly Line[]} lines */
function disturbance(lines) {
  const late = lines.flatMap(({ outcomes }) => outcomes.map((outcome) => outcome.late));
  const [median, most] = [percentile(late, 0.5), percentile(late, 0.95)];
  const said = `The relay sent the latest datagram of a handshake ${median.toFixed(1)} ms too late (median; 95th percentile ${most.toFixed(1)} ms)`;
  return most > LATE ? `${said}: the machine is too busy for figures to rely on.` : `${said}.`;
}

/** Why handshakes did not complete. @param {readonly Line[]} lines */
function failures(lines) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { key, loss, outcomes } of lines) {
    for (const { reason } of outcomes) {
      if (reason === undefined) continue;
      const sentence = `${pairOf(key).name} at ${percent(loss)} loss did not complete: ${reason}`;
      counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
    }
  }
  return [...counts].map(([sentence, count]) => `${count} of ${sentence}`);
}

/** @param {number} share */
const percent = (share) => `${Number((share * 100).toFixed(2))} %`;

const dtlslibVersion = () =>
  `dtlslib ${JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version}`;

/**
 * @param {readonly Line[]} lines
 * @param {readonly Absence[]} absent
 * @param {Settings} settings
 * @param {string | undefined} openssl its version
 */
export function printText(lines, absent, settings, openssl) {
  const { cpu, cores, node, nodeOpenssl } = machine();
  const text = [
    explanation(settings),
    '',
    `Machine: ${cpu}, ${cores} cores; Node ${node} with its own OpenSSL ${nodeOpenssl}`,
    `Stacks: ${[dtlslibVersion(), ...(openssl === undefined ? [] : [openssl])].join(', ')}`,
  ];
  for (const loss of settings.losses) {
    const part = lines.filter((line) => line.loss === loss);
    if (part.length > 0) text.push('', `${percent(loss)} of datagrams lost each way`, lossTable(part));
  }
  if (lines.length > 0) text.push('', disturbance(lines));
  const failed = failures(lines);
  if (failed.length > 0) text.push('', ...failed);
  for (const { key, reason } of absent) text.push('', `Without ${key}: ${reason}`);
  process.stdout.write(`${text.join('\n')}\n`);
}

/** @type {typeof printText} */
export function printJson(lines, absent, settings, openssl) {
  const stacks = { dtlslib: dtlslibVersion(), openssl };
  const figures = lines.map((line) => ({ ...figuresOf(line), outcomes: line.outcomes }));
  process.stdout.write(
    `${JSON.stringify({ machine: machine(), stacks, settings, limitMs: LIMIT_MS, figures, absent }, null, 2)}\n`,
  );
}
