import { plain, toHex } from '../bytes/bytes.ts';
import { checkBytes, checkNow } from '../errors/arguments.ts';
import { DtlsError } from '../errors/dtls-error.ts';
import { type Admission, admittedHello } from '../handshake/server/admission.ts';
import type { HelloGateStats } from '../handshake/server/gate.ts';
import { checkPeerAddress, type PeerAddress, peerKey } from '../handshake/server/peer-address.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import type { HandshakeFragment } from '../wire/handshake.ts';
import { helloRandom } from '../wire/messages/client-hello.ts';
import { soleFragment } from '../wire/sole-fragment.ts';
import { abandon, DtlsConnection, watchOutputs } from './dtls-connection.ts';
import type { DtlsOutput } from './outputs.ts';
import { type DtlsServerOptions, readServerOptions, type ServerConfig } from './server-options.ts';

/** What `DtlsServer.poll` hands out. */
export type DtlsServerOutput = {
  /** Where a datagram is to go, and whom everything else is about. */
  readonly peer: PeerAddress;
} & (
  | {
      /** What it is about. An address may have two, a live one and a candidate: keep what is yours by connection. */
      readonly connection: DtlsConnection;
      readonly output: DtlsOutput;
    }
  | {
      /** A reply of the gate's (`datagram`), or the failure of `accept` (`closed`). */
      readonly connection: undefined;
      readonly output: Extract<DtlsOutput, { readonly type: 'datagram' | 'closed' }>;
    }
);

/** Why a hello with a good cookie opened no connection; or why nothing did, once the server is closed. */
export type DtlsServerRefusal =
  | 'too_many_peers'
  | 'too_many_peers_of_host'
  | 'too_many_handshakes'
  /** The address has begun two handshakes within a second; or one, which has failed. */
  | 'too_soon'
  /** It is the hello that opened the connection which is there. */
  | 'repeated'
  /** `accept` gave undefined, or failed. */
  | 'not_accepted'
  /** Any datagram after `close` or `destroy`. */
  | 'closed';

export interface DtlsServerStats {
  /** Addresses with a connection. */
  readonly peers: number;
  /** Connections that are not authenticated yet. */
  readonly handshakes: number;
  /** Connections opened since the server was made. */
  readonly opened: number;
  /** Connections that have given way to a newer handshake. */
  readonly replaced: number;
  /** By reason; a reason that has not come up has no entry. */
  readonly refusals: Readonly<Partial<Record<DtlsServerRefusal, number>>>;
  readonly gate: HelloGateStats;
}

/** A handshake has so long, in ms, before it gives way to those of others, or a second time to its own client. */
const LEAST_TIME = 1000;
/** Addresses remembered whose handshake has come to nothing. */
const MAX_FAILED = 1024;

interface Association {
  readonly connection: DtlsConnection;
  readonly place: Place;
  /** Of the hello that opened it, in hex: what tells a repeated hello from a new one. */
  readonly random: string;
  readonly since: number;
  /** It took the place of a handshake that was young: whoever restarts may do so at once, but not over and over. */
  readonly hurried: boolean;
}

/** What is at one address. */
interface Place {
  readonly key: string;
  readonly peer: PeerAddress;
  /** Authenticated. */
  live: Association | undefined;
  /** In its handshake; beside a live one it is a candidate for its place. */
  pending: Association | undefined;
}

/**
 * A DTLS server with many peers on one port: a `HelloGate`, and a `DtlsConnection` for each address that has passed it.
 * It has no socket, no timer and no clock: bring it each datagram and where it came from (`receive`), call
 * `handleTimeout` once `nextTimeout` has come, and after every call, and after every call to one of its connections,
 * drain `poll()`. Connections are used directly (`send`, `close`, `srtpKeys`…), but polled by nobody else.
 *
 * A peer that has lost its association may begin anew from the same address (RFC 6347 §4.2.8): its handshake goes on
 * beside the live association, which it replaces once it is complete and the peer is authenticated, and not before.
 */
export class DtlsServer {
  readonly #config: ServerConfig;
  readonly #places = new Map<string, Place>();
  /** Addresses with a connection, by host. */
  readonly #hosts = new Map<string, number>();
  /**
   * Of addresses whose handshake has come to nothing, when it began: to replay a hello and end what it opens with a
   * forged alert, over and over, is not to get a flight and a signature each time.
   */
  readonly #failed = new Map<string, number>();
  /** Handshakes under way, the oldest first. */
  readonly #pending = new Set<Association>();
  /** What the gate and the server itself have to say. */
  readonly #outputs: DtlsServerOutput[] = [];
  /** Those that may have outputs. */
  readonly #ready = new Set<Association>();
  readonly #refusals: Partial<Record<DtlsServerRefusal, number>> = {};
  /** Kept until a handshake does something: what comes for others is not to cost a look at them all. */
  #nextTimeout: number | undefined;
  #timeoutKnown = false;
  #opened = 0;
  #replaced = 0;
  #closed = false;

