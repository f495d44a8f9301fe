import { EventQueue } from './event-queue.ts';
import { FAULTLESS, Link, type LinkConditions, seedOf } from './link.ts';

/** Where a datagram comes from or goes to, as node:dgram gives it. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

/** Who takes part: something with datagrams in and out and a timer, and no clock of its own. */
export interface Host {
  /** The bytes are gone when this returns. */
  receive(datagram: Uint8Array, from: Address, now: number): void;
  readonly nextTimeout: number | undefined;
  handleTimeout(now: number): void;
  /** The next datagram to send. Drained after every other call. */
  poll(): { readonly to: Address; readonly datagram: Uint8Array } | undefined;
}

/** What happens to one datagram, for whoever watches. */
export interface DatagramEvent {
  readonly type: 'sent' | 'lost' | 'too_large' | 'unreachable' | 'delivered';
  readonly now: number;
  readonly from: Address;
  readonly to: Address;
  readonly datagram: Uint8Array;
  /** Counted from 0 in the order in which they were sent, over the whole network. */
  readonly number: number;
}

/** How many datagrams met with what. Copies count as delivered, and not as sent. */
export type NetworkCounts = Record<DatagramEvent['type'] | 'duplicated' | 'heldBack', number>;

export interface NetworkOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Of all links that nothing else is said of. Default: nothing befalls them, and no time goes by. */
  readonly conditions?: Partial<LinkConditions>;
  readonly onDatagram?: (event: DatagramEvent) => void;
}

/** More events than this without an end are taken for a loop. */
const MAX_EVENTS = 2_000_000;

/** A place in the network with somebody at it. */
export class Node {
  readonly host: Host;
  /** What others see as the source of its datagrams, and where it can be reached. */
  address: Address;
  /** When the timer that is set for it fires. */
  timerAt: number | undefined;

  constructor(host: Host, address: Address) {
    this.host = host;
    this.address = address;
  }
}

type NetworkEvent =
  | { readonly type: 'arrival'; readonly datagram: DatagramEvent }
  | { readonly type: 'timer'; readonly node: Node }
  | { readonly type: 'action'; readonly act: () => void };

/**
 * A network of UDP in virtual time, with no socket and no timer: all that happens stands in one queue, and `now` is the
 * time of what happened last. With the same seed, and hosts that do the same, it takes the same course.
 */
export class Network {
  now = 0;
  readonly counts: NetworkCounts = {
    sent: 0,
    lost: 0,
    too_large: 0,
    unreachable: 0,
    delivered: 0,
    duplicated: 0,
    heldBack: 0,
  };
  onDatagram: ((event: DatagramEvent) => void) | undefined;
  /** Says of each datagram sent whether it vanishes, whatever the link would do. */
  drops: ((event: DatagramEvent) => boolean) | undefined;
  readonly #seed: number;
  #conditions: LinkConditions;
  readonly #links = new Map<string, Link>();
  readonly #nodes = new Map<string, Node>();
  readonly #events = new EventQueue<NetworkEvent>();

  constructor({ seed = 0, conditions = {}, onDatagram }: NetworkOptions = {}) {
    this.#seed = seed;
    this.#conditions = { ...FAULTLESS, ...conditions };
    this.onDatagram = onDatagram;
  }

