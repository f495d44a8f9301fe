import { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../../src/connection/options.ts';
import type { DtlsOutput, DtlsRequest } from '../../../src/connection/outputs.ts';
import type { DtlsError } from '../../../src/errors/dtls-error.ts';
import { actingAs, fixedSignature } from './entropy.ts';

/** A promise was broken: what a fuzzer looks for. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function insist(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Broken(what);
}

/** Runs what must not throw, whatever came. */
export function mustNotThrow<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof Broken) throw cause;
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new Broken(`${what} threw: ${reason}`, { cause });
  }
}

/*
 * What one datagram may make a connection send: the flight that answers it, or that it asks for again, and alerts; and
 * under keys, as many bytes again as came.
 */
const MOST_DATAGRAMS_OUT = 24;
const MOST_BYTES_OUT = 8192;
/** A limit on the whole handshake is never further away, in ms. */
const FURTHEST_TIMEOUT = 60_000;

/** A datagram to be sent, or something to be told. */
type Told = Exclude<DtlsOutput, { readonly type: 'datagram' | 'request' | 'trace' }>;

/** Throws as soon as an error is not one that a peer can be blamed for. */
export function checkError(error: DtlsError | undefined): void {
  if (error === undefined) return;
  const cause = error.cause instanceof Error ? error.cause.stack : String(error.cause);
  insist(
    error.code !== 'ERR_DTLS_INTERNAL' && error.code !== 'ERR_DTLS_CALLBACK',
    `${error.code}: ${error.message} ${cause}`,
  );
  insist(error.message.length <= 2000, `an error message of ${error.message.length} characters`);
}

/** Whether `nextTimeout` is a time that one can wait for. */
export function checkTimeout(nextTimeout: number | undefined, now: number): void {
  if (nextTimeout === undefined) return;
  insist(
    Number.isFinite(nextTimeout) && nextTimeout >= now && nextTimeout <= now + FURTHEST_TIMEOUT,
    `nextTimeout is ${nextTimeout} at ${now}`,
  );
}

/** What an application says that wants nothing to do with the peer. */
const NO = { verifyPeer: false, selectContext: undefined } as const;

/** A connection of which every call is watched. */
export class WatchedEnd {
  #refusal: Error | 'no' | undefined;
  readonly name: string;
  readonly connection: DtlsConnection;
  /** Datagrams to be sent. */
  readonly outgoing: Uint8Array[] = [];
  readonly told: Told[] = [];
  readonly requests: DtlsRequest[] = [];
  readonly messages: Uint8Array[] = [];
  /** Lines of the key log. */
  readonly secrets: string[] = [];
  /** 20 bytes from the exporter, once it is connected. */
  exported: Uint8Array | undefined;
  readonly #privateNumber: (() => Uint8Array) | undefined;
  /** It does wrong itself: then what it sends, and why it fails, proves nothing. */
  readonly #misbehaves: boolean;
  readonly #wantsCookie: boolean;
  #connected = false;
  #closed = false;
  /** What came and went at the time that it is. */
  #moment = { now: 0, bytesIn: 0, bytesOut: 0 };

