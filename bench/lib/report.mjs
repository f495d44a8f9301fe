// @ts-check
/** The figures of a run as text for a reader who knows nothing of it, or as JSON. */
import { ratioByRound, summary, table } from './figures.mjs';
import { machine } from './machine.mjs';
import { stackOf } from './stacks.mjs';

/** @typedef {import('./contestant.mjs').Contestant} Contestant */
/** @typedef {import('./handshake-rounds.mjs').About} About */
/** @typedef {import('./handshake-rounds.mjs').Round} Round */
/** @typedef {{ key: string, contestant: Contestant, about: About, rounds: Round[], next: number }} Entrant */
/** @typedef {import('./turns.mjs').Absence} Absence */

const EXPLANATION = `Full DTLS 1.2 handshakes a second. One handshake is both sides, client and server, in one thread, datagrams
handed over in memory: ECDHE with X25519, ECDSA P-256 certificates on both sides, AES-128-GCM, use_srtp; each
side checks the other's SHA-256 fingerprint; the SRTP keys are exported on both sides and compared. Making the
certificates is not timed; each is used in one handshake only. Every stack has a process of its own; their
rounds take turns, so that what else the machine does hits all of them.`;

/** @param {Entrant} entrant */
const rates = (entrant) => entrant.rounds.map((round) => round.handshakes / round.seconds);
/** @param {Entrant} entrant */
const cpuCosts = (entrant) => entrant.rounds.map((round) => (round.cpuSeconds / round.handshakes) * 1e6);

/** @param {readonly Entrant[]} entrants */
function ratios(entrants) {
  const ours = entrants.find(({ key }) => key === 'ours');
  if (ours === undefined) return [];
  return entrants
    .filter((entrant) => entrant !== ours)
    .map((other) => ({
      to: other.key,
      target: stackOf(other.key).target ?? 1,
      ...ratioByRound(rates(ours), rates(other)),
    }));
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
export function differences(entrants) {
  return NEGOTIATED.filter((name) => new Set(entrants.map(({ about }) => about[name])).size > 1).map(
    (name) =>
      `${name}: ${entrants.map(({ key, about }) => `${stackOf(key).name} ${about[name]}`).join(', ')}`,
  );
}

/**
 * @param {readonly Entrant[]} entrants
 * @param {readonly Absence[]} absent
 */
export function printText(entrants, absent) {
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
export function printJson(entrants, absent) {
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
