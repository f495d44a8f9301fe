import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsOutput } from '../../src/connection/outputs.ts';
import type { Event } from './connection-host.ts';
import type { Address, Host } from './network.ts';

/** What of a DtlsServer the network needs. */
export interface ManyPeers {
  receive(datagram: Uint8Array, peer: Address, now: number): void;
  readonly nextTimeout: number | undefined;
  handleTimeout(now: number): void;
  poll():
    | {
        readonly peer: Address;
        readonly connection: DtlsConnection | undefined;
        readonly output: DtlsOutput;
      }
    | undefined;
}

/** What a server told of one of its peers' connections. */
export interface PeerEvent {
  readonly now: number;
  readonly peer: Address;
  readonly connection: DtlsConnection;
  readonly event: Event;
}

/** A DtlsServer with all its peers. */
export class ServerHost implements Host {
  readonly server: ManyPeers;
  /** Told of all outputs but datagrams; by default they are kept in `events`. */
  onEvent: (event: PeerEvent) => void = (event) => void this.events.push(event);
  readonly events: PeerEvent[] = [];
  #now = 0;

  constructor(server: ManyPeers) {
    this.server = server;
  }

  receive(datagram: Uint8Array, from: Address, now: number): void {
    this.#now = now;
    this.server.receive(datagram, from, now);
  }

  get nextTimeout(): number | undefined {
    return this.server.nextTimeout;
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.server.handleTimeout(now);
  }

  poll(): { readonly to: Address; readonly datagram: Uint8Array } | undefined {
    for (let next = this.server.poll(); next !== undefined; next = this.server.poll()) {
      const { peer, connection, output } = next;
      if (output.type === 'datagram') return { to: peer, datagram: output.datagram };
      if (connection !== undefined) this.onEvent({ now: this.#now, peer, connection, event: output });
    }
    return undefined;
  }

  /** The connections that came to be connected, in the order in which they did, with the time. */
  get connected(): PeerEvent[] {
    return this.events.filter(({ event }) => event.type === 'connected');
  }
}
