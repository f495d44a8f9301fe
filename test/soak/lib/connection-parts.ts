import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { connectPair, makeIdentities } from './crowd.ts';
import { HeapGraph } from './heap-graph.ts';
import { collectGarbage } from './readings.ts';
import { retainedBy } from './retained.ts';
import { SIDES, type Side } from './road.ts';

/** Parts of a connection, each with the paths that lead to it, of which the longest counts. */
const PARTS: readonly (readonly [part: string, ...paths: readonly string[]])[] = [
  ['keys, record numbers and replay window', '#records'],
  ["the peer's certificate", '#remoteCertificate'],
  ['the last flight, for a peer that has lost it', '#driver.#flight'],
  ['what the steps of a handshake act through', '#driver.#owner', '#driver.#port'],
  ['the rest of the handshake', '#driver'],
  ['master secret and randoms, for exported keys', '#session', '#secrets'],
  ['options and fingerprints', '#config', '#remoteFingerprints'],
  ['queues, counts, the connection itself', ''],
];

function partOf(path: string): string {
  let best: readonly [length: number, part: string] = [-1, ''];
  for (const [part, ...paths] of PARTS)
    for (const start of paths)
      if (path.startsWith(start) && start.length > best[0]) best = [start.length, part];
  return best[1];
}

/** Bytes of each part, on the average of some connections. */
export type Parts = ReadonlyMap<string, Readonly<Record<Side, number>>>;

/** Looks into this process's heap at connections of its own, which nothing else holds on to any part of. */
export async function connectionParts(): Promise<Parts> {
  const identities = makeIdentities(40);
  const pairs = identities.map(connectPair);
  await collectGarbage();
  const graph = await HeapGraph.ofThisProcess();
  const parts = new Map(PARTS.map(([part]) => [part, { client: 0, server: 0 }]));
  const found: Record<Side, number[]> = { client: [], server: [] };
  for (const node of graph.withReferences('#records', '#driver', '#config')) {
    const role = graph.follow(node, '#config', 'handshake', 'role');
    for (const side of SIDES) if (role !== undefined && graph.name(role) === side) found[side].push(node);
  }
  for (const side of SIDES) {
    if (found[side].length !== pairs.length) throw new Error('the connections were not found in the heap');
    // The first ones may be what V8 has learnt the shape of objects from.
    const sample = found[side].slice(-10);
    for (const node of sample) {
      for (const [path, bytes] of retainedBy(graph, node, 2)) {
        const row = parts.get(partOf(path));
        if (row !== undefined) row[side] += bytes / sample.length;
      }
    }
  }
  keep(pairs.map(({ client }) => client));
  return parts;
}

/** Used after the snapshot, and so there while it is taken. */
function keep(connections: readonly DtlsConnection[]): void {
  if (connections.some(({ state }) => state !== 'connected')) throw new Error('a connection has ended');
}
