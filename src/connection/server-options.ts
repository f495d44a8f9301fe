import { invalidType } from '../errors/arguments.ts';
import { HelloGate } from '../handshake/server/gate.ts';
import type { PeerAddress } from '../handshake/server/peer-address.ts';
import { readInteger } from './option-readers.ts';
import type { DtlsConnectionOptions } from './options.ts';

/** The options of one connection of a server; what the server itself decides is left out. */
export type DtlsServerConnectionOptions = Omit<
  DtlsConnectionOptions,
  'role' | 'admission' | 'cookieExchange'
>;

export interface DtlsServerOptions {
  /**
   * Called for each hello from an address that is proven: the options of its connection, or undefined to leave it
   * without an answer. What it throws, and options that are wrong, come as an output `closed` without a connection.
   */
  readonly accept: (peer: PeerAddress) => DtlsServerConnectionOptions | undefined;
  /** Default: a gate of this server's own. Give one to share its secret with other processes. */
  readonly gate?: HelloGate;
  /** Addresses with a connection, 1 to 1,000,000; others get silence. Default 10,000. */
  readonly maximumPeers?: number;
  /** Of these, how many may have one IP address, 1 to 1,000,000. Default 1,000. */
  readonly maximumPeersPerHost?: number;
  /**
   * Handshakes under way, 1 to 1,000,000. Beyond it the oldest gives way to a new one if it has had a second, else the
   * new one gets silence. Default 1,000.
   */
  readonly maximumHandshakes?: number;
}

/** The options, checked and with their defaults. */
export type ServerConfig = Required<DtlsServerOptions>;

const COUNT = { min: 1, max: 1_000_000 } as const;

export function readServerOptions(options: DtlsServerOptions): ServerConfig {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
  const { accept, gate, maximumPeers, maximumPeersPerHost, maximumHandshakes } = options;
  if (typeof accept !== 'function') throw invalidType('options.accept', 'a function', accept);
  if (gate !== undefined && !(gate instanceof HelloGate))
    throw invalidType('options.gate', 'a HelloGate', gate);
  return {
    accept,
    gate: gate ?? new HelloGate(),
    maximumPeers: readInteger('maximumPeers', maximumPeers, 10_000, COUNT),
    maximumPeersPerHost: readInteger('maximumPeersPerHost', maximumPeersPerHost, 1000, COUNT),
    maximumHandshakes: readInteger('maximumHandshakes', maximumHandshakes, 1000, COUNT),
  };
}
