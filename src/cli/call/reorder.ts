import type { RtpPacket } from './rtp.ts';

/** 1 s of audio. A recording is in no hurry: what is out of order by less finds its place. */
const DEPTH = 50;

interface Place {
  readonly sequence: number;
  readonly packet: RtpPacket;
}

/** Puts packets in the order of their extended sequence numbers, by keeping the newest of them back. */
export class Reorder {
  /** In order, without repeats. */
  readonly #waiting: Place[] = [];
  #released: number | undefined;

  /** What has become of the packet: `late` when its place has passed. */
  put(sequence: number, packet: RtpPacket): 'kept' | 'late' | 'duplicate' {
    if (this.#released !== undefined && sequence <= this.#released) return 'late';
    let index = this.#waiting.length;
    while (index > 0 && (this.#waiting[index - 1]?.sequence ?? 0) > sequence) index--;
    if (this.#waiting[index - 1]?.sequence === sequence) return 'duplicate';
    this.#waiting.splice(index, 0, { sequence, packet });
    return 'kept';
  }

  /** The next packet whose turn has come; with `all`, the next of those that are still here. */
  take(all = false): RtpPacket | undefined {
    if (!all && this.#waiting.length <= DEPTH) return undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#released = next.sequence;
    return next?.packet;
  }
}
