import type { HandshakeFragment } from '../../wire/handshake.ts';

/** Separate pieces of one message. */
const MAX_PIECES = 64;

interface Piece {
  start: number;
  end: number;
}

/** A handshake message of which pieces have come, in any order, again, or cut differently. */
export class PartialMessage {
  readonly type: number;
  readonly epoch: number;
  readonly body: Uint8Array;
  /** What has come, in order, never touching. */
  #pieces: Piece[] = [];
  #complete: boolean;

  /** `fragment` is one of it, which is not stored yet; `body` has room for the whole message. */
  constructor(fragment: HandshakeFragment, epoch: number, body: Uint8Array) {
    this.type = fragment.type;
    this.epoch = epoch;
    this.body = body;
    this.#complete = fragment.length === 0;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Whether the fragment can be of this message: pieces that disagree are never mixed. */
  agrees(fragment: HandshakeFragment, epoch: number): boolean {
    if (fragment.type !== this.type || fragment.length !== this.body.length || epoch !== this.epoch)
      return false;
    const end = fragment.fragmentOffset + fragment.fragment.length;
    for (const piece of this.#pieces) {
      const from = Math.max(piece.start, fragment.fragmentOffset);
      const to = Math.min(piece.end, end);
      for (let i = from; i < to; i++) {
        if (this.body[i] !== fragment.fragment[i - fragment.fragmentOffset]) return false;
      }
    }
    return true;
  }

  /** False when there would be too many pieces. */
  store(fragment: HandshakeFragment): boolean {
    let start = fragment.fragmentOffset;
    let end = start + fragment.fragment.length;
    const apart = this.#pieces.filter((piece) => piece.end < start || piece.start > end);
    if (apart.length >= MAX_PIECES) return false;
    this.body.set(fragment.fragment, start);
    for (const piece of this.#pieces) {
      if (apart.includes(piece)) continue;
      start = Math.min(start, piece.start);
      end = Math.max(end, piece.end);
    }
    this.#pieces = [...apart, { start, end }];
    this.#complete = start === 0 && end === this.body.length;
    return true;
  }
}
