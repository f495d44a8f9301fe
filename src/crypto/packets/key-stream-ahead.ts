import { EMPTY, plain, wipe } from '../../bytes/bytes.ts';
import {
  CIPHER_END,
  CIPHER_START,
  INDEX_HIGH,
  INDEX_LOW,
  JOB_WORDS,
  KEY_STREAM_AT,
  RESULT,
  SSRC,
} from './layout.ts';
import type { PacketMemory } from './packet-transform.ts';

/** Most bytes of key stream kept for packets that are still to come, and for how many at most. */
const MOST_BYTES = 2048;
const MOST_PACKETS = 16;

/**
 * Key stream for packets that come one at a time. Having OpenSSL make it costs a microsecond however short it is; and
 * after a packet of an SSRC, its next one is likely to follow, and to be as long. So it is made for several at once.
 */
export class KeyStreamAhead {
  readonly #tagBlocks: number;
  #ssrc = 0;
  #lastIndex = -1;
  /** For `#packets` packets from index `#first` on, `#length` bytes each. */
  #stream: Uint8Array = EMPTY;
  #first = 0;
  #packets = 0;
  #length = 0;

  /** `tagBlocks`: blocks of key stream that are not for the packet's own bytes. */
  constructor(tagBlocks: number) {
    this.#tagBlocks = tagBlocks;
  }

  /**
   * Lays the key stream of the first job into `keyStream`; `make` makes that of several jobs, whose table is filled in
   * here.
   */
  supply({ jobs }: PacketMemory, keyStream: Uint8Array, make: (count: number) => Uint8Array): void {
    // A gap makes it less by 4 bytes, which does not matter here.
    const blocks =
      (((jobs[CIPHER_END] as number) - (jobs[CIPHER_START] as number) + 15) >> 4) + this.#tagBlocks;
    const ssrc = jobs[SSRC] as number;
    const index = ((jobs[INDEX_HIGH] as number) >>> 0) * 2 ** 16 + (jobs[INDEX_LOW] as number);
    const length = blocks * 16;
    const follows = ssrc === this.#ssrc && index === this.#lastIndex + 1;
    if (!this.#has(ssrc, index, length)) {
      wipe(this.#stream);
      const most = Math.min(MOST_PACKETS, Math.floor(MOST_BYTES / length));
      this.#packets = follows && most > 1 ? most : 1;
      for (let i = 1; i < this.#packets; i++) copyJob(jobs, i, index + i);
      this.#stream = plain(make(this.#packets));
      this.#length = this.#stream.length / this.#packets;
      this.#first = index;
      this.#ssrc = ssrc;
    }
    this.#lastIndex = index;
    const at = (index - this.#first) * this.#length;
    keyStream.set(this.#stream.subarray(at, at + Math.min(length, this.#length)));
    jobs[KEY_STREAM_AT] = 0;
  }

  destroy(): void {
    wipe(this.#stream);
    this.#packets = 0;
  }

  #has(ssrc: number, index: number, length: number): boolean {
    const place = index - this.#first;
    return ssrc === this.#ssrc && place >= 0 && place < this.#packets && length <= this.#length;
  }
}

/** Makes job `i` like the first, but with an index of its own. */
function copyJob(jobs: Int32Array, i: number, index: number): void {
  const at = i * JOB_WORDS;
  jobs.copyWithin(at, 0, JOB_WORDS);
  jobs[at + INDEX_HIGH] = Math.floor(index / 2 ** 16);
  jobs[at + INDEX_LOW] = index % 2 ** 16;
  jobs[at + RESULT] = 1;
}
