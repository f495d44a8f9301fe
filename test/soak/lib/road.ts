import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { EndOptions } from '../../lib/ends.ts';

export type Side = 'client' | 'server';

export const SIDES: readonly Side[] = ['client', 'server'];

export const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client');

/** What became of both sides, in a word or two each. */
export type Outcome = Readonly<Record<Side, string>>;

/** One end of a handshake, and what its owner can do with it. */
export interface RoadEnd {
  /** Undefined as long as there is none: a server behind a gate makes it when the client's address is proven. */
  readonly connection: DtlsConnection | undefined;
  send(data: Uint8Array): void;
  setRemoteFingerprints(list: readonly string[]): void;
  /** Says goodbye. */
  close(): void;
  /** Ends it without a word. */
  destroy(): void;
  /** Whether that was done. */
  readonly destroyed: boolean;
}

/** Whoever looks on, and decides what the network does. */
export interface RoadWatcher {
  /** A datagram has come to the end of its way: whether `to` gets it. */
  arrives(to: Side): boolean;
  onMessage(side: Side, data: Uint8Array): void;
  /** Of the connections that are traced. */
  onState(side: Side, state: string): void;
}

/** Two ends and a network between them. */
export interface Road {
  readonly client: RoadEnd;
  readonly server: RoadEnd;
  start(): void;
  /** Brings `to` a datagram that nobody has sent. */
  forge(to: Side, datagram: Uint8Array): void;
  /** Takes the network away from under both ends. */
  sever(): void;
  /**
   * Lets things happen until `done`, which is asked after each of them. False: it did not come to that, and nothing
   * more will happen.
   */
  until(done: () => boolean): Promise<boolean>;
  /** Lets go of sockets, and of nothing else. */
  release(): void;
}

export type RoadOptions = Readonly<Record<Side, EndOptions>>;

export type MakeRoad = (options: RoadOptions, watcher: RoadWatcher) => Road;
