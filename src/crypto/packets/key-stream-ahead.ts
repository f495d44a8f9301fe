import { EMPTY, plain, wipe } from '../../bytes/bytes.ts';
import * as field from './layout.ts';
import { JOB_WORDS } from './layout.ts';
import type { PacketMemory } from './packet-transform.ts';

/** Most bytes of key stream kept of one SSRC, for how many packets at most, and of how many SSRCs. */
const MOST_BYTES = 4096;
const MOST_PACKETS = 32;
const MOST_STREAMS = 64;

/** Of one SSRC: key stream for `packets` packets from index `first` on, `length` bytes each. */
interface Ahead {
  lastIndex: number;
  stream: Uint8Array;
  first: number;
  packets: number;
  length: number;
}

/**
 * Key stream for packets that come one at a time. Having OpenSSL make it costs a microsecond however short it is; and
 * after a packet of an SSRC its next one is likely to follow, and to be as long. So it is made for several at once.
 */
export class KeyStreamAhead {
  readonly #memory: PacketMemory;
  readonly #tagBlocks: number;
  readonly #streams = new Map<number, Ahead>();

  /** `tagBlocks`: blocks of key stream that are not for the packet's own bytes. */
  constructor(memory: PacketMemory, tagBlocks: number) {
    this.#memory = memory;
    this.#tagBlocks = tagBlocks;
  }

  /**
   * Lays the key stream of the first job into `keyStream`. `make` makes that of several jobs, whose table is filled in
   * here.
   */
  supply(keyStream: Uint8Array, make: (count: number) => Uint8Array): void {
    const { jobs } = this.#memory;
    const size =
      (jobs[field.CIPHER_END] as number) -
      (jobs[field.CIPHER_START] as number) -
      (jobs[field.GAP] === 0 ? 0 : 4);
    const length = (((size + 15) >> 4) + this.#tagBlocks) * 16;
    const index = indexOf(jobs);
    const ahead = this.#streams.get(jobs[field.SSRC] as number);
    if (ahead !== undefined && has(ahead, index, length)) {
      const at = (index - ahead.first) * ahead.length;
      keyStream.set(ahead.stream.subarray(at, at + length));
    } else if (ahead !== undefined && index === ahead.lastIndex + 1 && 2 * length <= MOST_BYTES) {
      const packets = Math.min(MOST_PACKETS, Math.floor(MOST_BYTES / length));
      for (let i = 1; i < packets; i++) copyJob(jobs, i, index + i);
      // Nothing is changed before it is there: were it not, key stream of zeros would be taken for it.
      const stream = plain(make(packets));
      wipe(ahead.stream);
      ahead.stream = stream;
      ahead.length = stream.length / packets;
      ahead.packets = packets;
      ahead.first = index;
      keyStream.set(stream.subarray(0, ahead.length));
    } else {
      keyStream.set(make(1));
    }
    jobs[field.KEY_STREAM_AT] = 0;
  }

  /** Notes that the first job's packet is of an SSRC with these keys: for a receiver, that it was authentic. */
  remember(): void {
    const { jobs } = this.#memory;
    const ssrc = jobs[field.SSRC] as number;
    let ahead = this.#streams.get(ssrc);
    if (ahead === undefined) {
      if (this.#streams.size >= MOST_STREAMS) this.#forgetOne();
      ahead = { lastIndex: -1, stream: EMPTY, first: 0, packets: 0, length: 0 };
      this.#streams.set(ssrc, ahead);
    }
    ahead.lastIndex = indexOf(jobs);
  }

  destroy(): void {
    for (const { stream } of this.#streams.values()) wipe(stream);
    this.#streams.clear();
  }

  #forgetOne(): void {
    for (const [ssrc, { stream }] of this.#streams) {
      wipe(stream);
      this.#streams.delete(ssrc);
      return;
    }
  }
}

function indexOf(jobs: Int32Array): number {
  return ((jobs[field.INDEX_HIGH] as number) >>> 0) * 2 ** 16 + (jobs[field.INDEX_LOW] as number);
}

function has({ first, packets, length }: Ahead, index: number, needed: number): boolean {
  return index >= first && index < first + packets && needed <= length;
}

/** Makes job `i` like the first, but with an index of its own. */
function copyJob(jobs: Int32Array, i: number, index: number): void {
  const at = i * JOB_WORDS;
  jobs.copyWithin(at, 0, JOB_WORDS);
  jobs[at + field.INDEX_HIGH] = Math.floor(index / 2 ** 16);
  jobs[at + field.INDEX_LOW] = index % 2 ** 16;
  jobs[at + field.RESULT] = 1;
}
