import { vi } from 'vitest';
import {
  type dtlslib,
  type dtlslib_cert,
  dtlslib_continue,
  dtlslib_create_cert,
  dtlslib_create_session,
  dtlslib_hash_type_sha_256,
  dtlslib_init,
  type dtlslib_session,
  dtlslib_start_handshake,
  dtlslibSwitches,
  setLogModule,
} from '../src/prosody/index.ts';

/** Stops the clock of the sessions, to be moved by hand. `vi.restoreAllMocks()` lets it go on. */
export function holdClock(): { advance(ms: number): void } {
  let now = Math.ceil(performance.now()); // whole, so that differences are exact
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Whatever must be there, or the test is wrong. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value');
  return value;
}

/** The zero-terminated text in a buffer. */
export function text(buffer: Uint8Array): string {
  const end = buffer.indexOf(0);
  return Buffer.from(buffer.subarray(0, end)).toString('latin1');
}

export interface Log {
  readonly error: string[];
  readonly warning: string[];
  readonly info: string[];
  readonly debugMax: string[];
}

/** Everything logged from now on, with LOG_ERRORS on. */
export function captureLog(): Log {
  const log: Log = { error: [], warning: [], info: [], debugMax: [] };
  setLogModule({
    error: (message) => void log.error.push(message),
    warning: (message) => void log.warning.push(message),
    info: (message) => void log.info.push(message),
    debugMax: (message) => void log.debugMax.push(message),
  });
  dtlslibSwitches.LOG_ERRORS = true;
  return log;
}

/** Puts the switches and the log back as they were at the start. */
export function resetLog(): void {
  setLogModule(null);
  Object.assign(dtlslibSwitches, { PRINT_ERRORS: false, LOG_ERRORS: false, DTLSLIB_SSL_DEBUG: false });
}

/** What `body` writes to standard output. */
export async function standardOutputOf(body: () => unknown): Promise<string> {
  const { write } = process.stdout;
  let output = '';
  process.stdout.write = ((chunk: string) => {
    output += chunk;
    return true;
  }) as typeof process.stdout.write;
  try {
    await body();
  } finally {
    process.stdout.write = write;
  }
  return output;
}

/** One end of a path in memory: what was sent to it and not read yet. */
export interface Endpoint {
  readonly inbox: Uint8Array[];
  peer: Endpoint | undefined;
}

export function endpoints(): [Endpoint, Endpoint] {
  const a: Endpoint = { inbox: [], peer: undefined };
  const b: Endpoint = { inbox: [], peer: a };
  a.peer = b;
  return [a, b];
}

export function sendToPeer(ctx: Endpoint, data: Uint8Array, len: number): number {
  ctx.peer?.inbox.push(Uint8Array.from(data.subarray(0, len)));
  return len;
}

export function readInbox(ctx: Endpoint, data: Uint8Array, max_len: number): number {
  const datagram = ctx.inbox.shift();
  if (datagram === undefined) return 0;
  const length = Math.min(datagram.length, max_len);
  data.set(datagram.subarray(0, length));
  return length;
}

export function ecdsaCertificate(common_name: string): dtlslib_cert {
  return present(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, 0, 3600, null, common_name));
}

export interface Pair {
  readonly lib: dtlslib;
  readonly clientCert: dtlslib_cert;
  readonly serverCert: dtlslib_cert;
  readonly client: dtlslib_session;
  readonly server: dtlslib_session;
  readonly clientEnd: Endpoint;
  readonly serverEnd: Endpoint;
}

/** Two sessions over a path in memory, not started. */
export function createPair(): Pair {
  const lib = present(dtlslib_init(null, 0));
  const [clientCert, serverCert] = [ecdsaCertificate('client'), ecdsaCertificate('server')];
  const [clientEnd, serverEnd] = endpoints();
  const client = present(
    dtlslib_create_session(lib, clientCert, sendToPeer, clientEnd, readInbox, clientEnd),
  );
  const server = present(
    dtlslib_create_session(lib, serverCert, sendToPeer, serverEnd, readInbox, serverEnd),
  );
  return { lib, clientCert, serverCert, client, server, clientEnd, serverEnd };
}

/** Lets both go on in turn until both are complete or nothing moves any more. Gives their last answers. */
export function run(pair: Pair): { client: number; server: number } {
  let result = { client: 0, server: 0 };
  for (let turn = 0; turn < 20; turn++) {
    result = { server: dtlslib_continue(pair.server), client: dtlslib_continue(pair.client) };
    if (pair.clientEnd.inbox.length + pair.serverEnd.inbox.length === 0) break;
  }
  return result;
}

export function start(pair: Pair): void {
  dtlslib_start_handshake(pair.server, 1);
  dtlslib_start_handshake(pair.client, 0);
}

/** A pair after its handshake. */
export function connectedPair(): Pair {
  const pair = createPair();
  start(pair);
  const result = run(pair);
  if (result.client !== 1 || result.server !== 1) throw new Error(`handshake: ${JSON.stringify(result)}`);
  return pair;
}
