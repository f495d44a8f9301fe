import { wipe } from '../bytes/bytes.ts';
import type { Certificate } from '../certificate/certificate.ts';
import { DtlsConnection } from '../connection/dtls-connection.ts';
import type { SrtpKeys } from '../connection/exporter.ts';
import type { DtlsConnectionOptions } from '../connection/options.ts';
import type { DtlsOutput } from '../connection/outputs.ts';
import type { TraceEvent } from '../observe/trace.ts';
import { type Callbacks, readPacket, returnBuffer, sendPacket, takeBuffer } from './callbacks.ts';
import { PROFILES } from './constants.ts';
import type { Library } from './init.ts';
import {
  describeError,
  reportDebug,
  reportError,
  reportException,
  reportInfo,
  reportWarning,
} from './log.ts';
import { dtlslibSwitches } from './switches.ts';

/** -1: an error; 0: under way; 1: complete. */
export type Progress = -1 | 0 | 1;

/** What a `dtlslib_session` stands for: one `DtlsConnection`, moved by the two callbacks. */
export class SessionState {
  readonly #library: Library;
  readonly #certificate: Certificate;
  readonly #callbacks: Callbacks;
  #connection: DtlsConnection | undefined;
  #complete = false;
  #keys: SrtpKeys | undefined;
  #ended = false;
  #freed = false;
  #running = false;
  #runAgain = false;
  /** Whether the application has seen the peer's fingerprint. */
  fingerprintRead = false;

  constructor(library: Library, certificate: Certificate, callbacks: Callbacks) {
    this.#library = library;
    this.#certificate = certificate;
    this.#callbacks = callbacks;
  }

  /** The connection, once the handshake was started. */
  get connection(): DtlsConnection | undefined {
    return this.#connection;
  }

  get complete(): boolean {
    return this.#complete;
  }

  start(isServer: boolean): Progress {
    try {
      this.#connection = new DtlsConnection(this.#options(isServer));
    } catch (error) {
      reportError(`dtlslib_start_handshake: ${describeError(error)}`);
      return -1;
    }
    this.#connection.start(performance.now());
    return this.proceed();
  }

  /** Sends what waits to be sent, reads until nothing is left, and lets due timers fire. */
  proceed(): Progress {
    const connection = this.#connection;
    if (connection === undefined) return -1;
    if (this.#running) {
      // Called out of one of our own callbacks: the call that is under way looks again when it gets there.
      this.#runAgain = true;
      return this.#progress();
    }
    this.#running = true;
    const buffer = takeBuffer();
    let ok = true;
    try {
      do {
        this.#runAgain = false;
        ok = this.#turn(connection, buffer);
      } while (ok && this.#runAgain && !this.#freed);
    } catch (error) {
      // No input can lead here; but a program that cannot catch must be told of our mistakes too.
      reportException('dtlslib', error);
      ok = false;
    } finally {
      this.#running = false;
      returnBuffer(buffer);
    }
    return ok ? this.#progress() : -1;
  }

  /** Milliseconds until a timer is due, -1 for never. */
  timeout(): number {
    const due = this.#complete || this.#ended ? undefined : this.#connection?.nextTimeout;
    return due === undefined ? -1 : Math.max(0, Math.ceil(due - performance.now()));
  }

  /** What was negotiated; undefined before completion, and when there is no profile in common. */
  get keys(): SrtpKeys | undefined {
    return this.#keys;
  }

  free(): void {
    this.#freed = true;
    this.#connection?.destroy();
    if (this.#keys === undefined) return;
    const { local, remote } = this.#keys;
    wipe(local.masterKey, local.masterSalt, remote.masterKey, remote.masterSalt);
  }

  #progress(): Progress {
    if (this.#freed || this.#connection?.state === 'failed') return -1;
    if (this.#complete) return 1;
    return this.#ended ? -1 : 0;
  }

  #turn(connection: DtlsConnection, buffer: Uint8Array): boolean {
    if (!this.#drain(connection)) return false;
    while (!this.#freed) {
      const packet = readPacket(this.#callbacks, buffer);
      if (packet === 'error') return false;
      if (packet === undefined || this.#freed) break;
      connection.receive(packet, performance.now());
      if (!this.#drain(connection)) return false;
    }
    const due = this.#freed ? undefined : connection.nextTimeout;
    const now = performance.now();
    if (due !== undefined && due <= now) {
      reportDebug('no answer in time; the last flight is sent again');
      connection.handleTimeout(now);
    }
    return this.#drain(connection);
  }

  /** Takes all outputs, even when a packet could not be sent: the rest of its flight is then lost with it. */
  #drain(connection: DtlsConnection): boolean {
    let ok = true;
    while (!this.#freed) {
      const output = connection.poll();
      if (output === undefined) break;
      if (output.type !== 'datagram') this.#note(output, connection);
      else if (ok) ok = sendPacket(this.#callbacks, output.datagram) !== 'error';
    }
    return ok;
  }

  #note(output: DtlsOutput, connection: DtlsConnection): void {
    if (output.type === 'connected') {
      this.#complete = true;
      // Kept here: a peer may say goodbye before the application takes them, and the call goes on all the same.
      if (connection.srtpProfile !== undefined) this.#keys = connection.srtpKeys();
      reportInfo(
        `handshake complete: ${connection.protocol}, ${connection.cipherSuite}, ${connection.srtpProfile ?? 'no SRTP profile in common'}`,
      );
    } else if (output.type === 'closed') {
      this.#ended = true;
      if (output.error !== undefined) reportError(describeError(output.error));
      else reportInfo('the peer closed the DTLS session');
    } else if (output.type === 'message') {
      reportDebug(`${output.data.length} bytes of application data over DTLS are dropped`);
    } else if (output.type === 'trace') {
      noteTrace(output.event);
    }
  }

  #options(isServer: boolean): DtlsConnectionOptions {
    const { versions } = this.#library;
    return {
      role: isServer ? 'server' : 'client',
      certificate: this.#certificate,
      // The application compares the fingerprint itself, after the handshake, as the document has it.
      insecureNoPeerCheck: true,
      requestCertificate: true,
      srtpProfiles: PROFILES,
      srtpRequired: false,
      cookieExchange: isServer,
      // The limit on the whole handshake is the application's.
      handshakeTimeout: 0,
      logger: { warning: reportWarning, info: reportInfo, debug: reportDebug },
      trace: dtlslibSwitches.LOG_ERRORS,
      ...(versions === undefined ? {} : { versions }),
    };
  }
}

function noteTrace(event: TraceEvent): void {
  if (event.kind === 'message') {
    const { direction, message, length, epoch, repeated } = event;
    reportDebug(`${direction} ${message}, ${length} bytes, epoch ${epoch}${repeated ? ', again' : ''}`);
  } else if (event.kind === 'discard') {
    reportDebug(`dropped: ${event.reason}`);
  }
}
