import type { UdpAddress } from './address.ts';

export interface Arrival {
  readonly datagram: Uint8Array;
  readonly source: UdpAddress;
}

/** A handshake flight is seldom more than ten datagrams, 2 s of audio are a hundred; for a flood there is no room. */
const MAX_DATAGRAMS = 128;
const MAX_BYTES = 256 * 1024;

/**
 * Datagrams that wait to be read: as many as fit 128 datagrams and 256 KiB. What to do when it is full is the user's
 * to say.
 *
 * Of a handshake the newest are turned away (`hasRoomFor`, `push`): a flight is read from its beginning, and what is
 * missing at its end is sent again.
 *
 * Of media the oldest make room (`pushNewest`). Nothing of them is sent again, and the newest sound is worth the most,
 * to whoever waits for keys and to a reader that is late. Before there are keys, anyone can fill the queue in the name
 * of the peer, and nothing tells its packets from others: so what came early cannot keep out what comes when it is time
 * to read. Who sends many times as much as the peer up to that moment still pushes out most of it.
 */
export class DatagramQueue {
  readonly #arrivals: Arrival[] = [];
  #bytes = 0;

  get length(): number {
    return this.#arrivals.length;
  }

  hasRoomFor(datagram: Uint8Array): boolean {
    return this.#arrivals.length < MAX_DATAGRAMS && this.#bytes + datagram.length <= MAX_BYTES;
  }

  push(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#bytes += arrival.datagram.length;
  }

  /** As many of the oldest as it takes make room. Gives how many. */
  pushNewest(arrival: Arrival): number {
    let dropped = 0;
    while (!this.hasRoomFor(arrival.datagram) && this.shift() !== undefined) dropped++;
    this.push(arrival);
    return dropped;
  }

  shift(): Arrival | undefined {
    const arrival = this.#arrivals.shift();
    if (arrival !== undefined) this.#bytes -= arrival.datagram.length;
    return arrival;
  }

  /** Keeps those for which `keep` holds. Gives how many it dropped. */
  filter(keep: (arrival: Arrival) => boolean): number {
    const before = this.#arrivals.splice(0);
    this.#bytes = 0;
    for (const arrival of before) if (keep(arrival)) this.push(arrival);
    return before.length - this.#arrivals.length;
  }

  clear(): void {
    this.filter(() => false);
  }
}
