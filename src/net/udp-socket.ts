import type { RemoteInfo, Socket } from 'node:dgram';
import { invalidState, invalidValue } from '../errors/arguments.ts';
import {
  addressForFamily,
  canonicalAddress,
  type IpFamily,
  isPort,
  sameAddress,
  type UdpAddress,
  unmapped,
} from './address.ts';
import { bindOwn, boundAddress, connectedAddress } from './bind.ts';
import { DatagramQueue } from './datagram-queue.ts';
import { isMediaDatagram } from './demultiplex.ts';
import { HelloLatch } from './hello-latch.ts';

/** Why a datagram that arrived was dropped, or one to be sent did not leave. */
export type UdpDiscard =
  | 'empty'
  | 'not_accepted'
  | 'no_peer'
  | 'other_source'
  | 'queue_full'
  | 'media_queue_full'
  | 'send_failed';

export interface UdpSocketStats {
  /** Datagrams taken into the queue. */
  readonly received: number;
  /** Datagrams handed to the system. */
  readonly sent: number;
  /** SRTP and SRTCP packets taken into their queue; those that newer ones pushed out of it are discards instead. */
  readonly mediaReceived: number;
  /** SRTP and SRTCP packets handed to the system. */
  readonly mediaSent: number;
  readonly discards: Readonly<Record<UdpDiscard, number>>;
}

export interface UdpSocketOptions {
  /** A bound socket of the caller's, which stays the caller's: it is never bound, closed or configured here. */
  readonly socket?: Socket;
  /** Our own socket: the IP literal to bind. Default: every address of both families, or of IPv4 if there is no IPv6. */
  readonly address?: string;
  /** Our own socket: the port to bind. Default 0, any free one. */
  readonly port?: number;
  /** Which datagrams are for us; default all. Those of a caller's socket that are not stay uncounted. */
  readonly accepts?: (datagram: Uint8Array) => boolean;
  /** With no peer set, let the first client that proves its address by a cookie be it. Default false: drop all. */
  readonly latch?: boolean;
  /** What wakes whoever waits: called after a datagram was queued, and when the socket closes. */
  readonly onEvent?: () => void;
  /**
   * Called after an SRTP or SRTCP packet of the peer was queued, to be read with `receiveMedia`. Without it the
   * socket knows no media: they are datagrams like any other.
   */
  readonly onMedia?: () => void;
  /** Told of the system's errors: what could not be sent, and why. */
  readonly onError?: (error: Error) => void;
}

/**
 * One UDP socket with one peer: a bounded queue of what the peer sent, and a way to send to it. Media that share
 * the port (RFC 5764 §5.1.2) have a queue of their own, where those that come before their keys wait.
 */
