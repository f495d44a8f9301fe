import type dgram from 'node:dgram';
import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer, type DtlsServerOutput } from '../../../src/connection/dtls-server.ts';
import type { DtlsServerOptions } from '../../../src/connection/server-options.ts';
import { closeSocket, openSocket } from './loopback.ts';
import { within } from './program.ts';

/**
 * A `DtlsServer` on one UDP socket of loopback, with the real clock. `await using` closes the socket whatever the test
 * does.
 */
export class ServerEndpoint implements AsyncDisposable {
  readonly server: DtlsServer;
  readonly #socket: dgram.Socket;
  /** Told of every output but datagrams, which are sent. */
  readonly #onOutput: (output: DtlsServerOutput) => void;
  readonly #watchers: Set<() => void> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #open = true;

  private constructor(
    socket: dgram.Socket,
    options: DtlsServerOptions,
    onOutput: (output: DtlsServerOutput) => void,
  ) {
    this.#socket = socket;
    this.#onOutput = onOutput;
    this.server = new DtlsServer(options);
    socket.on('message', (datagram, { address, port }) => {
      this.server.receive(datagram, { address, port }, performance.now());
      this.drain();
    });
  }

  static async open(
    options: DtlsServerOptions,
    onOutput: (output: DtlsServerOutput) => void = () => undefined,
  ): Promise<ServerEndpoint> {
    return new ServerEndpoint(await openSocket(), options, onOutput);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** To be called after each call to one of the server's connections. */
  drain(): void {
    for (let own = this.server.poll(); own !== undefined; own = this.server.poll()) {
      const { peer, output } = own;
      if (output.type !== 'datagram') this.#onOutput(own);
      else if (this.#open) this.#socket.send(output.datagram, peer.port, peer.address);
    }
    clearTimeout(this.#timer);
    const next = this.server.nextTimeout;
    if (next !== undefined && this.#open) {
      const fire = (): void => {
        this.server.handleTimeout(performance.now());
        this.drain();
      };
      this.#timer = setTimeout(fire, Math.max(0, Math.ceil(next - performance.now())));
    }
    for (const watcher of [...this.#watchers]) watcher();
  }

  send(connection: DtlsConnection, text: string): void {
    connection.send(new TextEncoder().encode(text), performance.now());
    this.drain();
  }

  /** Waits for what becomes true by something that arrives. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let look = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      look = () => {
        if (condition()) resolve();
      };
    });
    this.#watchers.add(look);
    look();
    try {
      await within(reached, what, () => JSON.stringify(this.server.stats));
    } finally {
      this.#watchers.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    clearTimeout(this.#timer);
    this.server.destroy();
    await closeSocket(this.#socket);
  }
}
