import type { DiscardReason } from '../../registry/discard-reasons.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import type { HandshakeFragment, HandshakeMessage } from '../../wire/handshake.ts';
import { PartialMessage } from './partial-message.ts';

/** Messages kept ahead of the one wanted. */
const WINDOW = 7;
/** Bytes of one message; a chain of ten RSA certificates fits. */
const MAX_MESSAGE_LENGTH = 65_536;
/** Bytes of one ClientHello: it comes from strangers. */
const MAX_CLIENT_HELLO_LENGTH = 16_384;
/** Bytes held for all unfinished messages of one connection. */
const MAX_BUFFERED = 131_072;
/** Messages that one datagram may begin; a flight has no more. */
const MAX_BEGUN = 12;
/** Bytes of these messages: memory that has to be cleared, for a few bytes that claim them. */
const MAX_BEGUN_BYTES = MAX_BUFFERED;

/** What became of a fragment. */
export type FragmentVerdict =
  | 'stored'
  /** Stored, and what was there of its message dropped. */
  | 'replaced'
  /** Under keys, where the peer can only contradict itself. */
  | 'conflict'
  /** The last byte of a message handled before: the peer has sent that message again. */
  | 'repeated'
  | { readonly discard: DiscardReason };

/**
 * Puts handshake messages together from fragments that come in any order, again, or cut differently
 * (RFC 6347 §4.2.3), within fixed bounds. Fragments of one message that disagree are never mixed.
 */
export class Reassembly {
  readonly #partial = new Map<number, PartialMessage>();
  #buffered = 0;
  /** Messages begun by the datagram at hand, and their bytes. */
  #begun = 0;
  #begunBytes = 0;
  #next: number;

  /** `next`: the sequence number of the first message wanted. */
  constructor(next = 0) {
    this.#next = next;
  }

  /** The sequence number of the message wanted next. */
  get nextMessageSeq(): number {
    return this.#next;
  }

  add(fragment: HandshakeFragment, epoch: number): FragmentVerdict {
    const { messageSeq, length } = fragment;
    if (messageSeq < this.#next) {
      const isEnd = fragment.fragmentOffset + fragment.fragment.length === length;
      return messageSeq === this.#next - 1 && isEnd ? 'repeated' : { discard: 'repeated_message' };
    }
    if (messageSeq > this.#next + WINDOW) return { discard: 'message_ahead' };
    // Without content it makes no progress, and a message of no bytes is whole at once.
    if (fragment.fragment.length === 0 && length > 0) return { discard: 'malformed_fragment' };
    // A Finished is the first message of its epoch; one without protection is nobody's.
    if (fragment.type === HandshakeType.finished && epoch === 0) return { discard: 'malformed_fragment' };

    let partial = this.#partial.get(messageSeq);
    if (partial === undefined) {
      if (!this.#isWithinLimits(fragment) || !this.#makeRoom(length, messageSeq)) {
        return { discard: 'fragment_limit' };
      }
      this.#begun++;
      this.#begunBytes += length;
      partial = new PartialMessage(fragment, epoch, new Uint8Array(length));
      this.#partial.set(messageSeq, partial);
      this.#buffered += length;
    } else if (!partial.agrees(fragment, epoch)) {
      return this.#settleConflict(partial, fragment, epoch);
    }
    return partial.store(fragment) ? 'stored' : { discard: 'fragment_limit' };
  }

  /**
   * Of two that disagree one is dropped, for they are never mixed. What is authentic drops what is not. Without
   * authentication the newer drops the older as long as that is in pieces: a forged piece is outlived by the next
   * repeat of the true message. Under keys the peer contradicts itself.
   */
  #settleConflict(partial: PartialMessage, fragment: HandshakeFragment, epoch: number): FragmentVerdict {
    if (partial.epoch > 0 && epoch > 0) return 'conflict';
    const newerWins = epoch > 0 || (partial.epoch === 0 && !partial.complete);
    if (newerWins && this.#isWithinLimits(fragment)) {
      this.#partial.delete(fragment.messageSeq);
      this.#buffered -= partial.body.length;
      if (this.add(fragment, epoch) === 'stored') return 'replaced';
    }
    return { discard: 'conflicting_fragment' };
  }

  /** To be called before the fragments of each datagram. */
  beginDatagram(): void {
    this.#begun = 0;
    this.#begunBytes = 0;
  }

  #isWithinLimits({ type, length }: HandshakeFragment): boolean {
    const limit = type === HandshakeType.client_hello ? MAX_CLIENT_HELLO_LENGTH : MAX_MESSAGE_LENGTH;
    return length <= limit && this.#begun < MAX_BEGUN && this.#begunBytes + length <= MAX_BEGUN_BYTES;
  }

  /** What comes first goes first: messages further ahead, which anyone may have sent, give way. */
  #makeRoom(length: number, messageSeq: number): boolean {
    while (this.#buffered + length > MAX_BUFFERED) {
      const furthest = Math.max(...this.#partial.keys());
      const partial = this.#partial.get(furthest);
      if (partial === undefined || furthest <= messageSeq) return false;
      this.#partial.delete(furthest);
      this.#buffered -= partial.body.length;
    }
    return true;
  }

  /** The next message in sequence, if it is whole, and the epoch it came in. */
  take(): (HandshakeMessage & { readonly epoch: number }) | undefined {
    const partial = this.#partial.get(this.#next);
    if (partial === undefined || !partial.complete) return undefined;
    this.#partial.delete(this.#next);
    this.#buffered -= partial.body.length;
    const messageSeq = this.#next++;
    return { type: partial.type, messageSeq, body: partial.body, epoch: partial.epoch };
  }

  /** Lets go of everything held. */
  clear(): void {
    this.#partial.clear();
    this.#buffered = 0;
  }
}
