import { Handshake, type Shape, type Side } from './handshake.ts';
import { type LinkConditions, seedOf } from './link.ts';

export interface Terms {
  /** Of each shape, at each loss. */
  readonly handshakes: number;
  /** Per cent in each direction. */
  readonly losses: readonly number[];
  /** ms. */
  readonly rtt: number;
  readonly seed: number;
}

export interface Distribution {
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
}

/** One side of one shape at one loss. */
export interface Row {
  readonly loss: number;
  readonly side: Side;
  readonly completed: number;
  readonly of: number;
  /** ms from the client's first hello, of those that completed; undefined when none did. */
  readonly times: Distribution | undefined;
}

/** What else befalls datagrams, whatever the loss. */
export const DUPLICATION = 0.05;
export const REORDERING = 0.1;

export function conditionsOf(loss: number, rtt: number): Partial<LinkConditions> {
  return {
    loss: loss / 100,
    delay: rtt / 2,
    duplication: DUPLICATION,
    reordering: REORDERING,
    jitter: rtt / 2,
  };
}

/** Round trips from the first hello until a side is connected, when nothing is lost or late. */
export function leastRoundTrips({ cookie }: Shape, side: Side): number {
  return (cookie === 'none' ? 2 : 3) - (side === 'server' ? 0.5 : 0);
}

/** Both sides, measured in the same handshakes. */
export function measure(shape: Shape, loss: number, { handshakes, rtt, seed }: Terms): readonly [Row, Row] {
  const times: Record<Side, number[]> = { client: [], server: [] };
  for (let i = 0; i < handshakes; i++) {
    const handshake = new Handshake(shape, {
      seed: seedOf(seed, `${JSON.stringify(shape)} ${loss} ${i}`),
      conditions: conditionsOf(loss, rtt),
    }).run();
    for (const side of ['client', 'server'] as const) {
      const at = handshake[side].connectedAt;
      if (at !== undefined) times[side].push(at);
    }
  }
  const row = (side: Side): Row => ({
    loss,
    side,
    completed: times[side].length,
    of: handshakes,
    times: distributionOf(times[side]),
  });
  return [row('client'), row('server')];
}

/** By nearest rank: of 100 values the 95th percentile is the 95th smallest. */
export function distributionOf(values: readonly number[]): Distribution | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const worst = sorted.at(-1);
  if (worst === undefined) return undefined;
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? worst;
  return { median: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), worst };
}

const COLUMNS = ['median', '90 %', '95 %', '99 %', 'worst'];

/** The rows of one shape, as a table for somebody who has not seen one before. */
export function formatRows(rows: readonly Row[], rtt: number): string {
  const cells = rows.map(({ loss, side, completed, of, times }) => {
    const values = times === undefined ? [] : [times.median, times.p90, times.p95, times.p99, times.worst];
    return [
      `${loss} %`,
      side,
      `${completed} of ${of}`,
      ...COLUMNS.map((_, i) => values[i]?.toFixed(0) ?? '-'),
      ...COLUMNS.map((_, i) => {
        const value = values[i];
        return value === undefined ? '-' : (value / rtt).toFixed(1);
      }),
    ];
  });
  const heads = ['lost', 'side', 'completed', ...COLUMNS, ...COLUMNS];
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => `${i === 8 ? '   ' : '  '}${cell.padStart(widths[i] ?? 0)}`).join('');
  const span = (from: number, to: number): number =>
    widths.slice(from, to).reduce((sum, width) => sum + width + 2, 0);
  const over = `${' '.repeat(span(0, 3))}${'  ms'.padEnd(span(3, 8))}   round trips`;
  return [over, line(heads), ...cells.map(line)].join('\n');
}