  /** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
  constructor(options: DtlsServerOptions) {
    this.#config = readServerOptions(options);
  }

  /**
   * Takes in one datagram, whose bytes are borrowed until this returns. Never throws for anything that it may hold.
   *
   * @throws ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE for arguments that are none
   */
  receive(datagram: Uint8Array, peer: PeerAddress, now: number): void {
    checkBytes('datagram', datagram);
    checkPeerAddress('peer', peer);
    checkNow(now);
    if (this.#closed) {
      this.#refuse('closed');
      return;
    }
    const place = this.#places.get(peerKey(peer));
    const hello = helloIn(datagram);
    if (place === undefined || (hello !== undefined && !isRepeated(hello, place.pending))) {
      this.#receiveHello(datagram, peer, place, now);
      return;
    }
    // The one that it does not belong to drops it. A live peer may still lack our last flight.
    place.live?.connection.receive(datagram, now);
    if (place.pending !== undefined) this.#bring(place.pending, datagram, now);
  }

  /** When `handleTimeout` is to be called, on the caller's clock; undefined when nothing is waited for. */
  get nextTimeout(): number | undefined {
    if (!this.#timeoutKnown) {
      this.#nextTimeout = this.#findNextTimeout();
      this.#timeoutKnown = true;
    }
    return this.#nextTimeout;
  }

