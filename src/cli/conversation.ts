import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { utf8 } from '../bytes/bytes.ts';
import { DtlsConnection, type DtlsConnectionOptions, type DtlsError, type TraceEvent } from '../index.ts';
import { UdpSession } from '../net/udp-session.ts';
import { Ladder, type LadderSide } from '../observe/ladder.ts';
import type { Values } from './arguments.ts';
import { CommandError } from './command.ts';
import { ConversationAudio } from './conversation-audio.ts';
import { codeOf, systemReason } from './files.ts';
import { type Io, printable, printLine, printLines, warn } from './io.ts';
import type { Endpoint, EndpointEvents } from './open-socket.ts';
import { Paint } from './paint.ts';
import { connectionReport } from './report.ts';

export interface ConversationOptions {
  readonly connection: DtlsConnectionOptions;
  readonly values: Values;
  readonly io: Io;
  /** What is said once the socket is open. */
  readonly introduction: (endpoint: Endpoint) => readonly string[];
  readonly open: (events: EndpointEvents) => Promise<Endpoint>;
  /** More for the user who reads why the handshake failed. */
  readonly hint?: (error: DtlsError) => string | undefined;
}

/** Shakes hands, reports, and relays lines until one side closes. Gives the exit code. */
export async function converse(options: ConversationOptions): Promise<number> {
  const { values, io } = options;
  // What is wrong with a file is said before anybody is called.
  const audio = ConversationAudio.fromOptions(values, io);
  try {
    return await converseWith(audio, options);
  } finally {
    audio?.free();
  }
}

async function converseWith(
  audio: ConversationAudio | undefined,
  options: ConversationOptions,
): Promise<number> {
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
    .open({ onEvent: () => session?.take(), onMedia: () => audio?.take(), onError })
    .catch((error: unknown) => {
      keylog?.close();
      throw error;
    });
  session = new UdpSession(connection, endpoint.udp, {
    onTrace: (event) => ladder.show(event),
    onKeylog: (line) => keylog?.write(line),
    onMessage: (data) => printLines(io.stdout, messageLines(data)),
  });
  const hangUp = (): void => {
    audio?.leave();
    session?.close();
  };
  io.interrupted.addEventListener('abort', hangUp);
  try {
    printLines(io.stdout, options.introduction(endpoint));
    if (!io.interrupted.aborted) session.start();
    return await hold({ ...options, session, endpoint, audio, hangUp });
  } finally {
    io.interrupted.removeEventListener('abort', hangUp);
    session.close();
    connection.destroy();
    await endpoint.close();
    keylog?.close();
  }
}

interface Talk extends ConversationOptions {
  readonly session: UdpSession;
  readonly endpoint: Endpoint;
  readonly audio: ConversationAudio | undefined;
  /** Ends it from our side. */
  readonly hangUp: () => void;
}

async function hold(talk: Talk): Promise<number> {
  const { session, endpoint, audio, connection, values, io, hint } = talk;
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
  audio?.begin(session.connection, endpoint.udp);
  if (values.flag('once')) void (audio?.played ?? Promise.resolve()).then(talk.hangUp);
  else await relay(talk);
  const error = await session.closed;
  if (audio === undefined) tellOfMedia(endpoint, io);
  else audio.finish();
  if (error !== undefined) throw error;
  printLine(io.stdout, 'Closed.');
  return 0;
}

/** Lines of standard input go to the peer, until the connection is closed. */
async function relay({ session, connection, audio, io, hangUp }: Talk): Promise<void> {
  printLine(
    io.stdout,
    `Lines typed here are sent to the peer, lines after "<" are its own; ${ending(connection.role, audio)}.`,
  );
  const lines = createInterface({ input: io.stdin, terminal: false });
  lines.on('line', (line) => {
    if (session.connection.state !== 'connected') return;
    try {
      session.send(utf8(`${line}\n`));
    } catch (error) {
      warn(io, `a line was not sent: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  // A server is often started without anybody at its input, and so is a client that records.
  if (connection.role === 'client' && (audio === undefined || audio.plays))
    lines.on('close', () => void (audio?.played ?? Promise.resolve()).then(hangUp));
  await session.closed;
  lines.close();
}

/** What the user can do to end it. */
function ending(role: 'client' | 'server', audio: ConversationAudio | undefined): string {
  if (role === 'server' || audio?.plays === false) return 'Ctrl-C closes';
  return audio === undefined
    ? 'the end of the input closes'
    : 'the end of the input closes once all is played';
}

/** Audio that came and that nobody had asked for. */
function tellOfMedia({ udp }: Endpoint, io: Io): void {
  const { mediaReceived, discards } = udp.stats;
  const packets = mediaReceived + discards.media_queue_full;
  if (packets > 0)
    warn(io, `${packets} SRTP and SRTCP packets have come that nobody took; --record FILE keeps their sound`);
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
