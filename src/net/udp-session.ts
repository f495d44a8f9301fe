import type { DtlsConnection } from '../connection/dtls-connection.ts';
import type { DtlsError } from '../errors/dtls-error.ts';
import type { TraceEvent } from '../observe/trace.ts';
import type { UdpSocket } from './udp-socket.ts';

/** What a session tells while it runs. */
export interface SessionListener {
  onTrace?(event: TraceEvent): void;
  onKeylog?(line: string): void;
  onMessage?(data: Uint8Array): void;
}

/** A promise settled from outside; the first value counts. */
class Deferred<T> {
  resolve: (value: T) => void = () => undefined;
  readonly promise: Promise<T> = new Promise((resolve) => {
    this.resolve = resolve;
  });
}

/**
 * One connection on one UDP socket, for whoever sits on top: carries datagrams between the two and lets the
 * connection's timers fire.
 */
export class UdpSession {
  readonly connection: DtlsConnection;
  readonly #udp: UdpSocket;
  readonly #listener: SessionListener;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  readonly #connected: Deferred<boolean> = new Deferred();
  readonly #closed: Deferred<DtlsError | undefined> = new Deferred();

  /** `take()` is to be called from the socket's `onEvent`. */
  constructor(connection: DtlsConnection, udp: UdpSocket, listener: SessionListener = {}) {
    this.connection = connection;
    this.#udp = udp;
    this.#listener = listener;
  }

  start(): void {
    this.#running = true;
    this.connection.start(performance.now());
    this.take();
  }

  /** True once the handshake is complete and the peer checked; false when it has ended before. */
  get connected(): Promise<boolean> {
    return this.#connected.promise;
  }

  /** The end, with the error if it was one. */
  get closed(): Promise<DtlsError | undefined> {
    return this.#closed.promise;
  }

  /** Takes in every datagram that waits. */
  take(): void {
    if (!this.#running) return;
    for (let datagram = this.#udp.receive(); datagram !== undefined; datagram = this.#udp.receive()) {
      this.connection.receive(datagram, performance.now());
      this.#drain();
    }
    this.#drain();
  }

  /** @throws ERR_INVALID_STATE unless connected; ERR_OUT_OF_RANGE over 16,384 bytes. */
  send(data: Uint8Array): void {
    this.connection.send(data, performance.now());
    this.#drain();
  }

  /** Ends it with a close_notify. */
  close(): void {
    this.connection.close(performance.now());
    this.#drain();
    this.#end(undefined);
  }

  #drain(): void {
    for (let output = this.connection.poll(); output !== undefined; output = this.connection.poll()) {
      switch (output.type) {
        case 'datagram':
          // One that cannot be sent is one that is lost: it is sent again when its time comes.
          this.#udp.send(output.datagram);
          break;
        case 'trace':
          this.#listener.onTrace?.(output.event);
          break;
        case 'keylog':
          this.#listener.onKeylog?.(output.line);
          break;
        case 'message':
          this.#listener.onMessage?.(output.data);
          break;
        case 'connected':
          this.#connected.resolve(true);
          break;
        case 'closed':
          this.#end(output.error);
          break;
        case 'request':
          break;
      }
    }
    this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const due = this.connection.nextTimeout;
    if (!this.#running || due === undefined) return;
    // After the loop was held up, Node runs timers before it reads sockets: let an answer that waits be read first.
    const fire = (): void => void setImmediate(() => this.#handleTimeout());
    this.#timer = setTimeout(fire, Math.max(0, Math.ceil(due - performance.now())));
  }

  #handleTimeout(): void {
    if (!this.#running) return;
    this.connection.handleTimeout(performance.now());
    this.#drain();
  }

  #end(error: DtlsError | undefined): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#connected.resolve(false);
    this.#closed.resolve(error);
  }
}