  /** Does what is due by now; does nothing before `nextTimeout`. */
  handleTimeout(now: number): void {
    checkNow(now);
    this.#timeoutKnown = false;
    for (const { connection } of this.#pending) connection.handleTimeout(now);
  }

  /** The next thing to do or to know, and about whom; undefined when there is nothing more. */
  poll(): DtlsServerOutput | undefined {
    const own = this.#outputs.shift();
    if (own !== undefined) return own;
    for (const association of this.#ready) {
      const { connection, place } = association;
      const output = connection.poll();
      if (output === undefined) this.#ready.delete(association);
      // Destroyed by the application, an association ends without an output.
      if (output?.type === 'closed' || (output === undefined && hasEnded(connection)))
        this.#remove(association);
      if (output?.type === 'connected') this.#promote(association);
      if (output !== undefined) return { peer: place.peer, connection, output };
    }
    return undefined;
  }

  /** Addresses that have a connection. */
  get size(): number {
    return this.#places.size;
  }

  /** Every connection that is authenticated or in its handshake. */
  *connections(): Generator<DtlsConnection> {
    for (const { live, pending } of this.#places.values()) {
      if (live !== undefined) yield live.connection;
      if (pending !== undefined) yield pending.connection;
    }
  }

  /** What there is, and counts since the server was made; a snapshot. */
  get stats(): DtlsServerStats {
    return {
      peers: this.#places.size,
      handshakes: this.#pending.size,
      opened: this.#opened,
      replaced: this.#replaced,
      refusals: { ...this.#refusals },
      gate: this.#config.gate.stats,
    };
  }

  /** Ends every connection with a close_notify; nothing is taken in any more. */
  close(now: number): void {
    checkNow(now);
    this.#closed = true;
    for (const connection of [...this.connections()]) connection.close(now);
  }

  /** Ends it at once: sends nothing, overwrites all keys, drops what was not polled. */
  destroy(): void {
    this.#closed = true;
    for (const connection of [...this.connections()]) connection.destroy();
    this.#outputs.length = 0;
    for (const set of [this.#places, this.#hosts, this.#failed, this.#pending, this.#ready]) set.clear();
  }

  #findNextTimeout(): number | undefined {
    let next: number | undefined;
    for (const { connection } of this.#pending) {
      const { nextTimeout } = connection;
      if (nextTimeout !== undefined && (next === undefined || nextTimeout < next)) next = nextTimeout;
    }
    return next;
  }

  /** A handshake gets a datagram, and its timer may be another then. */
  #bring({ connection }: Association, datagram: Uint8Array, now: number): void {
    this.#timeoutKnown = false;
    connection.receive(datagram, now);
  }

  /** A hello, or anything from an address that has no connection. */
  #receiveHello(datagram: Uint8Array, peer: PeerAddress, place: Place | undefined, now: number): void {
    const result = this.#config.gate.receive(datagram, peer, now);
    if (result.type === 'reply') {
      const { address, port } = peer;
      this.#outputs.push({
        peer: { address, port },
        connection: undefined,
        output: { type: 'datagram', datagram: result.datagram },
      });
    } else if (result.type === 'admission') {
      const random = toHex(helloRandom(admittedHello(result.admission).message.body));
      if (place?.pending?.random === random) {
        this.#bring(place.pending, datagram, now); // again, in fragments
        return;
      }
      const refusal = this.#reasonToRefuse(peer, place, random, now);
      if (refusal === undefined) this.#open(result.admission, peer, random, now);
      else this.#refuse(refusal);
    }
  }

  #reasonToRefuse(
    peer: PeerAddress,
    place: Place | undefined,
    random: string,
    now: number,
  ): DtlsServerRefusal | undefined {
    if (place?.live?.random === random) return 'repeated';
    if (place === undefined) {
      if (this.#places.size >= this.#config.maximumPeers) return 'too_many_peers';
      if ((this.#hosts.get(peer.address) ?? 0) >= this.#config.maximumPeersPerHost)
        return 'too_many_peers_of_host';
    }
    const failedAt = this.#failed.get(peerKey(peer));
    if (failedAt !== undefined && now - failedAt < LEAST_TIME) return 'too_soon';
    const pending = place?.pending;
    if (pending !== undefined) return pending.hurried && isYoung(pending, now) ? 'too_soon' : undefined;
    if (this.#pending.size < this.#config.maximumHandshakes) return undefined;
    const [oldest] = this.#pending;
    return oldest === undefined || isYoung(oldest, now) ? 'too_many_handshakes' : undefined;
  }

  #open(admission: Admission, { address, port }: PeerAddress, random: string, now: number): void {
    const peer = { address, port };
    let connection: DtlsConnection;
    try {
      const { accept } = this.#config;
      const options = accept(peer);
      if (this.#closed) return;
      if (options === undefined) {
        this.#refuse('not_accepted');
        return;
      }
      connection = new DtlsConnection({ ...options, role: 'server', admission });
    } catch (cause) {
      this.#refuse('not_accepted');
      const error = new DtlsError('ERR_DTLS_CALLBACK', "The server's accept failed, or gave wrong options.", {
        cause,
      });
      this.#outputs.push({ peer, connection: undefined, output: { type: 'closed', error } });
      return;
    }
    this.#enter(connection, peer, random, now);
  }

  #enter(connection: DtlsConnection, peer: PeerAddress, random: string, now: number): void {
    const key = peerKey(peer);
    const place = this.#places.get(key) ?? { key, peer, live: undefined, pending: undefined };
    const { pending } = place;
    const [oldest] = this.#pending;
    if (pending !== undefined) this.#replace(pending);
    else if (this.#pending.size >= this.#config.maximumHandshakes && oldest !== undefined)
      this.#replace(oldest);
    if (!this.#places.has(key)) {
      this.#places.set(key, place);
      this.#hosts.set(peer.address, (this.#hosts.get(peer.address) ?? 0) + 1);
    }
    const hurried = pending !== undefined && isYoung(pending, now);
    const association: Association = { connection, place, random, since: now, hurried };
    place.pending = association;
    this.#pending.add(association);
    this.#opened++;
    watchOutputs(connection, () => {
      this.#ready.add(association);
      if (place.pending === association) this.#timeoutKnown = false;
    });
    connection.start(now);
  }

  /** The peer is authenticated, and its Finished verified: what was there before is over (RFC 6347 §4.2.8). */
  #promote(association: Association): void {
    const { place } = association;
    if (place.pending !== association) return;
    const { live } = place;
    if (live !== undefined) this.#replace(live);
    this.#leave(association);
    place.live = association;
  }

  /** Its last output tells its owner. */
  #replace(association: Association): void {
    this.#replaced++;
    const what = association.connection.state === 'connected' ? 'association' : 'handshake';
    const message = `The ${what} has given way to a newer handshake.`;
    this.#leave(association);
    abandon(association.connection, new DtlsError('ERR_DTLS_REPLACED', message));
  }

  #remove(association: Association): void {
    if (association.place.pending === association) this.#rememberFailed(association);
    this.#leave(association);
    this.#ready.delete(association);
    const { place } = association;
    if (place.live !== undefined || place.pending !== undefined || this.#places.get(place.key) !== place)
      return;
    this.#places.delete(place.key);
    const { address } = place.peer;
    const left = (this.#hosts.get(address) ?? 0) - 1;
    if (left > 0) this.#hosts.set(address, left);
    else this.#hosts.delete(address);
  }

  #leave(association: Association): void {
    const { place } = association;
    if (place.live === association) place.live = undefined;
    if (place.pending === association) place.pending = undefined;
    this.#pending.delete(association);
    this.#timeoutKnown = false;
  }

  #rememberFailed({ place, since }: Association): void {
    this.#failed.delete(place.key);
    this.#failed.set(place.key, since);
    if (this.#failed.size <= MAX_FAILED) return;
    const [oldest] = this.#failed.keys();
    if (oldest !== undefined) this.#failed.delete(oldest);
  }

  #refuse(reason: DtlsServerRefusal): void {
    this.#refusals[reason] = (this.#refusals[reason] ?? 0) + 1;
  }
}

/** A ClientHello, or a fragment of one, in a datagram of its own. */
function helloIn(datagram: Uint8Array): HandshakeFragment | undefined {
  const plaintext = datagram[3] === 0 && datagram[4] === 0; // the epoch (RFC 6347 §4.1)
  const fragment = plaintext ? soleFragment(plain(datagram)) : undefined;
  return fragment?.type === HandshakeType.client_hello ? fragment : undefined;
}

/** The hello that opened a handshake, again and whole: its answer may have been lost, whatever has become of its cookie. */
function isRepeated({ fragment, length }: HandshakeFragment, handshake: Association | undefined): boolean {
  return fragment.length === length && toHex(helloRandom(fragment)) === handshake?.random;
}

function isYoung({ since }: Association, now: number): boolean {
  return now - since < LEAST_TIME;
}

function hasEnded({ state }: DtlsConnection): boolean {
  return state === 'closed' || state === 'failed';
}
