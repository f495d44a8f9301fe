import { type Activity, bytesPerHandshake, type Reading } from './readings.ts';

/** Bytes that a handshake may leave behind, as far as it can be measured. */
export const TOLERANCE = 10;

/**
 * By so many bytes the heap varies of itself, from one reading to another: V8 compiles functions anew when it knows
 * more of how they are called. It takes 50,000 handshakes for the tolerance to be more than that.
 */
export const NOISE = 500_000;

/** Whether a process has come back to where it began, and one sentence for each thing that was looked at. */
export interface Verdict {
  readonly holds: boolean;
  readonly sentences: readonly string[];
}

/** `readings` are at equal steps, the last at the end; the memory is judged by the second half of them. */
export function judge(readings: readonly Reading[], before: Activity): Verdict {
  const last = readings.at(-1);
  const half = readings.slice(Math.floor(readings.length / 2) - 1);
  const [first] = half;
  if (last === undefined || first === undefined)
    return { holds: false, sentences: ['Nothing was measured.'] };
  const handshakes = last.handshakes - first.handshakes;
  const kept = bytesPerHandshake(half, ({ heap, external }) => heap + external);
  const allowed = Math.max(TOLERANCE, NOISE / handshakes);
  const checks: readonly (readonly [holds: boolean, sentence: string])[] = [
    [
      kept <= allowed,
      `heap and memory outside of it: ${kept.toFixed(1)} bytes kept by each of the last ${handshakes.toLocaleString('en')} ` +
        `handshakes, of ${allowed.toFixed(0)} that may be`,
    ],
    [last.timers <= before.timers, `timers: ${last.timers}, ${before.timers} before the first handshake`],
    [
      last.sockets <= before.sockets,
      `sockets: ${last.sockets}, ${before.sockets} before the first handshake`,
    ],
    [
      last.associations === before.associations,
      `connections of the DtlsServer: ${last.associations}, ${before.associations} before the first handshake`,
    ],
  ];
  return {
    holds: checks.every(([holds]) => holds),
    sentences: checks.map(([holds, sentence]) => `${holds ? 'back ' : 'LEAK '} ${sentence}`),
  };
}
