import { decodePcma, decodePcmu } from '../audio/g711.ts';
import { TELEPHONE_RATE } from '../audio/resample.ts';
import { PayloadType, type RtpPacket } from './rtp.ts';

/**
 * How much more silence is filled in, in all, than time has passed. The network's delay varies, and of a call that is
 * sent faster than it sounds packets may be lost; but whoever only sends timestamps far apart gains no more than this.
 */
const SILENCE_MARGIN: number = 10 * TELEPHONE_RATE;

/** 230 MB of memory. */
const MAX_SAMPLES: number = 4 * 3600 * TELEPHONE_RATE;

const FIRST_CAPACITY: number = 60 * TELEPHONE_RATE;

/** Audio as it is put together from packets that come in their order, each at its time. */
export class Recording {
  /** The rest of it is zeros, so that silence is there already, and takes no memory before it is looked at. */
  #samples: Int16Array;
  readonly #limit: number;
  #length = 0;
  #silence = 0;
  #cut = 0;
  #nextTimestamp: number | undefined;

  /** `limit` in samples: no more is kept. */
  constructor(limit: number = MAX_SAMPLES) {
    this.#limit = limit;
    this.#samples = new Int16Array(Math.min(limit, FIRST_CAPACITY));
  }

  /** Samples. */
  get length(): number {
    return this.#length;
  }

  /** How many of the samples are silence for what did not come. */
  get silence(): number {
    return this.#silence;
  }

  /** Samples over the limit, which were not kept. */
  get cut(): number {
    return this.#cut;
  }

  /**
   * A gap that time cannot explain is none: the timestamps have started anew.
   *
   * @param elapsed milliseconds from the first arrival to the newest
   */
  append({ payloadType, timestamp, payload }: RtpPacket, elapsed: number): void {
    // Timestamps go round at 2^32; signed, so that one that lies back leaves no gap.
    const gap = this.#nextTimestamp === undefined ? 0 : (timestamp - this.#nextTimestamp) | 0;
    const explained = (elapsed * TELEPHONE_RATE) / 1000 + SILENCE_MARGIN - this.#silence;
    if (gap > 0 && gap <= explained) this.#silence += this.#extend(gap);
    const start = this.#length;
    // A byte is a sample.
    const kept = this.#extend(payload.length);
    this.#nextTimestamp = (timestamp + payload.length) % 2 ** 32;
    if (kept === 0) return;
    const decode = payloadType === PayloadType.PCMA ? decodePcma : decodePcmu;
    this.#samples.set(decode(payload.subarray(0, kept)), start);
  }

  /** What there is so far; not a copy. */
  samples(): Int16Array {
    return this.#samples.subarray(0, this.#length);
  }

  /** Makes it longer, by silence. Gives how many samples there was room for. */
  #extend(samples: number): number {
    const kept = Math.min(samples, this.#limit - this.#length);
    this.#cut += samples - kept;
    this.#length += kept;
    if (this.#length > this.#samples.length) {
      const before = this.#samples;
      this.#samples = new Int16Array(Math.min(this.#limit, Math.max(2 * before.length, this.#length)));
      this.#samples.set(before);
    }
    return kept;
  }
}
