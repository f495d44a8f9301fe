import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../../src/connection/dtls-server.ts';
import type { DtlsServerConnectionOptions } from '../../../src/connection/server-options.ts';
import { makeEnd } from '../../lib/ends.ts';
import type { Road, RoadEnd, RoadOptions, RoadWatcher, Side } from './road.ts';
import { LOOPBACK, UdpEnd, Wait } from './udp-road.ts';

/** A `DtlsServer` on one socket, as its users have it, with one timer for all its peers. */
export class ServerHost {
  readonly server: DtlsServer;
  readonly #socket: Socket;
  readonly #guests = new Map<number, ServerRoad>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.server = new DtlsServer({ accept: ({ port }) => this.#guests.get(port)?.accepted });
    socket.on('message', (datagram, from) => this.#onMessage(datagram, from));
  }

  static async open(): Promise<ServerHost> {
    const socket = createSocket('udp4');
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    return new ServerHost(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  enter(road: ServerRoad, port: number): void {
    this.#guests.set(port, road);
  }

  leave(port: number): void {
    this.#guests.delete(port);
  }

  /** As if it had come from that port. */
  receive(datagram: Uint8Array, port: number): void {
    this.server.receive(datagram, { address: LOOPBACK, port }, performance.now());
    this.drain();
  }

  /** Does what the server wants done; to be called after every call to it or to one of its connections. */
  drain(): void {
    for (let next = this.server.poll(); next !== undefined; next = this.server.poll()) {
      const { peer, connection, output } = next;
      const guest = this.#guests.get(peer.port);
      if (output.type === 'datagram') this.#socket.send(output.datagram, peer.port, peer.address);
      if (connection !== undefined) guest?.server.meet(connection);
      if (output.type === 'message') guest?.watcher.onMessage('server', output.data);
      if (output.type === 'trace' && output.event.kind === 'state')
        guest?.watcher.onState('server', output.event.state);
      guest?.onProgress();
    }
    this.#setTimer();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.server.destroy();
    this.#socket.close();
  }

  #onMessage(datagram: Uint8Array, { port }: RemoteInfo): void {
    const guest = this.#guests.get(port);
    if (guest === undefined || guest.released || !guest.watcher.arrives('server')) return;
    this.receive(datagram, port);
    guest.onProgress();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const due = this.server.nextTimeout;
    if (due === undefined) return;
    const fire = (): void => {
      this.server.handleTimeout(performance.now());
      this.drain();
    };
    this.#timer = setTimeout(fire, Math.max(0, Math.ceil(due - performance.now())));
  }
}

/** One of the server's connections. */
class ServerEnd implements RoadEnd {
  connection: DtlsConnection | undefined;
  destroyed = false;
  readonly #host: ServerHost;

  constructor(host: ServerHost) {
    this.#host = host;
  }

  meet(connection: DtlsConnection): void {
    this.connection = connection;
  }

  send(data: Uint8Array): void {
    this.connection?.send(data, performance.now());
    this.#host.drain();
  }

  setRemoteFingerprints(list: readonly string[]): void {
    this.connection?.setRemoteFingerprints(list, performance.now());
    this.#host.drain();
  }

  close(): void {
    this.connection?.close(performance.now());
    this.#host.drain();
  }

  destroy(): void {
    this.destroyed = this.connection !== undefined;
    this.connection?.destroy();
    this.#host.drain();
  }
}

/** A client on a socket of its own, and a `DtlsServer` that others talk to at the same time. */
export class ServerRoad implements Road {
  readonly client: UdpEnd;
  readonly server: ServerEnd;
  readonly watcher: RoadWatcher;
  readonly accepted: DtlsServerConnectionOptions;
  released = false;
  readonly #host: ServerHost;
  readonly #wait: Wait = new Wait();
  readonly #port: number;

  constructor(host: ServerHost, { client, server }: RoadOptions, watcher: RoadWatcher) {
    const { role: _, admission: __, cookieExchange: ___, ...accepted } = server;
    this.accepted = accepted;
    this.watcher = watcher;
    this.#host = host;
    this.client = new UdpEnd('client', makeEnd('client', client), false, watcher, this.onProgress);
    this.client.udp.setPeer(LOOPBACK, host.port);
    this.#port = this.client.udp.local.port;
    this.server = new ServerEnd(host);
    host.enter(this, this.#port);
  }

  start(): void {
    this.client.session.start();
  }

  forge(to: Side, datagram: Uint8Array): void {
    if (to === 'server') {
      this.#host.receive(datagram, this.#port);
    } else {
      this.client.connection.receive(datagram, performance.now());
      this.client.session.take();
    }
  }

  /** The client's socket stays: another client would be given its port, and the server would take the two for one. */
  sever(): void {}

  get onProgress(): () => void {
    return this.#wait.onProgress;
  }

  until(done: () => boolean): Promise<boolean> {
    return this.#wait.until(done);
  }

  /** A server knows its connections until they have ended: one that is let go of is destroyed. */
  release(): void {
    this.released = true;
    const { connection } = this.server;
    if (connection?.state === 'connecting' || connection?.state === 'connected') this.server.destroy();
    // What is still on its way must have come before another client has the port: it would be taken for that one's.
    setImmediate(() =>
      setImmediate(() => {
        this.client.udp.close();
        this.#host.leave(this.#port);
      }),
    );
  }
}
