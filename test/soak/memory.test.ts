import { beforeAll, describe, expect, it } from 'vitest';
import { connectionParts, type Parts } from './lib/connection-parts.ts';
import { HeapGraph } from './lib/heap-graph.ts';
import { retainedBy } from './lib/retained.ts';
import { SIDES, type Side } from './lib/road.ts';

/** Bytes that an idle connection has to stay below. */
const LIMIT = 10_000;

/** Something of which the sizes are known. */
class Sample {
  readonly onlyMine: readonly number[] = Array.from({ length: 5000 }, (_, i) => i + 0.5);
  readonly nested: object = { alsoMine: Array.from({ length: 2000 }, (_, i) => i + 0.5) };
  readonly shared: readonly number[];

  constructor(shared: readonly number[]) {
    this.shared = shared;
  }
}

describe('retainedBy()', () => {
  it('counts what an object alone keeps alive, by property, and not what others have too', async () => {
    const shared = Array.from({ length: 9000 }, (_, i) => i + 0.5);
    const sample = new Sample(shared);
    const graph = await HeapGraph.ofThisProcess();
    const [node, ...more] = graph.withReferences('onlyMine', 'nested', 'shared');
    if (node === undefined || more.length > 0) throw new Error('one sample was to be found');
    const bytes = retainedBy(graph, node, 2);
    // Numbers have 8 bytes; beside them is the header of the array.
    expect((bytes.get('onlyMine') ?? 0) / 40_000).toBeCloseTo(1, 1);
    expect((bytes.get('nested.alsoMine') ?? 0) / 16_000).toBeCloseTo(1, 1);
    expect([...bytes.values()].reduce((a, b) => a + b)).toBeLessThan(60_000);
    expect(sample.shared).toBe(shared);
  });
});

describe('an established, idle connection', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await connectionParts();
  });

  const bytesOf = (side: Side): number => [...parts.values()].reduce((sum, row) => sum + row[side], 0);

  it.each(SIDES)('of a %s keeps less than 10,000 bytes', (side) => {
    expect(bytesOf(side)).toBeGreaterThan(1000);
    expect(bytesOf(side)).toBeLessThan(LIMIT);
  });

  it('has let go of its flight when the peer cannot ask for it again: a client (RFC 6347 §4.2.4)', () => {
    const flight = parts.get('the last flight, for a peer that has lost it');
    expect(flight?.client).toBeLessThan(100);
    expect(flight?.server).toBeGreaterThan(100);
  });
});
