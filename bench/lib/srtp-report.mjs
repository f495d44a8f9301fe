// @ts-check
/** The figures of SRTP packets as text for a reader who knows nothing of them, or as JSON. */
import { ratioByRound, summary, table } from './figures.mjs';
import { machine } from './machine.mjs';
import { CALL_NAMES, nameOf, targetOf } from './srtp-workloads.mjs';

/** @typedef {import('./turns.mjs').Absence} Absence */
/** @typedef {import('./srtp-workloads.mjs').Line} Line */

/**
 * @typedef {{ seconds: number, cpuSeconds: number }} Time by the clock on the wall; of all the process's threads
 * @typedef {{ packets: number, protect: Time, unprotect: Time }} Round
 * @typedef {Line & { rounds: Round[] }} Measured
 * @typedef {{ profile: string, payload: string, lines: readonly Measured[] }} Workload
 * @typedef {'protect' | 'unprotect'} Direction
 */

const DIRECTIONS = /** @type {const} */ (['protect', 'unprotect']);

const EXPLANATION = `SRTP packets a second, in one thread: 12 bytes of RTP header and the payload, protected by a sender and
unprotected by a receiver with its replay check. A second is one of the processor's time, that of all the process's
threads together: what other programs take does not count. What the clock on the wall says stands beside it.

Each tick is 256 packets, or one of each stream where there are more. Building them is not timed, nor is the
comparison of every packet that came out with what went in. All stacks are given the same packets and keys, and were
seen to make the same bytes of them. libsrtp works in place; dtlslib does where the line says so. Batches are of 64
packets, or of one from each of 1,000 SSRCs. 1,000 sessions have a key each, and a packet each per tick, as in a
forwarding server. Every stack has a process of its own; the rounds of the lines of one kind of traffic take turns.`;

/** By the processor's time: a program that has the processor meanwhile does not count. @param {Measured} line @param {Direction} direction */
const rates = ({ rounds }, direction) => rounds.map((round) => round.packets / round[direction].cpuSeconds);

/** @param {Measured} line @param {Direction} direction */
const clockRates = ({ rounds }, direction) => rounds.map((round) => round.packets / round[direction].seconds);

/** @param {Line} line */
const labelOf = ({ key, call, traffic }) =>
  `${nameOf(key)}${key === 'ours' ? ` ${CALL_NAMES[call]}` : ''}, ${traffic.name}`;

/**
 * Each of our lines beside the other stacks with the same traffic.
 * @param {Workload} workload
 */
function ratiosOf({ profile, payload, lines }) {
  return lines
    .filter(({ key }) => key === 'ours')
    .flatMap((ours) =>
      lines
        .filter(({ key, traffic }) => key !== 'ours' && traffic === ours.traffic)
        .map((other) => {
          const target = targetOf(profile, payload, ours.traffic, other.key);
          const [protect, unprotect] = DIRECTIONS.map((direction) => {
            const ratio = ratioByRound(rates(ours, direction), rates(other, direction));
            return { ...ratio, ...(target !== undefined && { reached: ratio.median >= target }) };
          });
          return { ours, other, target, protect, unprotect };
        }),
    );
}

/** @param {{ lowest: number, highest: number }} summary @param {(value: number) => string} form */
const spread = ({ lowest, highest }, form) => `${form(lowest)} to ${form(highest)}`;

/** @param {number} rate */
const thousands = (rate) => (rate / 1000).toFixed(rate < 100_000 ? 1 : 0);

/** @param {readonly Measured[]} lines */
function rateTable(lines) {
  const rows = lines.map((line) => [
    labelOf(line),
    ...DIRECTIONS.flatMap((direction) => {
      const rate = summary(rates(line, direction));
      const byClock = summary(clockRates(line, direction)).median;
      return [thousands(rate.median), spread(rate, thousands), thousands(byClock)];
    }),
  ]);
  const columns = DIRECTIONS.flatMap((direction) => [direction, 'low to high', 'by clock']);
  return table([['thousand packets/s', ...columns], ...rows]);
}

/** @param {Workload} workload */
function ratioTable(workload) {
  const ratios = ratiosOf(workload);
  const verdict = (/** @type {boolean | undefined} */ reached) =>
    reached === undefined ? '' : reached ? 'reached' : 'missed';
  const rows = ratios.map(({ ours, other, target, ...directions }) => [
    `${CALL_NAMES[ours.call]}, ${ours.traffic.name}, to ${nameOf(other.key)}`,
    ...DIRECTIONS.flatMap((direction) => {
      const ratio = directions[direction];
      if (ratio === undefined) return ['', '', ''];
      return [
        ratio.median.toFixed(2),
        spread(ratio, (value) => value.toFixed(2)),
        verdict('reached' in ratio ? ratio.reached : undefined),
      ];
    }),
    target === undefined ? '' : `at least ${target.toFixed(1)}`,
  ]);
  if (rows.length === 0) return undefined;
  const columns = DIRECTIONS.flatMap((direction) => [direction, 'low to high', '']);
  return table([['ratio, round by round', ...columns, 'target'], ...rows]);
}

/** @param {readonly string[]} versions */
export function printHead(versions) {
  const { cpu, cores, node, nodeOpenssl } = machine();
  const where = `Machine: ${cpu}, ${cores} cores; Node ${node} with its own OpenSSL ${nodeOpenssl}`;
  process.stdout.write(`${EXPLANATION}\n\n${where}\n${versions.join(', ')}\n`);
}

/** @param {Workload} workload */
export function printWorkload(workload) {
  const tables = [rateTable(workload.lines), ratioTable(workload)].filter((text) => text !== undefined);
  process.stdout.write(
    `\n${workload.profile}, ${workload.payload} bytes of payload\n\n${tables.join('\n\n')}\n`,
  );
}

/**
 * @param {readonly Workload[]} workloads
 * @param {readonly Absence[]} absent
 */
export function printEnd(workloads, absent) {
  const verdicts = workloads
    .flatMap(ratiosOf)
    .filter(({ target }) => target !== undefined)
    .flatMap(({ protect, unprotect }) => [protect, unprotect])
    .map((ratio) => ratio !== undefined && 'reached' in ratio && ratio.reached === true);
  const lines = absent.map(({ key, reason }) => `\nWithout ${nameOf(key)}: ${reason}\n`);
  if (verdicts.length > 0) {
    const reached = verdicts.filter(Boolean).length;
    lines.unshift(`\nTargets reached: ${reached} of ${verdicts.length}\n`);
  }
  process.stdout.write(lines.join(''));
}

/**
 * @param {readonly string[]} versions
 * @param {readonly Workload[]} workloads
 * @param {readonly Absence[]} absent
 */
export function printJson(versions, workloads, absent) {
  const figures = workloads.map((workload) => ({
    profile: workload.profile,
    payload: Number(workload.payload),
    lines: workload.lines.map((line) => ({
      stack: line.key,
      call: line.call,
      traffic: line.traffic.name,
      packetsPerSecond: {
        protect: summary(rates(line, 'protect')),
        unprotect: summary(rates(line, 'unprotect')),
      },
      packetsPerSecondByClock: {
        protect: summary(clockRates(line, 'protect')),
        unprotect: summary(clockRates(line, 'unprotect')),
      },
      rounds: line.rounds,
    })),
    ratios: ratiosOf(workload).map(({ ours, other, ...rest }) => ({
      call: ours.call,
      traffic: ours.traffic.name,
      to: other.key,
      ...rest,
    })),
  }));
  process.stdout.write(
    `${JSON.stringify({ machine: machine(), versions, workloads: figures, absent }, null, 2)}\n`,
  );
}
