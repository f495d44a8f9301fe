import { decodePcma, decodePcmu } from '../audio/g711.ts';
import { TELEPHONE_RATE } from '../audio/resample.ts';
import { PayloadType, type RtpPacket } from './rtp.ts';

/** Silence between two packets that is filled in; what is more is no gap but a timestamp that starts anew. */
const MAX_SILENCE: number = 60 * TELEPHONE_RATE;

/** 230 MB of memory. */
const MAX_SAMPLES: number = 4 * 3600 * TELEPHONE_RATE;

const SAMPLES_PER_PART: number = 60 * TELEPHONE_RATE;

/** Audio as it is put together from packets that come in their order, each at its time. */
export class Recording {
  /** All full but the last. */
  readonly #parts: Int16Array[] = [];
  readonly #limit: number;
  #length = 0;
  #silence = 0;
  #cut = 0;
  #nextTimestamp: number | undefined;

  /** `limit` in samples: no more is kept. */
  constructor(limit: number = MAX_SAMPLES) {
    this.#limit = limit;
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

  append({ payloadType, timestamp, payload }: RtpPacket): void {
    const samples = payloadType === PayloadType.PCMA ? decodePcma(payload) : decodePcmu(payload);
    // Timestamps go round at 2^32; signed, so that one that lies back leaves no gap.
    const gap = this.#nextTimestamp === undefined ? 0 : (timestamp - this.#nextTimestamp) | 0;
    if (gap > 0 && gap <= MAX_SILENCE) this.#silence += this.#keep(new Int16Array(gap));
    this.#keep(samples);
    this.#nextTimestamp = (timestamp + samples.length) % 2 ** 32;
  }

  samples(): Int16Array {
    const whole = new Int16Array(this.#length);
    for (const [index, part] of this.#parts.entries()) {
      const start = index * SAMPLES_PER_PART;
      whole.set(part.subarray(0, this.#length - start), start);
    }
    return whole;
  }

  /** Gives how many were kept. */
  #keep(samples: Int16Array): number {
    const kept = samples.subarray(0, Math.max(0, this.#limit - this.#length));
    for (let done = 0; done < kept.length; ) {
      const offset = this.#length % SAMPLES_PER_PART;
      if (offset === 0) this.#parts.push(new Int16Array(SAMPLES_PER_PART));
      const piece = kept.subarray(done, done + SAMPLES_PER_PART - offset);
      this.#parts.at(-1)?.set(piece, offset);
      this.#length += piece.length;
      done += piece.length;
    }
    this.#cut += samples.length - kept.length;
    return kept.length;
  }
}
