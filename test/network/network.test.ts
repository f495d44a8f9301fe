import { describe, expect, it } from 'vitest';
import { Link, type LinkConditions } from './link.ts';
import { type Address, type DatagramEvent, type Host, Network } from './network.ts';

const HERE: Address = { address: '192.0.2.1', port: 1000 };
const THERE: Address = { address: '192.0.2.2', port: 2000 };

/** Keeps what comes, and sends what it is told to. */
class Bystander implements Host {
  readonly received: { readonly now: number; readonly from: Address; readonly byte: number | undefined }[] =
    [];
  readonly outbox: { to: Address; datagram: Uint8Array }[] = [];
  readonly fired: number[] = [];
  nextTimeout: number | undefined;
  /** Whether what comes is sent back. */
  echoes = false;

  receive(datagram: Uint8Array, from: Address, now: number): void {
    this.received.push({ now, from, byte: datagram[0] });
    if (this.echoes) this.outbox.push({ to: from, datagram: datagram.slice() });
  }

  handleTimeout(now: number): void {
    this.fired.push(now);
    this.nextTimeout = undefined;
  }

  poll(): { to: Address; datagram: Uint8Array } | undefined {
    return this.outbox.shift();
  }
}

/** What arrives of so many datagrams, one each millisecond. */
function arrivals(
  conditions: Partial<LinkConditions>,
  count = 10_000,
  seed = 1,
): { network: Network; received: { readonly now: number; readonly number: number }[] } {
  const received: { readonly now: number; readonly number: number }[] = [];
  const network = new Network({
    seed,
    conditions,
    onDatagram: ({ type, now, number }) => void (type === 'delivered' && received.push({ now, number })),
  });
  network.attach(new Bystander(), THERE);
  for (let i = 0; i < count; i++) {
    network.at(i, () => network.send(HERE, THERE, Uint8Array.of(i & 0xff)));
  }
  network.run();
  return { network, received };
}

