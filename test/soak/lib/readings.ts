import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DtlsServer } from '../../../src/connection/dtls-server.ts';

let collect: (() => void) | undefined;

/** Collects garbage, also where Node was not started with `--expose-gc`. */
function collectOnce(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/**
 * Until nothing more is found. What lies behind Node's own objects is freed a turn of the event loop after them, and may
 * have held others.
 */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    collectOnce();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the event loop still has to do. */
export interface Activity {
  readonly sockets: number;
  readonly timers: number;
  /** Addresses that a `DtlsServer` has a connection with. */
  readonly associations: number;
}

export function activity(server?: DtlsServer): Activity {
  const resources = process.getActiveResourcesInfo();
  return {
    sockets: resources.filter((name) => name.startsWith('UDP')).length,
    timers: resources.filter((name) => name === 'Timeout' || name === 'Immediate').length,
    associations: server?.size ?? 0,
  };
}

/**
 * V8 throws away compiled functions that were not called for a while, and compiles them again: without that the heap
 * varies by half as much.
 */
export function keepCompiledCode(): void {
  setFlagsFromString('--no-flush-bytecode');
}

/** What a process holds at a moment, in bytes. */
export interface Reading extends Activity {
  readonly handshakes: number;
  readonly heap: number;
  /** Outside of V8's heap on behalf of its objects; `arrayBuffers` are part of it. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** Sockets are closed a turn after they are told to. */
async function settled(before: Activity, server: DtlsServer | undefined): Promise<Activity> {
  let now = activity(server);
  for (let turn = 0; turn < 100 && (now.sockets > before.sockets || now.timers > before.timers); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    now = activity(server);
  }
  return now;
}

/** To be called when nothing is under way. */
export async function takeReading(
  handshakes: number,
  before: Activity,
  server?: DtlsServer,
): Promise<Reading> {
  const now = await settled(before, server);
  await collectGarbage();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { handshakes, heap: heapUsed, external, arrayBuffers, rss, ...now };
}

/** Bytes that each handshake leaves behind: the slope of the line that comes nearest to all readings. */
export function bytesPerHandshake(readings: readonly Reading[], bytes: (reading: Reading) => number): number {
  const n = readings.length;
  const mean = (of: (reading: Reading) => number): number =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / n;
  const x = mean(({ handshakes }) => handshakes);
  const y = mean(bytes);
  let above = 0;
  let below = 0;
  for (const reading of readings) {
    above += (reading.handshakes - x) * (bytes(reading) - y);
    below += (reading.handshakes - x) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
