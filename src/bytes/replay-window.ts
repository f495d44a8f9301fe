const WORD = 32;

/**
 * The sliding window against replay: the newest `size` numbers up to the highest seen (RFC 6347 §4.1.2.6, RFC 3711
 * §3.3.2). It moves only by `accept`, which is called for what was authenticated alone. Numbers are of 48 bits at most.
 */
export class ReplayWindow {
  readonly #size: number;
  /** A ring of bits, of which `#top` is the highest number's, and those before it are of the numbers before. */
  readonly #seen: Uint32Array;
  #top = 0;
  #highest = -1;

  constructor(size = 64) {
    this.#size = size;
    this.#seen = new Uint32Array(Math.ceil(size / WORD));
  }

  /** The highest number accepted; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether the number is below the window, so that nobody can tell any more whether it was seen. */
  isTooOld(number: number): boolean {
    return this.#highest - number >= this.#size;
  }

  /** Whether the number was not seen and is not too old. */
  isFresh(number: number): boolean {
    if (number > this.#highest) return true;
    if (this.isTooOld(number)) return false;
    const bit = this.#bit(this.#highest - number);
    return ((this.#seen[bit >>> 5] as number) & (1 << (bit & 31))) === 0;
  }

  /** Marks a fresh number as seen; true when it is the highest so far. */
  accept(number: number): boolean {
    const newest = number > this.#highest;
    if (newest) {
      this.#advance(number - this.#highest);
      this.#highest = number;
    }
    const bit = this.#bit(this.#highest - number);
    this.#seen[bit >>> 5] = (this.#seen[bit >>> 5] as number) | (1 << (bit & 31));
    return newest;
  }

  /** Moves the top on, and clears the bits on the way. */
  #advance(by: number): void {
    const bits = this.#seen.length * WORD;
    if (by >= bits) {
      this.#seen.fill(0);
      return;
    }
    for (let left = by; left > 0; ) {
      this.#top = this.#top + 1 === bits ? 0 : this.#top + 1;
      const word = this.#top >>> 5;
      if ((this.#top & 31) === 0 && left >= WORD) {
        this.#seen[word] = 0;
        this.#top += WORD - 1;
        left -= WORD;
      } else {
        this.#seen[word] = (this.#seen[word] as number) & ~(1 << (this.#top & 31));
        left--;
      }
    }
  }

  /** The bit of the number that is `age` below the highest. */
  #bit(age: number): number {
    return this.#top >= age ? this.#top - age : this.#top - age + this.#seen.length * WORD;
  }
}
