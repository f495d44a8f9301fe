/** When packets are sent. */
export interface Schedule {
  /** How many may have been sent by `now`, of which `sent` have been. */
  due(sent: number, now: number): number;
  /** When there is more to do, once `sent` have been sent. */
  next(sent: number): number;
}

/** What is late by more than a second of audio, as on a machine that slept, is not caught up with. */
const MOST_AT_ONCE = 50;

/**
 * One packet every `interval` ms, each due at its own time from the beginning, so that lateness never adds up: after
 * a stall what was due meanwhile goes out at once. A longer stall moves the rest.
 */
export class SteadySchedule implements Schedule {
  readonly #interval: number;
  #begin: number;

  constructor(begin: number, interval: number) {
    this.#begin = begin;
    this.#interval = interval;
  }

  due(sent: number, now: number): number {
    const due = Math.floor((now - this.#begin) / this.#interval) + 1;
    const tooMany = due - sent - MOST_AT_ONCE;
    if (tooMany <= 0) return due;
    this.#begin += tooMany * this.#interval;
    return due - tooMany;
  }

  next(sent: number): number {
    return this.#begin + sent * this.#interval;
  }
}

/**
 * As fast as the reader of this same process takes it: libuv reads up to 32 datagrams of a socket in each turn of the
 * loop, and half as many are sent in each, so that the system's buffers never fill.
 */
export class BurstSchedule implements Schedule {
  due(sent: number): number {
    return sent + 16;
  }

  next(): number {
    return 0;
  }
}