export class UdpSocket {
  readonly #socket: Socket;
  readonly #own: boolean;
  readonly #family: IpFamily;
  /** A connected socket takes no address when it sends. */
  readonly #connectedTo: UdpAddress | undefined;
  readonly #options: UdpSocketOptions;
  readonly #queue: DatagramQueue = new DatagramQueue();
  readonly #media: DatagramQueue = new DatagramQueue();
  #peer: UdpAddress | undefined;
  #latch: HelloLatch | undefined;
  #closed = false;
  #received = 0;
  #sent = 0;
  #mediaReceived = 0;
  #mediaSent = 0;
  readonly #discards: Record<UdpDiscard, number> = {
    empty: 0,
    not_accepted: 0,
    no_peer: 0,
    other_source: 0,
    queue_full: 0,
    media_queue_full: 0,
    send_failed: 0,
  };

  /** Where the socket is bound. */
  readonly local: UdpAddress;

  /**
   * Bound on return. Throws the system's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`…) when that cannot be,
   * and `ERR_INVALID_STATE` when a caller's socket is closed or not bound yet.
   */
  constructor(options: UdpSocketOptions = {}) {
    this.#options = options;
    this.#own = options.socket === undefined;
    this.#socket = options.socket ?? bindOwn(options.address, options.port ?? 0);
    const bound = boundAddress(this.#socket);
    if (bound === undefined)
      throw invalidState('The UDP socket is closed or not bound: wait for "listening".');
    this.#family = bound.family;
    this.local = bound;
    this.#connectedTo = connectedAddress(this.#socket);
    this.#peer = this.#connectedTo;
    this.#latch = options.latch === true ? new HelloLatch() : undefined;
    this.#socket.on('message', this.#onMessage);
    this.#socket.on('close', this.#onClose);
    if (this.#own) this.#socket.on('error', this.#onError);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Datagrams that wait to be read. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Whom we talk to, if that is settled. */
  get peer(): UdpAddress | undefined {
    return this.#peer;
  }

  get stats(): UdpSocketStats {
    return {
      received: this.#received,
      sent: this.#sent,
      mediaReceived: this.#mediaReceived,
      mediaSent: this.#mediaSent,
      discards: { ...this.#discards },
    };
  }

  /**
   * Settles whom we talk to; from here on nobody else is heard, and what others sent before is dropped.
   * Throws `ERR_INVALID_ARG_VALUE` for what is no IP literal, no port, or out of the socket's reach.
   */
  setPeer(address: string, port: number): void {
    const canonical = canonicalAddress(address);
    if (canonical === undefined) throw invalidValue('address', 'an IP address', address);
    if (!isPort(port)) throw invalidValue('port', 'an integer from 1 to 65535', port);
    if (addressForFamily(canonical, this.#family) === undefined) {
      throw invalidValue('address', `an address that an ${this.#family} socket can reach`, address);
    }
    const peer = { address: canonical, port };
    if (this.#connectedTo !== undefined && !sameAddress(peer, this.#connectedTo)) {
      throw invalidValue(
        'address',
        'the address that the socket is connected to',
        `${canonical} port ${port}`,
      );
    }
    this.#settle(peer);
  }

  /** The next datagram, or undefined when none waits. It is the caller's. */
  receive(): Uint8Array | undefined {
    for (let arrival = this.#queue.shift(); arrival !== undefined; arrival = this.#queue.shift()) {
      const { datagram, source } = arrival;
      const latch = this.#latch;
      if (this.#peer !== undefined || latch === undefined) return datagram;
      // Asked again: what it was admitted for may have been forgotten while it waited.
      if (latch.admits(datagram, source)) {
        if (latch.read(datagram, source)) this.#settle(source);
        return datagram;
      }
      this.#discards.no_peer++;
    }
    return undefined;
  }

  /**
   * The next SRTP or SRTCP packet, or undefined when none waits. It is the caller's. At most 128 wait, or 256 KiB of
   * them; then the oldest make room for new ones.
   */
  receiveMedia(): Uint8Array | undefined {
    return this.#media.shift()?.datagram;
  }

  /**
   * Hands a datagram to the system, to go to the peer, or to the hello just read. False when there is nobody to
   * send to or the socket is closed. The bytes must stay as they are: the system may still read them.
   */
  send(datagram: Uint8Array): boolean {
    if (this.#peer === undefined) this.#latch?.sent(datagram);
    const left = this.#transmit(datagram, this.#peer ?? this.#latch?.candidate);
    if (left) this.#sent++;
    return left;
  }

  /**
   * Hands an SRTP or SRTCP packet to the system, to go to the peer and nobody else. False when there is no peer or
   * the socket is closed. The bytes must stay as they are: the system may still read them.
   *
   * @throws ERR_INVALID_ARG_VALUE for what the peer would not take for SRTP or SRTCP.
   */
  sendMedia(packet: Uint8Array): boolean {
    if (!isMediaDatagram(packet)) throw invalidValue('packet', 'an SRTP or SRTCP packet', packet);
    const left = this.#transmit(packet, this.#peer);
    if (left) this.#mediaSent++;
    return left;
  }

  /** Our own socket is closed; of a caller's we only stop listening. */
  close(): void {
    if (this.#closed) return;
    this.#socket.off('message', this.#onMessage);
    this.#socket.off('close', this.#onClose);
    this.#end();
    if (this.#own) this.#socket.close();
  }

  #settle(peer: UdpAddress): void {
    this.#peer = peer;
    this.#latch = undefined;
    for (const queue of [this.#queue, this.#media])
      this.#discards.other_source += queue.filter(({ source }) => sameAddress(source, peer));
  }

  #transmit(datagram: Uint8Array, to: UdpAddress | undefined): boolean {
    const address = to === undefined ? undefined : addressForFamily(to.address, this.#family);
    if (this.#closed || to === undefined || address === undefined) return false;
    try {
      if (this.#connectedTo !== undefined) this.#socket.send(datagram, this.#onSent);
      else this.#socket.send(datagram, to.port, address, this.#onSent);
    } catch (error) {
      this.#onSent(error as Error);
      return false;
    }
    return true;
  }

  readonly #onMessage = (datagram: Buffer, from: RemoteInfo): void => {
    if (datagram.length === 0) {
      // Nothing to read, and a reader would take its length for "no more".
      if (this.#own) this.#discards.empty++;
      return;
    }
    const isMedia = this.#options.onMedia !== undefined && isMediaDatagram(datagram);
    if (!isMedia && this.#options.accepts?.(datagram) === false) {
      if (this.#own) this.#discards.not_accepted++;
      return;
    }
    const source = { address: unmapped(from.address), port: from.port };
    const reason = this.#reasonToDrop(datagram, source, isMedia);
    if (reason !== undefined) {
      this.#discards[reason]++;
      return;
    }
    // The listeners of a shared socket all hold the same memory; the queue keeps its own.
    const arrival = { datagram: this.#own ? datagram : Uint8Array.from(datagram), source };
    if (isMedia) {
      const dropped = this.#media.pushNewest(arrival);
      this.#discards.media_queue_full += dropped;
      this.#mediaReceived += 1 - dropped;
      this.#options.onMedia?.();
    } else {
      this.#queue.push(arrival);
      this.#received++;
      this.#options.onEvent?.();
    }
  };

  #reasonToDrop(datagram: Uint8Array, source: UdpAddress, isMedia: boolean): UdpDiscard | undefined {
    if (this.#peer !== undefined) {
      if (!sameAddress(source, this.#peer)) return 'other_source';
    } else if (isMedia || this.#latch?.admits(datagram, source) !== true) {
      return 'no_peer';
    }
    return isMedia || this.#queue.hasRoomFor(datagram) ? undefined : 'queue_full';
  }

  readonly #onSent = (error: Error | null): void => {
    if (error === null || error === undefined) return;
    this.#discards.send_failed++;
    this.#options.onError?.(error);
  };

  readonly #onError = (error: Error): void => {
    this.#options.onError?.(error);
  };

  readonly #onClose = (): void => {
    this.#end();
  };

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.clear();
    this.#media.clear();
    this.#options.onEvent?.();
  }
}
