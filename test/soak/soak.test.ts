import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import { seeded } from '../lib/lossy.ts';
import { flightPoints } from './lib/flights.ts';
import { shakeHands } from './lib/handshake.ts';
import { brokenPlans, COMPLETE_PLANS, type Plan } from './lib/plans.ts';
import { activity, collectGarbage, type Reading, takeReading } from './lib/readings.ts';
import { type MakeRoad, SIDES } from './lib/road.ts';
import { Schedule } from './lib/schedule.ts';
import { ServerHost, ServerRoad } from './lib/server-road.ts';
import { UdpRoad } from './lib/udp-road.ts';
import { Variety } from './lib/variety.ts';
import { judge } from './lib/verdict.ts';
import { VirtualRoad } from './lib/virtual-road.ts';

const POINTS = flightPoints();
const BROKEN = brokenPlans(POINTS);

const virtual: MakeRoad = (options, watcher) => new VirtualRoad(options, watcher);

/** What is left of connections that were seen, once the garbage is gone. */
class Left {
  readonly #seen: { readonly point: string; readonly connection: WeakRef<DtlsConnection> }[] = [];

  see(point: string, connection: DtlsConnection): void {
    this.#seen.push({ point, connection: new WeakRef(connection) });
  }

  get seen(): number {
    return this.#seen.length;
  }

  async points(): Promise<string[]> {
    let left: string[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      await collectGarbage();
      left = this.#seen.flatMap(({ point, connection }) => (connection.deref() === undefined ? [] : [point]));
      if (left.length === 0) break;
      // V8 may hold on to one for a while, which it optimises a function for in another thread.
      await setTimeout(10);
    }
    return left;
  }
}

async function runAll(plans: readonly Plan[], left: Left): Promise<void> {
  const variety = new Variety(seeded(1));
  for (const plan of plans) {
    const onConnection = (connection: DtlsConnection): void =>
      left.see(`${plan.point}, ${plan.ending.name}`, connection);
    await shakeHands({
      plan,
      makeRoad: virtual,
      common: variety.options(),
      media: true,
      onConnection,
    });
  }
}

describe('a handshake that is broken off', () => {
  it('can be so after each of its datagrams but the last', () => {
    expect(POINTS.map(({ datagrams }) => datagrams)).toEqual(POINTS.map((_, i) => i));
    const flights = new Set(POINTS.map(({ name }) => name.replace(/^.* of |^.*: /, '')));
    expect(flights.size).toBe(6);
  });

  it('leaves no connection behind, whatever the point and the way (S8)', async () => {
    const left = new Left();
    await runAll(BROKEN, left);
    expect(left.seen).toBe(2 * BROKEN.length);
    expect(await left.points()).toEqual([]);
  });

  it('is found when something keeps it: the test above can fail', async () => {
    const left = new Left();
    const [first] = BROKEN;
    if (first === undefined) throw new Error('no plan');
    const kept: DtlsConnection[] = [];
    const onConnection = (connection: DtlsConnection): void => {
      kept.push(connection);
      left.see(first.point, connection);
    };
    const common = new Variety(seeded(1)).options();
    await shakeHands({ plan: first, makeRoad: virtual, common, media: false, onConnection });
    expect(await left.points()).toHaveLength(kept.length);
    expect(kept).toHaveLength(SIDES.length);
  });
});

describe('a connection that was complete and used', () => {
  it('leaves nothing behind, however it was ended', async () => {
    const left = new Left();
    await runAll(COMPLETE_PLANS, left);
    expect(left.seen).toBe(2 * COMPLETE_PLANS.length);
    expect(await left.points()).toEqual([]);
  });
});

describe('handshakes over UDP, complete and broken off', () => {
  let host: ServerHost;
  beforeAll(async () => {
    host = await ServerHost.open();
  });
  afterAll(() => host.close());

  it.each<[string, MakeRoad]>([
    ['sessions on sockets of their own', (options, watcher) => new UdpRoad(options, watcher)],
    ['a DtlsServer', (options, watcher) => new ServerRoad(host, options, watcher)],
  ])('leave no timer, no socket and no association: %s (S8)', async (_, makeRoad) => {
    const before = activity(host.server);
    const schedule = new Schedule({ seed: 1, chooseRoad: () => makeRoad });
    await schedule.run(100);
    const { sockets, timers, associations } = await takeReading(100, before, host.server);
    // Of what the test runner had, something may be gone.
    expect(sockets).toBeLessThanOrEqual(before.sockets);
    expect(timers).toBeLessThanOrEqual(before.timers);
    expect(associations).toBe(0);
    expect(schedule.tally.points.length).toBeGreaterThan(20);
  });
});

describe('judge()', () => {
  const NOTHING = { sockets: 0, timers: 0, associations: 0 };

  /** Readings of a process that keeps so many bytes of each handshake, and whose heap varies as V8's does. */
  function readings(kept: number, end: Partial<Reading> = {}): Reading[] {
    const random = seeded(1);
    const list = Array.from({ length: 20 }, (_, i): Reading => {
      const handshakes = (i + 1) * 5000;
      const heap = 12e6 + kept * handshakes + (random() - 0.5) * 300_000;
      return { handshakes, heap, external: 2e6, arrayBuffers: 1e5, rss: 2e8, ...NOTHING };
    });
    return list.map((reading, i) => (i === 19 ? { ...reading, ...end } : reading));
  }

  it('holds for a process whose heap only varies', () => {
    expect(judge(readings(0), NOTHING)).toMatchObject({ holds: true });
  });

  it('finds 20 bytes that each of 100,000 handshakes leaves behind', () => {
    expect(judge(readings(20), NOTHING)).toMatchObject({ holds: false });
  });

  it.each(['sockets', 'timers', 'associations'])('finds one of the %s left', (what) => {
    expect(judge(readings(0, { [what]: 1 }), NOTHING)).toMatchObject({ holds: false });
  });
});
