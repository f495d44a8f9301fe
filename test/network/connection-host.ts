import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsOutput } from '../../src/connection/outputs.ts';
import type { Address, Host } from './network.ts';

/** All outputs but datagrams. */
export type Event = Exclude<DtlsOutput, { readonly type: 'datagram' }>;

/** A host with one connection to look at. */
export interface Party extends Host {
  /** Undefined while a server with many peers has none. */
  readonly connection: DtlsConnection | undefined;
  readonly connectedAt: number | undefined;
  /** The messages that came, as text. */
  readonly messages: string[];
}

/**
 * One DtlsConnection, with an owner who does as the documentation says: gives it every datagram, whoever sent it, and
 * follows the peer to the source of one that was `authenticatedNewest`, and to no other.
 */
export class ConnectionHost implements Party {
  readonly connection: DtlsConnection;
  /** Where its datagrams go. */
  peer: Address;
  readonly events: Event[] = [];
  /** When it was connected. */
  connectedAt: number | undefined;
  /** How often the peer has moved. */
  moves = 0;
  #now = 0;

  constructor(connection: DtlsConnection, peer: Address) {
    this.connection = connection;
    this.peer = peer;
  }

  start(now: number): this {
    this.#now = now;
    this.connection.start(now);
    return this;
  }

  receive(datagram: Uint8Array, from: Address, now: number): void {
    this.#now = now;
    const { authenticatedNewest } = this.connection.receive(datagram, now);
    if (!authenticatedNewest || (from.address === this.peer.address && from.port === this.peer.port)) return;
    this.peer = from;
    this.moves++;
  }

  get nextTimeout(): number | undefined {
    return this.connection.nextTimeout;
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.connection.handleTimeout(now);
  }

  poll(): { readonly to: Address; readonly datagram: Uint8Array } | undefined {
    for (let output = this.connection.poll(); output !== undefined; output = this.connection.poll()) {
      if (output.type === 'datagram') return { to: this.peer, datagram: output.datagram };
      if (output.type === 'connected') this.connectedAt = this.#now;
      this.events.push(output);
    }
    return undefined;
  }

  get messages(): string[] {
    return messagesIn(this.events);
  }
}

export function messagesIn(events: readonly Event[]): string[] {
  return events.flatMap((event) => (event.type === 'message' ? [new TextDecoder().decode(event.data)] : []));
}