  /** `privateNumber` signs where the options ask for signatures. */
  constructor(
    name: string,
    options: DtlsConnectionOptions,
    privateNumber?: () => Uint8Array,
    misbehaves: boolean = false,
  ) {
    this.name = name;
    this.#privateNumber = privateNumber;
    this.#misbehaves = misbehaves;
    this.#wantsCookie = options.cookieExchange === true;
    this.connection = new DtlsConnection(options);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get ended(): boolean {
    return this.#closed;
  }

  start(now: number): void {
    this.#call('start', now, 0, () => this.connection.start(now));
  }

  receive(datagram: Uint8Array, now: number): void {
    this.#call('receive', now, datagram.length, () => {
      const received = this.connection.receive(datagram, now);
      insist(typeof received.authenticatedNewest === 'boolean', 'receive() did not say what it received');
    });
  }

  /** Lets its timer fire, if it is due. */
  fire(now: number): void {
    const due = this.connection.nextTimeout;
    this.#call('handleTimeout', now, 0, () => this.connection.handleTimeout(now));
    const next = this.connection.nextTimeout;
    insist(
      due === undefined || due > now || next === undefined || next > now,
      `${this.name}'s timer stands still`,
    );
  }

  /** Answers what it has asked. */
  answer(now: number): boolean {
    const requests = this.requests.splice(0);
    for (const request of requests) {
      this.#call(`resolve ${request.kind}`, now, 0, () =>
        this.connection.resolve(request.id, this.#answerTo(request), now),
      );
    }
    return requests.length > 0;
  }

  /** Anything else that an application does. */
  act(what: string, now: number, action: (connection: DtlsConnection) => void): void {
    this.#call(what, now, 0, () => action(this.connection));
  }

  /** The application ends it, without a word to anyone. */
  destroy(now: number): void {
    this.#closed = true;
    this.requests.length = 0;
    this.#call('destroy', now, 0, () => this.connection.destroy());
  }

  /** The application answers what it is asked with no, or with an error. */
  refuse(how: number): void {
    this.#refusal = how % 2 === 0 ? new Error('refused by the application') : 'no';
  }

  takeOutgoing(): Uint8Array[] {
    return this.outgoing.splice(0);
  }

  #answerTo(request: DtlsRequest): unknown {
    if (this.#refusal instanceof Error) return this.#refusal;
    if (this.#refusal === 'no') return request.kind === 'sign' ? new Uint8Array(70) : NO[request.kind];
    switch (request.kind) {
      case 'sign':
        return fixedSignature(this.#privateNumber?.() ?? new Uint8Array(32), request.data);
      case 'verifyPeer':
        return true;
      case 'selectContext':
        return {};
    }
  }

  #call(what: string, now: number, bytesIn: number, call: () => void): void {
    const open = this.#isOpenToHellos;
    mustNotThrow(`${this.name}: ${what}()`, () => actingAs(this.name, call));
    const before = this.outgoing.length;
    mustNotThrow(`${this.name}: poll()`, () => this.#drain());
    if (!this.#misbehaves) this.#checkSent(what, this.outgoing.slice(before), bytesIn, now, open);
    const { state, error, nextTimeout } = this.connection;
    if (!this.#misbehaves && !(this.#refusal instanceof Error)) checkError(error);
    checkTimeout(nextTimeout, now);
    insist(!this.#closed || nextTimeout === undefined, `${this.name} has a timer after its end`);
    insist(
      this.#closed === (state === 'closed' || state === 'failed'),
      `${this.name} is ${state} unannounced`,
    );
    insist(this.#connected || state !== 'connected', `${this.name} is connected unannounced`);
  }

  /** A server that wants a cookie and has got none yet. */
  get #isOpenToHellos(): boolean {
    const { state, nextTimeout } = this.connection;
    return (
      state === 'connecting' && nextTimeout === undefined && this.#wantsCookie && this.secrets.length === 0
    );
  }

  #checkSent(what: string, sent: readonly Uint8Array[], bytesIn: number, now: number, open: boolean): void {
    const bytes = sent.reduce((sum, datagram) => sum + datagram.length, 0);
    const made = `${this.name}: ${what}() of ${bytesIn} bytes made it send ${sent.length} datagrams, ${bytes} bytes`;
    insist(
      sent.length <= MOST_DATAGRAMS_OUT + bytesIn / 40 && bytes <= MOST_BYTES_OUT + 2 * bytesIn,
      `${made} in all`,
    );
    // Without a cookie: one that it asks for, and no state.
    insist(!open || !this.#isOpenToHellos || sent.length <= 1, `${made} to who has shown no cookie`);
    const { error } = this.connection;
    insist(
      !open || sent.length > 0 || error?.code !== 'ERR_DTLS_ALERT_RECEIVED',
      `${this.name} believed an alert of anyone: ${error?.message}`,
    );
    if (now !== this.#moment.now) this.#moment = { now, bytesIn: 0, bytesOut: 0 };
    this.#moment.bytesIn += bytesIn;
    this.#moment.bytesOut += bytes;
    insist(
      this.#connected || this.#moment.bytesOut <= 2 * (MOST_BYTES_OUT + this.#moment.bytesIn),
      `${this.name} sends ${this.#moment.bytesOut} bytes at once, again and again`,
    );
  }

  #drain(): void {
    let steps = 0;
    for (let output = this.connection.poll(); output !== undefined; output = this.connection.poll()) {
      insist(++steps < 4000, `${this.name} has outputs without end`);
      insist(!this.#closed, `${this.name} gave ${output.type} after closed`);
      switch (output.type) {
        case 'datagram':
          this.outgoing.push(output.datagram);
          continue;
        case 'request':
          this.requests.push(output);
          continue;
        case 'trace':
          continue;
        case 'connected':
          insist(!this.#connected, `${this.name} was connected twice`);
          this.#connected = true;
          this.exported = this.connection.exportKeyingMaterial(20, 'EXPERIMENTAL fuzzing');
          break;
        case 'message':
          insist(this.#connected, `${this.name} gave a message before it was connected`);
          this.messages.push(output.data);
          break;
        case 'keylog':
          this.secrets.push(output.line);
          break;
        case 'closed':
          this.#closed = true;
          this.requests.length = 0;
          break;
      }
      this.told.push(output);
    }
  }
}
