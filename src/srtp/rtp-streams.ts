import { checkInteger } from '../errors/arguments.ts';
import { checkSsrc } from './checks.ts';
import { MAX_ROLL_OVER_COUNTER, RtpStream } from './rtp-stream.ts';

/** The streams of one end, by SSRC. These are kept with a sign, as shifts give them, which is cheaper to look up. */
export class RtpStreams {
  readonly #windowSize: number;
  readonly #streams = new Map<number, RtpStream>();

  constructor(windowSize: number) {
    this.#windowSize = windowSize;
  }

  get size(): number {
    return this.#streams.size;
  }

  get(ssrc: number): RtpStream | undefined {
    return this.#streams.get(ssrc);
  }

  add(ssrc: number): RtpStream {
    const stream = new RtpStream(this.#windowSize);
    this.#streams.set(ssrc, stream);
    return stream;
  }

  /** For the caller, whose SSRCs have no sign. Undefined where there is no stream. */
  rollOverCounter(ssrc: number): number | undefined {
    checkSsrc(ssrc);
    return this.#streams.get(ssrc | 0)?.rollOverCounter;
  }

  /** For the caller; makes a stream where there is none. */
  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    checkSsrc(ssrc);
    checkInteger('rollOverCounter', rollOverCounter, 0, MAX_ROLL_OVER_COUNTER);
    const stream = this.#streams.get(ssrc | 0) ?? this.add(ssrc | 0);
    stream.rollOverCounter = rollOverCounter;
  }

  /** For the caller. */
  forget(ssrc: number): void {
    checkSsrc(ssrc);
    this.#streams.delete(ssrc | 0);
  }

  clear(): void {
    this.#streams.clear();
  }
}
