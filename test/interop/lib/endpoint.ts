import type dgram from 'node:dgram';
import { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../../src/connection/options.ts';
import type { DtlsRequest } from '../../../src/connection/outputs.ts';
import type { DtlsError } from '../../../src/errors/dtls-error.ts';
import type { TraceEvent } from '../../../src/observe/trace.ts';
import { closeSocket, LOOPBACK, openSocket } from './loopback.ts';
import { within } from './program.ts';

/**
 * A `DtlsConnection` on a UDP socket of loopback, with the real clock. A server answers whoever sent the
 * last datagram. `await using` closes the socket whatever the test does.
 */
export class Endpoint implements AsyncDisposable {
  readonly connection: DtlsConnection;
  /** Application data in the order of arrival. */
  readonly messages: string[] = [];
  readonly traces: TraceEvent[] = [];
  /** Length of each datagram sent. */
  readonly sent: number[] = [];
  /** Answers the output `request`; set it before the first one comes. */
  answer: ((request: DtlsRequest) => Promise<unknown>) | undefined;
  readonly #socket: dgram.Socket;
  readonly #watchers: Set<() => void> = new Set();
  #remotePort: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #connected = false;
  #closed: { readonly error: DtlsError | undefined } | undefined;
  #socketOpen = true;

  private constructor(socket: dgram.Socket, options: DtlsConnectionOptions, remotePort: number | undefined) {
    this.#socket = socket;
    this.#remotePort = remotePort;
    this.connection = new DtlsConnection({ trace: true, ...options });
    socket.on('message', (datagram, sender) => {
      this.#remotePort ??= sender.port;
      this.connection.receive(datagram, performance.now());
      this.#drain();
    });
    this.connection.start(performance.now());
    this.#drain();
  }

  /** `remotePort`: where a client connects to. */
  static async open(options: DtlsConnectionOptions, remotePort?: number): Promise<Endpoint> {
    return new Endpoint(await openSocket(), options, remotePort);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Resolves with `connected`, or with the error of a handshake that failed. */
  async outcome(): Promise<'connected' | DtlsError | undefined> {
    await this.until(() => this.#connected || this.#closed !== undefined, 'the end of the handshake');
    return this.#connected ? 'connected' : this.#closed?.error;
  }

  /** Resolves at the output `closed`, with its error. */
  async ended(): Promise<DtlsError | undefined> {
    await this.until(() => this.#closed !== undefined, 'the end of the connection');
    return this.#closed?.error;
  }

  async receivedMessages(count: number): Promise<readonly string[]> {
    await this.until(() => this.messages.length >= count, `${count} messages`);
    return this.messages;
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
      await within(reached, what, () => this.#describe());
    } finally {
      this.#watchers.delete(look);
    }
  }

  send(text: string): void {
    this.connection.send(new TextEncoder().encode(text), performance.now());
    this.#drain();
  }

  setRemoteFingerprints(list: readonly string[]): void {
    this.connection.setRemoteFingerprints(list, performance.now());
    this.#drain();
  }

  close(): void {
    this.connection.close(performance.now());
    this.#drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy();
    clearTimeout(this.#timer);
    this.#socketOpen = false;
    await closeSocket(this.#socket);
  }

  /** What a test needs to know when something did not come. */
  #describe(): string {
    const { state, error, nextTimeout } = this.connection;
    const traces = this.traces.map((event) => JSON.stringify(event));
    const timer = nextTimeout === undefined ? 'no timer' : `timer in ${nextTimeout - performance.now()} ms`;
    return [`state ${state}, ${timer}, error ${error?.message}`, ...traces].join('\n');
  }

  async #answerLater(request: DtlsRequest): Promise<void> {
    const value = await this.answer?.(request);
    this.connection.resolve(request.id, value, performance.now());
    this.#drain();
  }

  #drain(): void {
    for (let output = this.connection.poll(); output !== undefined; output = this.connection.poll()) {
      switch (output.type) {
        case 'datagram':
          this.sent.push(output.datagram.length);
          if (this.#remotePort !== undefined && this.#socketOpen) {
            this.#socket.send(output.datagram, this.#remotePort, LOOPBACK);
          }
          break;
        case 'connected':
          this.#connected = true;
          break;
        case 'message':
          this.messages.push(new TextDecoder().decode(output.data));
          break;
        case 'closed':
          this.#closed = { error: output.error };
          break;
        case 'request':
          this.#answerLater(output);
          break;
        case 'trace':
          this.traces.push(output.event);
          break;
        default:
          break;
      }
    }
    clearTimeout(this.#timer);
    const next = this.connection.nextTimeout;
    if (next !== undefined && this.#socketOpen) {
      this.#timer = setTimeout(
        () => {
          this.connection.handleTimeout(performance.now());
          this.#drain();
        },
        Math.max(0, Math.ceil(next - performance.now())),
      );
    }
    for (const watcher of [...this.#watchers]) watcher();
  }
}
