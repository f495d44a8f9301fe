import { Buffer } from 'node:buffer';

/** Small helpers on `Uint8Array` that every floor needs. */

/** No bytes, in memory of their own. */
export const EMPTY: Uint8Array = new Uint8Array(0);

const SLAB_LENGTH = 16_384;

/**
 * Memory for small pieces, cut from arrays of 16 KiB, at a fraction of the price of a typed array for each. A piece
 * keeps all of its array. They are plain `Uint8Array`s because a `subarray` of a Buffer costs three times as much.
 */
export class Slab {
  #memory = new ArrayBuffer(0);
  #used = 0;

  /** Memory that the caller fills at once, whole. */
  take(length: number): Uint8Array {
    if (length > SLAB_LENGTH / 4) return new Uint8Array(length);
    if (this.#used + length > this.#memory.byteLength) {
      this.#memory = new ArrayBuffer(SLAB_LENGTH);
      this.#used = 0;
    }
    const bytes = new Uint8Array(this.#memory, this.#used, length);
    this.#used += length;
    return bytes;
  }
}

const inner = new Slab();

/**
 * Memory from a slab of our own. Nothing of it is handed to the application, for it holds secrets as well, and what is
 * kept for long is copied with `copy`, so as not to hold on to all of it.
 */
export function allocate(length: number): Uint8Array {
  return inner.take(length);
}

/**
 * Writes an unsigned number of `size` bytes, at most 6, in network order. (A DataView would do, but its making
 * moves a small array's memory out of V8's heap, which costs more than all that is written.)
 */
export function writeUint(out: Uint8Array, offset: number, value: number, size: number): void {
  let high = size > 4 ? Math.floor(value / 2 ** 32) : 0;
  let low = value;
  const middle = size > 4 ? size - 4 : 0;
  for (let i = size - 1; i >= middle; i--) {
    out[offset + i] = low;
    low >>>= 8;
  }
  for (let i = middle - 1; i >= 0; i--) {
    out[offset + i] = high;
    high >>>= 8;
  }
}

/** The same bytes without a Buffer's ways. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy with memory of its own. (`slice` does not do: that of a Buffer is a view.) */
export function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = allocate(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Compares public bytes. Secrets are compared by `CryptoProvider.equal`, in constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Overwrites key material that is no longer needed. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The unsigned 16-bit number at `at`, in network order; the bytes are there. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** The 32-bit number at `at`, in network order, as JavaScript's shifts give it: with a sign. The bytes are there. */
export function int32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
