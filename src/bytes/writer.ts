import { allocate, writeUint } from './bytes.ts';

/** Appends numbers and bytes in network order to one growing buffer; lengths are patched in afterwards. */
export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  /** `capacity`: bytes to reserve at first; the buffer doubles when it is exceeded. */
  constructor(capacity = 256) {
    this.#buffer = allocate(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    return this.#number(value, 1);
  }

  u16(value: number): this {
    return this.#number(value, 2);
  }

  u24(value: number): this {
    return this.#number(value, 3);
  }

  u32(value: number): this {
    return this.#number(value, 4);
  }

  u48(value: number): this {
    return this.#number(value, 6);
  }

  bytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A vector with a length of 1 byte around whatever `content` writes. */
  vector8(content: Uint8Array | (() => void)): this {
    return this.#vector(1, content);
  }

  /** A vector with a length of 2 bytes around whatever `content` writes. */
  vector16(content: Uint8Array | (() => void)): this {
    return this.#vector(2, content);
  }

  /** A vector with a length of 3 bytes around whatever `content` writes. */
  vector24(content: Uint8Array | (() => void)): this {
    return this.#vector(3, content);
  }

  /** A vector of 16-bit numbers with a length of 2 bytes. */
  u16List(values: readonly number[]): this {
    this.u16(values.length * 2);
    for (const value of values) this.u16(value);
    return this;
  }

  /** What was written. The memory is the caller's from here on; the writer is not to be used again. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #vector(size: number, content: Uint8Array | (() => void)): this {
    const at = this.#length;
    this.#number(0, size);
    if (typeof content === 'function') content();
    else this.bytes(content);
    const length = this.#length - at - size;
    if (length >= 2 ** (8 * size))
      throw new RangeError(`a vector of ${length} bytes does not fit a length of ${size}`);
    writeUint(this.#buffer, at, length, size);
    return this;
  }

  #number(value: number, size: number): this {
    this.#reserve(size);
    writeUint(this.#buffer, this.#length, value, size);
    this.#length += size;
    return this;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#buffer.length) return;
    const larger = allocate(Math.max(wanted, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
