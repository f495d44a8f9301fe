import type dgram from 'node:dgram';
import { createCertificate } from '../../../src/certificate/create.ts';
import { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { closeSocket, LOOPBACK, openSocket } from '../../interop/lib/loopback.ts';
import { seeded } from '../../lib/lossy.ts';
import { clientHello, helloDatagram, randomOf } from './hellos.ts';

/** Messages of the live clients so far. */
export interface TalkCounts {
  readonly sent: number;
  /** Those that the server has heard and answered. */
  readonly answered: number;
  /** Those that had no answer in time. */
  readonly lost: number;
}

/** An answer that has not come by then, in ms, is lost: nothing here is repeated. */
const PATIENCE = 5000;
/** Between an answer and the next message, in ms, at least and at most. */
const PAUSE = { least: 20, most: 100 };
/** Every so many messages, somebody says hello in the name of the live client. */
const FORGED_HELLO = 10;

/** One client that talks: says something, waits for the answer, pauses, and says the next thing. */
class LiveClient {
  readonly #socket: dgram.Socket;
  readonly #port: number;
  readonly #connection: DtlsConnection;
  readonly #random: () => number;
  readonly #connected: () => void;
  readonly #failed: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #number = 0;
  #waiting = false;
  #stopping: (() => void) | undefined;
  #ended = false;
  answered = 0;
  lost = 0;

  constructor(
    socket: dgram.Socket,
    connection: DtlsConnection,
    port: number,
    random: () => number,
    on: { readonly connected: () => void; readonly failed: (error: Error) => void },
  ) {
    this.#socket = socket;
    this.#connection = connection;
    this.#port = port;
    this.#random = random;
    this.#connected = on.connected;
    this.#failed = on.failed;
    socket.on('message', (datagram) => {
      connection.receive(datagram, performance.now());
      this.#drain();
    });
    connection.start(performance.now());
    this.#drain();
  }

  get sent(): number {
    return this.#number;
  }

  say(): void {
    const number = ++this.#number;
    if (number % FORGED_HELLO === 0) this.#send(helloDatagram(clientHello({ random: randomOf(number) })));
    this.#waiting = true;
    this.#connection.send(Buffer.from(`message ${number}`), performance.now());
    this.#drain();
    this.#pause = setTimeout(() => this.#answer(undefined), PATIENCE);
  }

  /** Resolves once the last answer is there, or is not to come. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stopping = resolve;
      if (!this.#waiting) resolve();
    });
    clearTimeout(this.#pause);
    clearTimeout(this.#timer);
    this.#connection.destroy();
    await closeSocket(this.#socket);
  }

  #answer(words: string | undefined): void {
    if (words !== undefined && words !== `message ${this.#number}`) return;
    clearTimeout(this.#pause);
    this.#waiting = false;
    if (words === undefined) this.lost++;
    else this.answered++;
    if (this.#stopping !== undefined) this.#stopping();
    else if (!this.#ended)
      this.#pause = setTimeout(() => this.say(), PAUSE.least + this.#random() * (PAUSE.most - PAUSE.least));
  }

  /** What it waits for does not come any more, and it says nothing more. */
  #end(error: Error | undefined): void {
    this.#ended = true;
    this.#failed(error ?? new Error('The server has said goodbye.'));
    if (this.#waiting) this.#answer(undefined);
    clearTimeout(this.#pause);
  }

  #send(datagram: Uint8Array): void {
    this.#socket.send(datagram, this.#port, LOOPBACK);
  }

  #drain(): void {
    for (let output = this.#connection.poll(); output !== undefined; output = this.#connection.poll()) {
      if (output.type === 'datagram') this.#send(output.datagram);
      else if (output.type === 'connected') this.#connected();
      else if (output.type === 'message') this.#answer(Buffer.from(output.data).toString());
      else if (output.type === 'closed') this.#end(output.error);
    }
    clearTimeout(this.#timer);
    const next = this.#connection.nextTimeout;
    if (next === undefined) return;
    const fire = (): void => {
      this.#connection.handleTimeout(performance.now());
      this.#drain();
    };
    this.#timer = setTimeout(fire, Math.max(0, Math.ceil(next - performance.now())));
  }
}

/** Clients with one certificate, each on a socket of its own. */
export class LiveClients {
  readonly #certificate = createCertificate();
  readonly #clients: LiveClient[] = [];

  /** What the server is to expect of them. */
  get fingerprint(): string {
    return `sha-256 ${this.#certificate.fingerprint()}`;
  }

  /** Connects so many, one after the other, and lets them talk. */
  async talk(
    count: number,
    seed: number,
    server: { readonly port: number; readonly fingerprint: string },
  ): Promise<void> {
    const random = seeded(seed);
    for (let i = 0; i < count; i++) {
      const socket = await openSocket();
      const connection = new DtlsConnection({
        role: 'client',
        certificate: this.#certificate,
        remoteFingerprints: [server.fingerprint],
        srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
      });
      await new Promise<void>((connected, failed) => {
        this.#clients.push(new LiveClient(socket, connection, server.port, random, { connected, failed }));
      });
    }
    for (const client of this.#clients) client.say();
  }

  get counts(): TalkCounts {
    const sum = (of: (client: LiveClient) => number): number =>
      this.#clients.reduce((total, client) => total + of(client), 0);
    return {
      sent: sum((own) => own.sent),
      answered: sum((own) => own.answered),
      lost: sum((own) => own.lost),
    };
  }

  async stop(): Promise<TalkCounts> {
    await Promise.all(this.#clients.map((client) => client.stop()));
    return this.counts;
  }
}
