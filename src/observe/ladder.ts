import { HANDSHAKE_HEADER_LENGTH } from '../wire/handshake.ts';
import { RECORD_HEADER_LENGTH } from '../wire/record.ts';
import { noteOn, structureName } from './message-notes.ts';
import type { MessageTrace, TraceEvent } from './trace.ts';

export type LadderSide = 'left' | 'right';

/** The parts of a line, for whoever wants them in colours. */
export type LadderPart = 'time' | 'rail' | 'arrow' | 'message' | 'note';

export interface LadderOptions {
  /** Who stands on the left; default `client`. */
  readonly left?: string;
  /** Who stands on the right; default `server`. */
  readonly right?: string;
  /** Columns of a line, 80 or more; default 100. */
  readonly width?: number;
  /** Say beside each message what it is for. Default false. */
  readonly explain?: boolean;
  /** Wraps a piece of text in what takes no column, such as colour codes. */
  readonly paint?: (part: LadderPart, text: string) => string;
}

interface Piece {
  readonly part: LadderPart;
  readonly text: string;
}

const TIME_COLUMNS = 8;
const NAME_COLUMNS = 21;
const SIZE_COLUMNS = 19;

const AEAD_TAG_BYTES = 16;

/**
 * Draws traces as a ladder: an arrow for each datagram, and under it the messages that it holds. Lines come as
 * soon as they are known, so that a handshake can be watched while it goes on.
 *
 * Feed it all events of one side; or, of both sides, those with the direction `sent` and the timeouts, and each
 * datagram has one arrow. Times count from the first datagram.
 */
export class Ladder {
  readonly #names: Readonly<Record<LadderSide, string>>;
  /** Columns between the rails. */
  readonly #inner: number;
  readonly #explain: boolean;
  readonly #paint: (part: LadderPart, text: string) => string;
  #start: number | undefined;
  /** Messages whose datagram is not yet handed out: a sender tells of them first. */
  readonly #waiting: Readonly<Record<LadderSide, MessageTrace[]>> = { left: [], right: [] };
  /** The side that took in the datagram of the last arrow; undefined when that was one handed out. */
  #reading: LadderSide | undefined;

  constructor(options: LadderOptions = {}) {
    this.#names = { left: options.left ?? 'client', right: options.right ?? 'server' };
    this.#inner = Math.max(80, options.width ?? 100) - TIME_COLUMNS - 3;
    this.#explain = options.explain ?? false;
    this.#paint = options.paint ?? ((_part, text) => text);
  }

  /** The names of the two sides, to stand above the rails. */
  header(): string {
    const { left, right } = this.#names;
    const gap = ' '.repeat(Math.max(1, this.#inner + 2 - left.length - right.length));
    return `${this.#paint('time', 'ms'.padStart(TIME_COLUMNS))} ${left}${gap}${right}`;
  }

  /** Takes in what happened at one side; gives the lines that are known now. */
  read(event: TraceEvent, side: LadderSide): string[] {
    switch (event.kind) {
      case 'datagram':
        return event.direction === 'sent' ? this.#sent(event, side) : this.#received(event, side);
      case 'message':
        if (event.direction === 'received') return [...this.#resumeReading(side), this.#message(event)];
        this.#waiting[side].push(event);
        return [];
      case 'timeout': {
        const name = this.#names[side];
        return [
          this.#remark(`(no answer to ${name} in time: sent again; ${name} now waits ${event.timeout} ms)`),
        ];
      }
      case 'discard':
        return [this.#remark(`(${this.#names[side]} drops this: ${event.reason.replaceAll('_', ' ')})`)];
      case 'state':
        return [];
    }
  }

  #sent({ now, length }: Extract<TraceEvent, { kind: 'datagram' }>, side: LadderSide): string[] {
    this.#reading = undefined;
    const messages = takeDatagram(this.#waiting[side], length);
    return [this.#arrow(side, `${length} bytes`, now), ...messages.map((message) => this.#message(message))];
  }

  #received({ now, length }: Extract<TraceEvent, { kind: 'datagram' }>, side: LadderSide): string[] {
    this.#reading = side;
    return [this.#arrow(otherSide(side), `${length} bytes`, now)];
  }

  /** A reply may go out before the rest of a datagram is read. */
  #resumeReading(side: LadderSide): string[] {
    if (this.#reading === side) return [];
    this.#reading = side;
    return [this.#arrow(otherSide(side), 'more of the same datagram')];
  }

  #arrow(from: LadderSide, label: string, now?: number): string {
    const shaft = '─'.repeat(Math.max(1, this.#inner - label.length - 4));
    const piece: Piece = {
      part: 'arrow',
      text: from === 'left' ? `─ ${label} ${shaft}▶` : `◀${shaft} ${label} ─`,
    };
    return this.#line([piece], now, from === 'left' ? ['├', '│'] : ['│', '┤']);
  }

  #message(event: MessageTrace): string {
    const name = `${structureName(event.message)} `.padEnd(NAME_COLUMNS);
    const size = sizeOf(event).padEnd(SIZE_COLUMNS);
    const note = event.repeated ? 'again' : this.#explain ? noteOn(event) : '';
    return this.#line([
      { part: 'message', text: `  ${name}` },
      { part: 'note', text: note === '' ? size.trimEnd() : `${size} ${note}` },
    ]);
  }

  #remark(text: string): string {
    return this.#line([{ part: 'note', text: `  ${text}` }]);
  }

  #line(pieces: readonly Piece[], now?: number, rails: readonly [string, string] = ['│', '│']): string {
    if (now !== undefined) this.#start ??= now;
    const time = now === undefined ? '' : (now - (this.#start ?? now)).toFixed(1);
    let room = this.#inner;
    let inner = '';
    for (const { part, text } of pieces) {
      const fitting = text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`.slice(0, room);
      room -= fitting.length;
      inner += this.#paint(part, fitting);
    }
    const [left, right] = rails.map((rail) => this.#paint('rail', rail));
    return `${this.#paint('time', time.padStart(TIME_COLUMNS))} ${left}${inner}${' '.repeat(room)}${right}`;
  }
}

function otherSide(side: LadderSide): LadderSide {
  return side === 'left' ? 'right' : 'left';
}

/**
 * Takes the messages that are in a datagram of `length` bytes. A whole flight may be told before the first of its
 * datagrams goes out; what each holds is then seen by the sizes, which are never taken for larger than they are.
 */
function takeDatagram(waiting: MessageTrace[], length: number): MessageTrace[] {
  let used = 0;
  let count = 0;
  for (const [index, message] of waiting.entries()) {
    used += leastSize(message, waiting[index - 1]);
    if (used > length) break;
    count++;
  }
  return waiting.splice(0, count);
}

/** What a message adds to a datagram; messages in encrypted epochs may share a record. */
function leastSize({ epoch, sequenceNumber, length, fragment }: MessageTrace, last?: MessageTrace): number {
  const shares = last?.epoch === epoch && last.sequenceNumber === sequenceNumber;
  const record = epoch === 0 ? RECORD_HEADER_LENGTH : AEAD_TAG_BYTES;
  return (
    (shares ? 0 : record) + (fragment === undefined ? length : HANDSHAKE_HEADER_LENGTH + fragment.length)
  );
}

function sizeOf({ length, fragment, epoch }: MessageTrace): string {
  const whole = fragment === undefined || fragment.length === length;
  const size = whole
    ? `${length} ${length === 1 ? 'byte' : 'bytes'}`
    : `bytes ${fragment.offset}-${fragment.offset + fragment.length} of ${length}`;
  return epoch > 0 ? `${size}, encrypted` : size;
}
