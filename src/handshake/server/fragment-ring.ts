import { copy } from '../../bytes/bytes.ts';
import type { HandshakeFragment, HandshakeMessage } from '../../wire/handshake.ts';
import { PartialMessage } from '../core/partial-message.ts';

/** Hellos in pieces that wait at a time, of all peers. */
export const RING_SLOTS = 128;
/** Most bytes of a hello in pieces; one with a post-quantum key share has some 1,600. */
export const RING_SLOT_LENGTH = 4096;

/** What became of a fragment: the whole message, or why there is none. */
export type RingVerdict =
  | { readonly message: HandshakeMessage }
  | 'waiting'
  /** Waiting in place of pieces that it contradicts. */
  | 'replaced'
  | 'too_long'
  | 'too_many_pieces'
  | 'malformed';

interface Waiting {
  readonly slot: number;
  readonly messageSeq: number;
  message: PartialMessage;
}

/**
 * Where the pieces of hellos wait for the rest, of all peers together, in memory that never grows: the newest takes
 * the place of the oldest. Anyone may send pieces; so that those of a true hello get through a flood they need to come
 * within 128 strangers of each other, as they do when they are sent in one go.
 */
export class FragmentRing {
  #memory: Uint8Array | undefined;
  readonly #waiting = new Map<string, Waiting>();
  /** Who is in each slot. */
  readonly #owners: (string | undefined)[] = [];
  #next = 0;
  #evicted = 0;

  /** Hellos in pieces that had to make room for others. */
  get evicted(): number {
    return this.#evicted;
  }

  /** A piece of a ClientHello without its whole. Of each peer the newest message is kept. */
  add(peer: string, fragment: HandshakeFragment): RingVerdict {
    if (fragment.length > RING_SLOT_LENGTH) return 'too_long';
    if (fragment.fragment.length === 0) return 'malformed';
    let waiting = this.#waiting.get(peer);
    let replaced = false;
    if (waiting === undefined || waiting.messageSeq !== fragment.messageSeq) {
      waiting = this.#enter(peer, waiting?.slot ?? this.#takeSlot(), fragment);
    } else if (!waiting.message.agrees(fragment, 0)) {
      waiting.message = this.#begin(waiting.slot, fragment);
      replaced = true;
    }
    const { message } = waiting;
    if (!message.store(fragment)) return 'too_many_pieces';
    if (!message.complete) return replaced ? 'replaced' : 'waiting';
    this.#waiting.delete(peer);
    this.#owners[waiting.slot] = undefined;
    return { message: { type: message.type, messageSeq: fragment.messageSeq, body: copy(message.body) } };
  }

  #enter(peer: string, slot: number, fragment: HandshakeFragment): Waiting {
    const waiting = { slot, messageSeq: fragment.messageSeq, message: this.#begin(slot, fragment) };
    this.#waiting.set(peer, waiting);
    this.#owners[slot] = peer;
    return waiting;
  }

  #takeSlot(): number {
    const slot = this.#next;
    this.#next = (slot + 1) % RING_SLOTS;
    const owner = this.#owners[slot];
    if (owner !== undefined && this.#waiting.delete(owner)) this.#evicted++;
    return slot;
  }

  #begin(slot: number, fragment: HandshakeFragment): PartialMessage {
    this.#memory ??= new Uint8Array(RING_SLOTS * RING_SLOT_LENGTH);
    const start = slot * RING_SLOT_LENGTH;
    return new PartialMessage(fragment, 0, this.#memory.subarray(start, start + fragment.length));
  }
}
