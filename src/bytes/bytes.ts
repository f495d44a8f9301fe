import { Buffer } from 'node:buffer';

/** Small helpers on `Uint8Array` that every floor needs. */

/** No bytes, in memory of their own. */
export const EMPTY: Uint8Array = new Uint8Array(0);

const SLAB_LENGTH = 16_384;
let slab: ArrayBuffer = new ArrayBuffer(0);
let slabUsed = 0;

/**
 * Memory that the caller fills at once, whole. Small pieces are cut from a slab, at a fraction of the price of a
 * typed array of their own. Nothing of it is handed to the application, for the slab holds secrets as well, and what
 * is kept for long is copied with `copy`, so as not to hold on to it. Plain
 * `Uint8Array`s they are because a `subarray` of a Buffer costs three times as much.
 */
export function allocate(length: number): Uint8Array {
  if (length > SLAB_LENGTH / 4) return new Uint8Array(length);
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_LENGTH);
    slabUsed = 0;
  }
  const bytes = new Uint8Array(slab, slabUsed, length);
  slabUsed += length;
  return bytes;
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
