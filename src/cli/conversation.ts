import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { utf8 } from '../bytes/bytes.ts';
import { DtlsConnection, type DtlsConnectionOptions, type DtlsError, type TraceEvent } from '../index.ts';
import { UdpSession } from '../net/udp-session.ts';
import { Ladder, type LadderSide } from '../observe/ladder.ts';
import type { Values } from './arguments.ts';
import { CommandError } from './command.ts';
import { codeOf, systemReason } from './files.ts';
import { type Io, printable, printLine, printLines, warn } from './io.ts';
import type { Endpoint } from './open-socket.ts';
import { Paint } from './paint.ts';
import { connectionReport } from './report.ts';

export interface ConversationOptions {
  readonly connection: DtlsConnectionOptions;
  readonly values: Values;
  readonly io: Io;
  /** What is said once the socket is open. */
  readonly introduction: (endpoint: Endpoint) => readonly string[];
  readonly open: (onEvent: () => void, onError: (error: Error) => void) => Promise<Endpoint>;
  /** More for the user who reads why the handshake failed. */
  readonly hint?: (error: DtlsError) => string | undefined;
}

/** Shakes hands, reports, and relays lines until one side closes. Gives the exit code. */
export async function converse(options: ConversationOptions): Promise<number> {
  const { values, io } = options;
  const connection = new DtlsConnection(options.connection);
  const keylog = openKeylog(values.text('keylog'));
  const complain = onceEach(io);
  const ladder = new LiveLadder(options.connection.role === 'client' ? 'left' : 'right', io);
  let session: UdpSession | undefined;
  const onError = (error: Error): void => {
    // After the end it is of no interest that the peer has gone too.
    if (connection.state !== 'closed' && connection.state !== 'failed') complain(error);
  };
  const endpoint = await options
    .open(() => session?.take(), onError)
    .catch((error: unknown) => {
      keylog?.close();
      throw error;
    });
  session = new UdpSession(connection, endpoint.udp, {
    onTrace: (event) => ladder.show(event),
    onKeylog: (line) => keylog?.write(line),
    onMessage: (data) => printLines(io.stdout, messageLines(data)),
  });
  const interrupt = (): void => session?.close();
  io.interrupted.addEventListener('abort', interrupt);
  try {
    printLines(io.stdout, options.introduction(endpoint));
    if (!io.interrupted.aborted) session.start();
    return await hold(session, options);
  } finally {
    io.interrupted.removeEventListener('abort', interrupt);
    session.close();
    connection.destroy();
    await endpoint.close();
    keylog?.close();
  }
}

async function hold(
  session: UdpSession,
  { connection, values, io, hint }: ConversationOptions,
): Promise<number> {
  if (io.interrupted.aborted || !(await session.connected)) {
    const error = session.connection.error;
    if (error === undefined) return interrupted(io);
    const more = hint?.(error);
    throw new CommandError(
      `the handshake failed: ${error.message} (${error.code})${more === undefined ? '' : `\n${more}`}`,
    );
  }
  const checked = connection.remoteFingerprints !== undefined;
  printLine(io.stdout);
  printLines(
    io.stdout,
    connectionReport(session.connection, { checked, showKeys: values.flag('show-keys') }),
  );
  if (values.flag('once')) session.close();
  else await relay(session, connection.role, io);
  const error = await session.closed;
  if (error !== undefined) throw error;
  printLine(io.stdout, 'Closed.');
  return 0;
}

/** Lines of standard input go to the peer, until the connection is closed. */
async function relay(session: UdpSession, role: 'client' | 'server', io: Io): Promise<void> {
  const end = role === 'client' ? 'the end of the input closes' : 'Ctrl-C closes';
  printLine(io.stdout, `Lines typed here are sent to the peer, lines after "<" are its own; ${end}.`);
  const lines = createInterface({ input: io.stdin, terminal: false });
  lines.on('line', (line) => {
    if (session.connection.state !== 'connected') return;
    try {
      session.send(utf8(`${line}\n`));
    } catch (error) {
      warn(io, `a line was not sent: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  // A server is often started without anybody at its input.
  if (role === 'client') lines.on('close', () => session.close());
  await session.closed;
  lines.close();
}

/** The exit code of a shell for a program ended by SIGINT. */
function interrupted(io: Io): number {
  warn(io, 'interrupted before the handshake was complete');
  return 130;
}

function messageLines(data: Uint8Array): string[] {
  const text = new TextDecoder().decode(data);
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => `< ${printable(line)}`);
}

/** Prints the handshake as it goes on, and no more once it is complete. */
class LiveLadder {
  readonly #ladder: Ladder;
  readonly #side: LadderSide;
  readonly #io: Io;
  #begun = false;
  #complete = false;

  constructor(side: LadderSide, io: Io) {
    this.#ladder = new Ladder({ paint: new Paint(io).ladder });
    this.#side = side;
    this.#io = io;
  }

  show(event: TraceEvent): void {
    if (event.kind === 'state' && event.state === 'connected') this.#complete = true;
    if (this.#complete) return;
    const lines = this.#ladder.read(event, this.#side);
    if (lines.length > 0 && !this.#begun) {
      this.#begun = true;
      printLine(this.#io.stdout, this.#ladder.header());
    }
    printLines(this.#io.stdout, lines);
  }
}

/** The system's complaints about a socket come with every datagram; each is told once. */
function onceEach(io: Io): (error: Error) => void {
  const told = new Set<string>();
  return (error) => {
    const code = codeOf(error) ?? error.message;
    if (told.has(code)) return;
    told.add(code);
    warn(io, `a datagram was not delivered: ${systemReason(error)}`);
  };
}

interface Keylog {
  write(line: string): void;
  close(): void;
}

function openKeylog(file: string | undefined): Keylog | undefined {
  if (file === undefined) return undefined;
  try {
    const descriptor = openSync(file, 'a', 0o600);
    return {
      write: (line) => {
        writeSync(descriptor, `${line}\n`);
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${systemReason(error)}`);
  }
}
