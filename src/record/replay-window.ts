const WINDOW = 64;

/**
 * The sliding window against replay (RFC 6347 §4.1.2.6): 64 sequence numbers up to the highest seen. It moves
 * only by `accept`, which is called for authenticated records alone.
 */
export class ReplayWindow {
  #highest = -1;
  // Bit i of the pair is the record `highest - i`; two halves, for JavaScript shifts 32 bits.
  #recent = 0;
  #older = 0;

  /** Whether the number was not seen and is not too old. */
  isFresh(sequenceNumber: number): boolean {
    const age = this.#highest - sequenceNumber;
    if (age < 0) return true;
    if (age >= WINDOW) return false;
    return age < 32 ? (this.#recent & (1 << age)) === 0 : (this.#older & (1 << (age - 32))) === 0;
  }

  /** Marks the number as seen; true when it is the highest so far. */
  accept(sequenceNumber: number): boolean {
    const age = this.#highest - sequenceNumber;
    if (age < 0) {
      this.#shift(-age);
      this.#highest = sequenceNumber;
      this.#recent |= 1;
      return true;
    }
    if (age < 32) this.#recent |= 1 << age;
    else if (age < WINDOW) this.#older |= 1 << (age - 32);
    return false;
  }

  #shift(by: number): void {
    if (by >= WINDOW) {
      this.#recent = 0;
      this.#older = 0;
    } else if (by >= 32) {
      this.#older = by === 32 ? this.#recent : this.#recent << (by - 32);
      this.#recent = 0;
    } else {
      this.#older = (this.#older << by) | (this.#recent >>> (32 - by));
      this.#recent <<= by;
    }
  }
}
