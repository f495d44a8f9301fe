/**
 * `npm run soak`: very many handshakes through one process, half of them broken off at each possible point, and what
 * they leave behind.
 */
import { parseArgs } from 'node:util';
import { count, integer, kilobytes, progress, refuse } from './lib/command-line.ts';
import { activity, keepCompiledCode, type Reading, takeReading } from './lib/readings.ts';
import type { MakeRoad } from './lib/road.ts';
import { Schedule } from './lib/schedule.ts';
import { ServerHost, ServerRoad } from './lib/server-road.ts';
import { formatTable } from './lib/tally.ts';
import { UdpRoad } from './lib/udp-road.ts';
import { judge } from './lib/verdict.ts';

const HELP = `Usage: npm run soak -- [options]

Runs handshakes through one process, over UDP on the loopback. Half of them are broken off, in each possible way at each
possible point; the others are completed, used, and closed in each way there is. Shows what became of them, and what the
process holds meanwhile. Exits with 1 when it does not come back to where it began.

  --handshakes N   how many, 1,000 to 10,000,000; default 100,000
  --seed N         another order of the same things; default 1
  --help
`;

/** Readings are taken at so many equal steps. */
const STEPS = 20;

const fail = (sentence: string): never => refuse('soak', sentence);

function readArguments(): { handshakes: number; seed: number } {
  try {
    const { values } = parseArgs({
      options: { handshakes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      handshakes: integer('soak', 'handshakes', values.handshakes ?? '100000', { least: 1000, most: 1e7 }),
      seed: integer('soak', 'seed', values.seed ?? '1', { least: 0, most: 2 ** 32 - 1 }),
    };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const { handshakes, seed } = readArguments();
keepCompiledCode();
const host = await ServerHost.open();
const before = activity(host.server);
const overUdp: MakeRoad = (options, watcher) => new UdpRoad(options, watcher);
const toServer: MakeRoad = (options, watcher) => new ServerRoad(host, options, watcher);
const schedule = new Schedule({ seed, chooseRoad: (lot) => (lot < 0.5 ? toServer : overUdp) });
const readings: Reading[] = [];
const began = performance.now();
try {
  for (let step = 1; step <= STEPS; step++) {
    const reached = Math.round((handshakes * step) / STEPS);
    await schedule.run(reached - (readings.at(-1)?.handshakes ?? 0));
    readings.push(await takeReading(reached, before, host.server));
    progress(`${count(reached)} of ${count(handshakes)} handshakes`);
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
progress('');
host.close();
report((performance.now() - began) / 1000);

function report(seconds: number): void {
  const points = formatTable(
    ['broken off', 'handshakes', 'how the two sides ended'],
    schedule.tally.table(schedule.points),
  );
  const shown = new Set([1, STEPS / 4, STEPS / 2, (3 * STEPS) / 4, STEPS]);
  const memory = formatTable(
    [
      'after handshakes',
      'heap',
      'outside',
      'ArrayBuffers',
      'the process',
      'timers',
      'sockets',
      'of DtlsServer',
    ],
    readings.filter((_, i) => shown.has(i + 1)).map(row),
  );
  const { user, system } = process.cpuUsage();
  const { holds, sentences } = judge(readings, before);
  process.stdout.write(
    `${count(handshakes)} handshakes over UDP in ${count(Math.round(seconds))} s, of which the processor had ` +
      `${count(Math.round((user + system) / 1e6))} s to work; half of them broken off in ${schedule.ways} ways:\n\n${points}\n\nWhat the process held, when nothing was under way and the garbage collected:` +
      `\n\n${memory}\n\n${sentences.join('\n')}\n`,
  );
  process.exitCode = holds ? 0 : 1;
}

function row(reading: Reading): string[] {
  const { heap, external, arrayBuffers, rss, timers, sockets, associations } = reading;
  const bytes = [heap, external, arrayBuffers, rss].map(kilobytes);
  return [count(reading.handshakes), ...bytes, ...[timers, sockets, associations].map(count)];
}
