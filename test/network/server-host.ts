import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsServer } from '../../src/connection/dtls-server.ts';
import { type Event, messagesIn, type Party } from './connection-host.ts';
import type { Address } from './network.ts';

/** What a server told of one of its peers' connections. */
export interface PeerEvent {
  readonly now: number;
  readonly peer: Address;
  readonly connection: DtlsConnection;
  readonly event: Event;
}

/** A DtlsServer with all its peers. */
export class ServerHost implements Party {
  readonly server: DtlsServer;
  /** Told of all outputs but datagrams; by default they are kept in `events`. */
  onEvent: (event: PeerEvent) => void = (event) => void this.events.push(event);
  readonly events: PeerEvent[] = [];
  #now = 0;

  constructor(server: DtlsServer) {
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

  /** The one that was connected last, or else any that is there. */
  get connection(): DtlsConnection | undefined {
    return this.connected.at(-1)?.connection ?? [...this.server.connections()].at(-1);
  }

  get connectedAt(): number | undefined {
    return this.connected.at(-1)?.now;
  }

  get messages(): string[] {
    return messagesIn(this.events.map(({ event }) => event));
  }
}
