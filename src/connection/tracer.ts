import type { SentPart } from '../handshake/core/flight.ts';
import type { Direction, MessageTrace, TraceEvent } from '../observe/trace.ts';
import type { DiscardReason } from '../registry/discard-reasons.ts';
import { handshakeTypeName } from '../registry/handshake-types.ts';
import type { HandshakeFragment } from '../wire/handshake.ts';

/** Which record something came or went in. */
export interface RecordNumber {
  readonly epoch: number;
  readonly sequenceNumber: number;
}

type HandshakePart = Pick<MessageTrace, 'fragment' | 'messageSeq' | 'repeated'>;

const NOT_HANDSHAKE: HandshakePart = { fragment: undefined, messageSeq: undefined, repeated: false };

/** Turns what happens into trace events; without a sink it costs a comparison. */
export class Tracer {
  readonly #sink: ((event: TraceEvent) => void) | undefined;
  /** On the caller's clock. */
  now = 0;
  /** The record whose handshake messages are being read. */
  record: RecordNumber = { epoch: 0, sequenceNumber: 0 };

  constructor(sink: ((event: TraceEvent) => void) | undefined) {
    this.#sink = sink;
  }

  datagram(direction: Direction, length: number): void {
    this.#sink?.({ kind: 'datagram', now: this.now, direction, length });
  }

  timeout(timeout: number): void {
    this.#sink?.({ kind: 'timeout', now: this.now, timeout });
  }

  discard(reason: DiscardReason): void {
    this.#sink?.({ kind: 'discard', now: this.now, reason });
  }

  state(state: string): void {
    this.#sink?.({ kind: 'state', now: this.now, state });
  }

  message(
    direction: Direction,
    { epoch, sequenceNumber }: RecordNumber,
    message: string,
    length: number,
    part: HandshakePart = NOT_HANDSHAKE,
  ): void {
    this.#sink?.({
      kind: 'message',
      now: this.now,
      direction,
      message,
      length,
      epoch,
      sequenceNumber,
      ...part,
    });
  }

  /** Part of a flight. */
  sent({ item, fragmentOffset, fragmentLength, sequenceNumber }: SentPart, repeated: boolean): void {
    if (this.#sink === undefined) return;
    const record = { epoch: item.epoch, sequenceNumber };
    if (item.kind === 'change_cipher_spec') {
      this.message('sent', record, 'change_cipher_spec', fragmentLength, { ...NOT_HANDSHAKE, repeated });
      return;
    }
    const { type, messageSeq, body } = item.message;
    const fragment = { offset: fragmentOffset, length: fragmentLength };
    this.message('sent', record, handshakeTypeName(type), body.length, { fragment, messageSeq, repeated });
  }

  /** A handshake fragment of `record`. */
  received(
    { type, messageSeq, length, fragmentOffset, fragment }: HandshakeFragment,
    repeated: boolean,
  ): void {
    if (this.#sink === undefined) return;
    const part = { offset: fragmentOffset, length: fragment.length };
    this.message('received', this.record, handshakeTypeName(type), length, {
      fragment: part,
      messageSeq,
      repeated,
    });
  }
}
