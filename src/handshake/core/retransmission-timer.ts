/** Below this a measured round trip says more of the machine than of the network, in ms. */
const LEAST_TIMEOUT = 100;

/** A round trip is waited for this many times over (RFC 9147 §5.8.2). */
const ROUND_TRIP_FACTOR = 1.5;

/**
 * When to send the last flight again (RFC 6347 §4.2.4.1): after the initial timeout, then after twice as long,
 * and so on up to a maximum. A flight answered without a repeat measures the round trip, and the next one
 * starts from that; after one that was repeated the next keeps its timeout.
 */
export class RetransmissionTimer {
  /** ms; may be changed while running and counts from the next flight on. */
  initialTimeout: number;
  readonly #maximumTimeout: number;
  /** What the next flight starts from; undefined: the initial timeout. */
  #next: number | undefined;
  #timeout = 0;
  #sentAt = 0;
  #repeats = 0;
  #deadline: number | undefined;

  constructor(initialTimeout: number, maximumTimeout: number) {
    this.initialTimeout = initialTimeout;
    this.#maximumTimeout = maximumTimeout;
  }

  /** On the caller's clock; undefined when nothing is waited for. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** ms until the flight is sent again, as it stands now. */
  get timeout(): number {
    return this.#timeout;
  }

  /** A new flight was sent that wants an answer. */
  start(now: number): void {
    this.#timeout = Math.min(this.#next ?? this.initialTimeout, this.#maximumTimeout);
    this.#sentAt = now;
    this.#repeats = 0;
    this.#deadline = now + this.#timeout;
  }

  /** The timer has fired and the flight was sent again. */
  backOff(now: number): void {
    this.#repeats++;
    this.#timeout = Math.min(this.#timeout * 2, this.#maximumTimeout);
    this.#deadline = now + this.#timeout;
  }

  /** The flight was sent again because the peer repeated its own: wait anew, as long as before. */
  restart(now: number): void {
    this.#repeats++;
    if (this.#deadline !== undefined) this.#deadline = now + this.#timeout;
  }

  /** Whether half of the timeout has gone by since the last sending. */
  mayRepeat(now: number): boolean {
    return this.#deadline === undefined || now >= this.#deadline - this.#timeout / 2;
  }

  /** The peer's whole answer is there. */
  answered(now: number): void {
    if (this.#deadline !== undefined) {
      this.#next =
        this.#repeats === 0
          ? Math.max(LEAST_TIMEOUT, (now - this.#sentAt) * ROUND_TRIP_FACTOR)
          : this.#timeout;
    }
    this.stop();
  }

  stop(): void {
    this.#deadline = undefined;
  }
}
