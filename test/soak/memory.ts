/** `npm run memory`: what an established, idle connection keeps in memory. */
import { parseArgs } from 'node:util';
import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import { count, integer, progress, refuse } from './lib/command-line.ts';
import { connectionParts, type Parts } from './lib/connection-parts.ts';
import { connectPair, makeIdentities, serverWithPeers } from './lib/crowd.ts';
import { collectGarbage, keepCompiledCode } from './lib/readings.ts';
import { formatTable } from './lib/tally.ts';

const HELP = `Usage: npm run memory -- [options]

Opens connections that stay, with SRTP profiles and with certificates on both sides that were never seen before, and shows
what each of them keeps in memory: as a client, as a server, and as a peer of a DtlsServer. Exits with 1 when that is
10,000 bytes or more.

  --connections N   how many of each kind, 100 to 50,000; default 5,000
  --help
`;

/** Bytes that a connection has to stay below. */
const LIMIT = 10_000;

/** Handshakes before the first measurement. */
const WARM_UP = 400;

const fail = (sentence: string): never => refuse('memory', sentence);

function readConnections(): number {
  try {
    const { values } = parseArgs({ options: { connections: { type: 'string' }, help: { type: 'boolean' } } });
    if (values.help !== true)
      return integer('memory', 'connections', values.connections ?? '5000', { least: 100, most: 50_000 });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  process.stdout.write(HELP);
  process.exit(0);
}

/** In bytes. */
interface Footprint {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
}

async function footprint(): Promise<Footprint> {
  await collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, rss };
}

const difference = (
  after: Footprint,
  before: Footprint,
  connections: number,
): Pick<Footprint, 'heap' | 'external'> => ({
  heap: (after.heap - before.heap) / connections,
  external: (after.external - before.external) / connections,
});

interface Measured {
  /** Heap and external bytes of each connection. */
  readonly kinds: readonly (readonly [kind: string, each: Pick<Footprint, 'heap' | 'external'>])[];
  /** By how much the process itself has grown for each client and server. */
  readonly resident: number;
}

async function measure(connections: number): Promise<Measured> {
  const identities = makeIdentities(connections);
  progress(`${count(connections)} pairs of certificates are made`);
  // What the first handshakes leave behind is the program's, and not theirs: V8 is still compiling it.
  for (const both of makeIdentities(WARM_UP)) connectPair(both);
  serverWithPeers(makeIdentities(WARM_UP / 4)).destroy();

  const { rss } = await footprint();
  const clients: DtlsConnection[] = [];
  const servers: DtlsConnection[] = [];
  for (const [i, both] of identities.entries()) {
    const { client, server } = connectPair(both);
    clients.push(client);
    servers.push(server);
    if (i % 100 === 0) progress(`${count(i)} of ${count(connections)} pairs are connected`);
  }
  // What they keep is what is gone with them.
  const both = await footprint();
  clients.length = 0;
  const alone = await footprint();
  servers.length = 0;
  const none = await footprint();

  progress(`${count(connections)} peers connect to a DtlsServer`);
  const many = serverWithPeers(identities);
  const peers = many.size;
  const full = await footprint();
  many.destroy();
  const empty = await footprint();
  const resident = (both.rss - rss) / (2 * connections);
  const kinds = [
    ['client', difference(both, alone, connections)],
    ['server', difference(alone, none, connections)],
    ['peer of a DtlsServer', difference(full, empty, peers)],
  ] as const;
  return { kinds, resident };
}

const number = (bytes: number): string => count(Math.round(bytes));

function reportParts(parts: Parts): void {
  const rows = [...parts].map(([part, { client, server }]) => [part, number(client), number(server)]);
  process.stdout.write(`${formatTable(['what it keeps, in bytes', 'client', 'server'], rows)}\n`);
}

const connections = readConnections();
keepCompiledCode();
const parts = await connectionParts();
const { kinds, resident } = await measure(connections);
progress('');
process.stdout.write(`${count(connections)} of each kind, in bytes each:\n\n`);
const rows = kinds.map(([kind, { heap, external }]) => [
  kind,
  ...[heap, external, heap + external].map(number),
  heap + external < LIMIT ? `under ${count(LIMIT)}` : `NOT under ${count(LIMIT)}`,
]);
const headings = ['an idle connection', 'heap', 'outside', 'together', 'verdict'];
process.stdout.write(
  `${formatTable(headings, rows)}\n\nThe process itself grew by ${number(resident)} bytes for each client and server.\n\n`,
);
reportParts(parts);
if (kinds.some(([, { heap, external }]) => heap + external >= LIMIT)) process.exitCode = 1;
