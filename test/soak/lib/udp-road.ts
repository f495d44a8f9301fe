import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { UdpSession } from '../../../src/net/udp-session.ts';
import { UdpSocket } from '../../../src/net/udp-socket.ts';
import { makeEnd } from '../../lib/ends.ts';
import type { Road, RoadEnd, RoadOptions, RoadWatcher, Side } from './road.ts';

export const LOOPBACK = '127.0.0.1';

/** In ms; by then everything that is to happen has happened, on the slowest machine. */
const PATIENCE = 120_000;

/** Waits, in real time, until something is so. */
export class Wait {
  #look: () => void = () => undefined;

  /** To be called whenever something has happened. */
  readonly onProgress = (): void => this.#look();

  async until(done: () => boolean): Promise<boolean> {
    if (done()) return true;
    let guard: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        guard = setTimeout(() => resolve(false), PATIENCE);
        this.#look = () => done() && resolve(true);
      });
    } finally {
      clearTimeout(guard);
      this.#look = () => undefined;
    }
  }
}

export class UdpEnd implements RoadEnd {
  readonly connection: DtlsConnection;
  destroyed = false;
  readonly udp: UdpSocket;
  readonly session: UdpSession;

  constructor(
    side: Side,
    connection: DtlsConnection,
    latch: boolean,
    watcher: RoadWatcher,
    onProgress: () => void,
  ) {
    let session: UdpSession | undefined;
    this.connection = connection;
    this.udp = new UdpSocket({
      address: LOOPBACK,
      latch,
      accepts: () => watcher.arrives(side),
      onEvent: () => {
        session?.take();
        onProgress();
      },
    });
    session = new UdpSession(connection, this.udp, {
      onMessage: (data) => watcher.onMessage(side, data),
      onTrace: (event) => event.kind === 'state' && watcher.onState(side, event.state),
    });
    this.session = session;
    void session.closed.then(onProgress);
  }

  send(data: Uint8Array): void {
    this.session.send(data);
  }

  setRemoteFingerprints(list: readonly string[]): void {
    this.connection.setRemoteFingerprints(list, performance.now());
    this.session.take();
  }

  close(): void {
    this.session.close();
  }

  destroy(): void {
    this.destroyed = true;
    this.connection.destroy();
    // Nothing is taken; the session sees that no timer is wanted any more.
    this.session.take();
  }
}

/** Two sockets of the loopback, each with a session on it, as the command `dtlslib` has them. */
export class UdpRoad implements Road {
  readonly client: UdpEnd;
  readonly server: UdpEnd;
  readonly #wait: Wait = new Wait();

  constructor({ client, server }: RoadOptions, watcher: RoadWatcher) {
    const { onProgress } = this.#wait;
    // A server that asks for cookies finds its peer by them, as one that was not told the address.
    const latch = server.cookieExchange === true;
    this.client = new UdpEnd('client', makeEnd('client', client), false, watcher, onProgress);
    this.server = new UdpEnd('server', makeEnd('server', server), latch, watcher, onProgress);
    this.client.udp.setPeer(LOOPBACK, this.server.udp.local.port);
    if (!latch) this.server.udp.setPeer(LOOPBACK, this.client.udp.local.port);
  }

  start(): void {
    this.server.session.start();
    this.client.session.start();
  }

  forge(to: Side, datagram: Uint8Array): void {
    this[to].connection.receive(datagram, performance.now());
    this[to].session.take();
  }

  sever(): void {
    this.client.udp.close();
    this.server.udp.close();
  }

  until(done: () => boolean): Promise<boolean> {
    return this.#wait.until(done);
  }

  release(): void {
    this.client.udp.close();
    this.server.udp.close();
  }
}