describe('Network: each effect happens about as often as asked', () => {
  it('nothing befalls datagrams where nothing is asked: all arrive, at once and in order', () => {
    const { received, network } = arrivals({});
    expect(received).toEqual(Array.from({ length: 10_000 }, (_, i) => ({ now: i, number: i })));
    expect(network.counts).toMatchObject({ sent: 10_000, delivered: 10_000, lost: 0, duplicated: 0 });
  });

  it.each([0.05, 0.3, 0.9])('loss of %d', (loss) => {
    const { received, network } = arrivals({ loss });
    expect(network.counts.lost / 10_000).toBeCloseTo(loss, 1.5);
    expect(received.length).toBe(10_000 - network.counts.lost);
    expect(arrivals({ loss: 1 }).received).toEqual([]);
  });

  it('losses come in runs as chance has them, not every third', () => {
    const { received } = arrivals({ loss: 0.3 });
    const there = new Set(received.map(({ number }) => number));
    let pairs = 0;
    for (let i = 1; i < 10_000; i++) if (!there.has(i) && !there.has(i - 1)) pairs++;
    expect(pairs / 10_000).toBeCloseTo(0.09, 1.5);
  });

  it('duplication of 0.1', () => {
    const { received, network } = arrivals({ duplication: 0.1 });
    expect(network.counts.duplicated / 10_000).toBeCloseTo(0.1, 1.5);
    expect(received.length).toBe(10_000 + network.counts.duplicated);
    expect(new Set(received.map(({ number }) => number)).size).toBe(10_000);
  });

  it('reordering of 0.2: those held back come up to `jitter` later, behind others', () => {
    const { received, network } = arrivals({ delay: 5, reordering: 0.2, jitter: 10 });
    const waits = received.map(({ now, number }) => now - number - 5).filter((wait) => wait > 0);
    expect(network.counts.heldBack).toBe(waits.length);
    expect(waits.length / 10_000).toBeCloseTo(0.2, 1.5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(5, 0);
    const overtaken = received.filter(({ number }, i) => i > 0 && number < (received[i - 1]?.number ?? 0));
    expect(overtaken.length).toBeGreaterThan(1000);
  });

  it('delay: nothing arrives before it', () => {
    const { received } = arrivals({ delay: 250, loss: 0.1, duplication: 0.1, reordering: 0.5, jitter: 300 });
    for (const { now, number } of received) expect(now - number).toBeGreaterThanOrEqual(250);
    expect(received.some(({ now, number }) => now - number === 250)).toBe(true);
  });

  it('pathMtu: what is larger vanishes, and it may change in the middle', () => {
    const network = new Network({ conditions: { pathMtu: 1000 } });
    const there = new Bystander();
    network.attach(there, THERE);
    const send = (length: number): number => {
      network.send(HERE, THERE, new Uint8Array(length));
      network.run();
      return there.received.length;
    };
    expect([send(1000), send(1001), send(1)]).toEqual([1, 1, 2]);
    network.setConditions({ pathMtu: 300 });
    expect([send(1000), send(301), send(300)]).toEqual([2, 2, 3]);
    expect(network.counts).toMatchObject({ too_large: 3, delivered: 3, lost: 0 });
  });

  it('chances of a link do not depend on each other: what is lost is lost, delayed or not', () => {
    const lost = (conditions: Partial<LinkConditions>): number[] => {
      const there = new Set(
        arrivals({ loss: 0.3, ...conditions }, 1000).received.map(({ number }) => number),
      );
      return Array.from({ length: 1000 }, (_, i) => i).filter((i) => !there.has(i));
    };
    expect(lost({ duplication: 0.5, delay: 3, reordering: 0.5, jitter: 9 })).toEqual(lost({}));
  });
});

describe('Network: the same seed, the same course', () => {
  const course = (seed: number, withNeighbour = false): string[] => {
    const told: string[] = [];
    const network = new Network({
      seed,
      conditions: { loss: 0.2, duplication: 0.2, reordering: 0.4, jitter: 7, delay: 2 },
      onDatagram: ({ type, now, from, to }) => {
        if (from.port < 5000 && to.port < 5000) told.push(`${type} ${now} ${from.port} ${to.port}`);
      },
    });
    const there = new Bystander();
    there.echoes = true;
    network.attach(there, THERE);
    network.attach(new Bystander(), HERE);
    for (let i = 0; i < 300; i++) network.at(i, () => network.send(HERE, THERE, Uint8Array.of(i)));
    if (withNeighbour) {
      const elsewhere = { address: '198.51.100.7', port: 5000 };
      for (let i = 0; i < 300; i++) network.at(i, () => network.send(elsewhere, THERE, Uint8Array.of(i)));
    }
    network.run();
    return told;
  };

  it('twice the same, and another seed another', () => {
    expect(course(7)).toEqual(course(7));
    expect(course(7)).not.toEqual(course(8));
  });

  it('whatever others send meanwhile', () => {
    expect(course(7, true)).toEqual(course(7));
  });

  it('each direction has chances of its own', () => {
    const fates = (from: string, to: string): string => {
      const network = new Network({ conditions: { loss: 0.5 } });
      const told: string[] = [];
      network.onDatagram = ({ type }) => void (type !== 'sent' && told.push(type));
      network.attach(new Bystander(), { address: to, port: 1 });
      for (let i = 0; i < 50; i++)
        network.send({ address: from, port: 1 }, { address: to, port: 1 }, Uint8Array.of(i));
      network.run();
      return told.join();
    };
    expect(new Set([fates('a', 'b'), fates('b', 'a'), fates('a', 'c')]).size).toBe(3);
  });

  it('what happens at the same time happens in the order in which it was brought about', () => {
    const network = new Network({ conditions: { delay: 10 } });
    const there = new Bystander();
    network.attach(there, THERE);
    for (let i = 0; i < 100; i++) network.send(HERE, THERE, Uint8Array.of(i));
    network.run();
    expect(there.received.map(({ byte }) => byte)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(network.now).toBe(10);
  });
});

describe('Network: hosts', () => {
  it('are given their datagrams with the source, and what they send is sent on', () => {
    const [here, there] = [new Bystander(), new Bystander()];
    const network = new Network({ conditions: { delay: 20 } });
    network.attach(there, THERE);
    there.echoes = true;
    here.outbox.push({ to: THERE, datagram: Uint8Array.of(9) });
    network.attach(here, HERE);
    network.run();
    expect(there.received).toEqual([{ now: 20, from: HERE, byte: 9 }]);
    expect(here.received).toEqual([{ now: 40, from: THERE, byte: 9 }]);
  });

  it('may not keep the bytes that they are given', () => {
    const network = new Network();
    let kept: Uint8Array = new Uint8Array();
    const keeper = new Bystander();
    keeper.receive = (datagram) => {
      kept = datagram;
    };
    network.attach(keeper, THERE);
    network.send(HERE, THERE, Uint8Array.of(1, 2, 3));
    network.run();
    expect([...kept]).toEqual([0xa5, 0xa5, 0xa5]);
  });

  it('have their timers fire when they are due, once, and not those that were set anew or stopped', () => {
    const network = new Network();
    const host = new Bystander();
    host.nextTimeout = 100;
    const node = network.attach(host, HERE);
    const set = (at: number, due: number | undefined): void =>
      network.at(at, () => {
        host.nextTimeout = due;
        network.wake(node);
      });
    set(50, 300);
    set(200, 250);
    set(400, 500);
    set(450, undefined);
    set(600, 550); // overdue
    network.run();
    expect(host.fired).toEqual([250, 600]);
  });

  it('at another port after rebind(): sent from there, reached there, and no more at the old one', () => {
    const [here, there] = [new Bystander(), new Bystander()];
    const network = new Network({ conditions: { delay: 10 } });
    const node = network.attach(here, HERE);
    network.attach(there, THERE);
    const send = (): void => {
      here.outbox.push({ to: THERE, datagram: Uint8Array.of(1) });
      network.wake(node);
    };
    send();
    network.send(THERE, HERE, Uint8Array.of(1)); // still on its way when the port changes
    network.at(5, () => network.rebind(node, { port: 1001 }));
    network.at(6, send);
    network.at(20, () => network.send(THERE, HERE, Uint8Array.of(2)));
    network.at(20, () => network.send(THERE, { ...HERE, port: 1001 }, Uint8Array.of(3)));
    network.run();
    expect(there.received.map(({ from }) => from.port)).toEqual([1000, 1001]);
    expect(here.received.map(({ byte }) => byte)).toEqual([3]);
    expect(network.counts.unreachable).toBe(2);
    expect(() => network.rebind(node, THERE)).toThrow('already');
    expect(() => network.attach(new Bystander(), THERE)).toThrow('already');
  });

  it('that were detached get nothing more, and have no timer', () => {
    const network = new Network({ conditions: { delay: 10 } });
    const host = new Bystander();
    host.nextTimeout = 5;
    const node = network.attach(host, HERE);
    network.send(THERE, HERE, Uint8Array.of(1));
    network.detach(node);
    network.run();
    expect([host.received, host.fired, network.counts.unreachable]).toEqual([[], [], 1]);
  });

  it('run() ends when it is done, when the time is up, and when nothing is left', () => {
    const network = new Network();
    const times: number[] = [];
    for (const at of [10, 20, 30, 40]) network.at(at, () => void times.push(at));
    expect([network.run(() => times.length === 2), network.now]).toEqual([true, 20]);
    expect([network.run(undefined, 35), network.now, times.length]).toEqual([false, 35, 3]);
    expect([network.run(), network.now, times.length]).toEqual([false, 40, 4]);
  });

  it('conditions of one direction alone, and `drops`', () => {
    const network = new Network();
    const [here, there] = [new Bystander(), new Bystander()];
    network.attach(here, HERE);
    network.attach(there, THERE);
    network.setConditions({ loss: 1 }, HERE.address, THERE.address);
    const both = (): void => {
      network.send(HERE, THERE, Uint8Array.of(1));
      network.send(THERE, HERE, Uint8Array.of(1));
      network.run();
    };
    both();
    expect([here.received.length, there.received.length]).toEqual([1, 0]);
    network.setConditions({ loss: 0 });
    network.drops = ({ number }: DatagramEvent): boolean => number === 3;
    both();
    expect([here.received.length, there.received.length]).toEqual([1, 1]);
  });
});

describe('Link', () => {
  it('a datagram that is too large takes its draws like any other', () => {
    const conditions = { loss: 0.5, duplication: 0, delay: 0, reordering: 0, jitter: 0, pathMtu: 100 };
    const fates = (first: number): string[] => {
      const link = new Link(3, conditions);
      return [first, ...Array.from({ length: 40 }, () => 10)]
        .map((length) => link.carry(length).type)
        .slice(1);
    };
    expect(fates(101)).toEqual(fates(10));
  });
});
