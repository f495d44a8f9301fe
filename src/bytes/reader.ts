import { EMPTY } from './bytes.ts';

/**
 * A cursor over borrowed bytes that never throws and never reads past the end.
 *
 * The first read that would overrun marks the reader as failed; from then on every read gives zero or
 * nothing. A parser reads its whole structure and asks `ok` or `finished` once, instead of at each step.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True until a read went past the end. */
  get ok(): boolean {
    return !this.#failed;
  }

  /** True when everything was read and nothing was missing. */
  get finished(): boolean {
    return !this.#failed && this.#offset === this.#bytes.length;
  }

  /** Bytes not read yet; 0 once failed. */
  get remaining(): number {
    return this.#failed ? 0 : this.#bytes.length - this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Marks the structure as malformed for a reason of the caller's. */
  fail(): void {
    this.#failed = true;
  }

  u8(): number {
    return this.#number(1);
  }

  u16(): number {
    return this.#number(2);
  }

  u24(): number {
    return this.#number(3);
  }

  u32(): number {
    return this.#number(4);
  }

  /** 48 bits fit a JavaScript number without loss. */
  u48(): number {
    return this.#number(6);
  }

  /** A view of the next `length` bytes; still borrowed. */
  bytes(length: number): Uint8Array {
    if (!this.#has(length)) return EMPTY;
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Whatever is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** `opaque x<0..2^8-1>` */
  vector8(): Uint8Array {
    return this.bytes(this.u8());
  }

  /** `opaque x<0..2^16-1>` */
  vector16(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** `opaque x<0..2^24-1>` */
  vector24(): Uint8Array {
    return this.bytes(this.u24());
  }

  #number(size: number): number {
    if (!this.#has(size)) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[this.#offset + i] as number);
    this.#offset += size;
    return value;
  }

  #has(length: number): boolean {
    if (!this.#failed && length <= this.#bytes.length - this.#offset) return true;
    this.#failed = true;
    return false;
  }
}

/** Reads a list of 16-bit numbers that fills `bytes`, or nothing when the length is odd. */
export function readU16List(bytes: Uint8Array): number[] | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const list: number[] = [];
  const reader = new Reader(bytes);
  while (reader.remaining > 0) list.push(reader.u16());
  return list;
}

/** The same with its length in 16 bits before it and at least one entry, which together fill `bytes`. */
export function readU16Vector(bytes: Uint8Array): number[] | undefined {
  const reader = new Reader(bytes);
  const list = readU16List(reader.vector16());
  return reader.finished && list !== undefined && list.length > 0 ? list : undefined;
}