  /** Puts somebody at an address, and lets it send what it has. */
  attach(host: Host, address: Address): Node {
    if (this.#nodes.has(keyOf(address))) throw new Error(`somebody is at ${keyOf(address)} already`);
    const node = new Node(host, address);
    this.#nodes.set(keyOf(address), node);
    this.wake(node);
    return node;
  }

  /** Takes it out of the network: its timer is forgotten, and what is on its way to it does not arrive. */
  detach(node: Node): void {
    this.#nodes.delete(keyOf(node.address));
    node.timerAt = undefined;
  }

  /** As when a NAT forgets its mapping: from now on it is at another address, and nobody is at the old one. */
  rebind(node: Node, address: Partial<Address>): void {
    const moved = { ...node.address, ...address };
    if (this.#nodes.has(keyOf(moved))) throw new Error(`somebody is at ${keyOf(moved)} already`);
    this.#nodes.delete(keyOf(node.address));
    node.address = moved;
    this.#nodes.set(keyOf(moved), node);
  }

  /** Changes conditions from now on: of all links, or of the one from one host's address to another's. */
  setConditions(conditions: Partial<LinkConditions>, from?: string, to?: string): void {
    if (from !== undefined && to !== undefined) {
      const link = this.#link(from, to);
      link.conditions = { ...link.conditions, ...conditions };
      return;
    }
    this.#conditions = { ...this.#conditions, ...conditions };
    for (const link of this.#links.values()) link.conditions = { ...link.conditions, ...conditions };
  }

  /** Sends a datagram in anybody's name. */
  send(from: Address, to: Address, datagram: Uint8Array): void {
    const number = this.counts.sent;
    const event = { now: this.now, from, to, datagram: datagram.slice(), number };
    this.#tell({ type: 'sent', ...event });
    const fate = this.#link(from.address, to.address).carry(datagram.length);
    if (this.drops?.({ type: 'sent', ...event })) this.#tell({ type: 'lost', ...event });
    else if (fate.type !== 'arrives') this.#tell({ type: fate.type, ...event });
    else {
      this.counts.duplicated += fate.delays.length - 1;
      this.counts.heldBack += fate.heldBack;
      for (const delay of fate.delays) {
        const arrival = { type: 'delivered', ...event, now: this.now + delay } as const;
        this.#events.push(arrival.now, { type: 'arrival', datagram: arrival });
      }
    }
  }

  /** Does something when the time has come. */
  at(time: number, act: () => void): void {
    this.#events.push(Math.max(time, this.now), { type: 'action', act });
  }

  /** To be called when a node was given something to do from outside: sends what it has, and sets its timer. */
  wake(node: Node): void {
    const { host } = node;
    for (let out = host.poll(); out !== undefined; out = host.poll()) {
      this.send(node.address, out.to, out.datagram);
    }
    const due = host.nextTimeout;
    if (due === node.timerAt) return;
    node.timerAt = due;
    if (due !== undefined) this.#events.push(Math.max(due, this.now), { type: 'timer', node });
  }

  /**
   * Lets things happen until `done`, which is asked after each, or until nothing is left, or until the time is up:
   * then `now` is that time. False unless `done` came true.
   */
  run(done: () => boolean = () => false, until: number = Number.POSITIVE_INFINITY): boolean {
    if (done()) return true;
    for (let count = 0; this.#events.next !== undefined && this.#events.next <= until; count++) {
      if (count === MAX_EVENTS) throw new Error(`no end after ${MAX_EVENTS} events, at ${this.now} ms`);
      this.now = this.#events.next;
      const event = this.#events.pop();
      if (event !== undefined) this.#happen(event);
      if (done()) return true;
    }
    if (Number.isFinite(until)) this.now = Math.max(this.now, until);
    return false;
  }

  #happen(event: NetworkEvent): void {
    if (event.type === 'action') event.act();
    else if (event.type === 'arrival') this.#deliver(event.datagram);
    else {
      const { node } = event;
      // Set anew since, or forgotten.
      if (node.timerAt === undefined || node.timerAt > this.now) return;
      node.timerAt = undefined;
      node.host.handleTimeout(this.now);
      this.wake(node);
    }
  }

  #deliver(event: DatagramEvent): void {
    const node = this.#nodes.get(keyOf(event.to));
    if (node === undefined) {
      this.#tell({ ...event, type: 'unreachable' });
      return;
    }
    this.#tell(event);
    const borrowed = event.datagram.slice();
    node.host.receive(borrowed, event.from, this.now);
    borrowed.fill(0xa5); // what was kept of it as a view is worthless now
    this.wake(node);
  }

  #tell(event: DatagramEvent): void {
    this.counts[event.type]++;
    this.onDatagram?.(event);
  }

  #link(from: string, to: string): Link {
    const name = `${from} ${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link(seedOf(this.#seed, name), this.#conditions);
      this.#links.set(name, link);
    }
    return link;
  }
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`;
}
