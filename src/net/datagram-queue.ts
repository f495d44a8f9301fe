import type { UdpAddress } from './address.ts';

export interface Arrival {
  readonly datagram: Uint8Array;
  readonly source: UdpAddress;
}

/** A handshake flight is seldom more than ten datagrams, 2 s of audio are a hundred; what a flood adds is dropped. */
const MAX_DATAGRAMS = 128;
const MAX_BYTES = 256 * 1024;

/** Datagrams that wait to be read: as many as fit 128 datagrams and 256 KiB. */
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
