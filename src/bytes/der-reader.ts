import { EMPTY } from './bytes.ts';

/** The tags that certificates and keys are made of: universal class, low-tag-number form (X.690 §8.1.2). */
export const DerTag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** `[0]` around an explicitly tagged value. */
  CONTEXT_0: 0xa0,
} as const;

/**
 * A cursor over DER that never throws and never reads past the end. Like `Reader`, it remembers its first
 * failure, and from then on gives nothing. Lengths are definite, in the fewest bytes, and of at most 24 bits.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True until a read failed. */
  get ok(): boolean {
    return !this.#failed;
  }

  /** True when everything was read and nothing was wrong. */
  get finished(): boolean {
    return !this.#failed && this.#offset === this.#bytes.length;
  }

  /** Whether the next element has this tag. */
  next(tag: number): boolean {
    return !this.#failed && this.#bytes[this.#offset] === tag;
  }

  /** The content of the next element, which must have this tag; a view of the borrowed bytes. */
  read(tag: number): Uint8Array {
    const start = this.#contentStart(tag);
    return this.#failed ? EMPTY : this.#bytes.subarray(start, this.#offset);
  }

  /** The whole of the next element, tag and length included, which must have this tag. */
  readWhole(tag: number): Uint8Array {
    const start = this.#offset;
    this.#contentStart(tag);
    return this.#failed ? EMPTY : this.#bytes.subarray(start, this.#offset);
  }

  /** Steps past the header and the content; gives where the content began. */
  #contentStart(tag: number): number {
    const bytes = this.#bytes;
    let at = this.#offset;
    if (this.#failed || bytes[at] !== tag) return this.#fail();
    const first = bytes[at + 1];
    if (first === undefined) return this.#fail();
    at += 2;
    let length = first;
    if (first >= 0x80) {
      const size = first - 0x80;
      if (size < 1 || size > 3 || at + size > bytes.length) return this.#fail();
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + i] ?? 0);
      // The fewest bytes that hold it (X.690 §10.1).
      if (length < 0x80 || length < 2 ** (8 * (size - 1))) return this.#fail();
      at += size;
    }
    if (length > bytes.length - at) return this.#fail();
    this.#offset = at + length;
    return at;
  }

  #fail(): number {
    this.#failed = true;
    return 0;
  }
}
