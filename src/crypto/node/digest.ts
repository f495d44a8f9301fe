import {
  createHmac,
  hash as hashOnce,
  randomFillSync,
  randomBytes as systemRandom,
  timingSafeEqual,
} from 'node:crypto';
import { copy } from '../../bytes/bytes.ts';
import type { HashName } from '../../registry/algorithms.ts';

const OPENSSL_NAME: Readonly<Record<HashName, string>> = {
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

/** The name of a hash as `node:crypto` wants it. */
export function digestName(name: HashName): string {
  return OPENSSL_NAME[name];
}

/** Asking the system costs 3 µs however few bytes are asked for, and so they are fetched in stock. */
const STOCK_LENGTH = 4096;
const stock: Uint8Array = new Uint8Array(STOCK_LENGTH);
let used = STOCK_LENGTH;

/** Memory of the caller's own; what is handed out is overwritten in the stock at once. */
export function randomBytes(length: number): Uint8Array {
  if (length > STOCK_LENGTH) return systemRandom(length);
  if (used + length > STOCK_LENGTH) {
    randomFillSync(stock);
    used = 0;
  }
  const taken = stock.subarray(used, used + length);
  used += length;
  const bytes = copy(taken);
  taken.fill(0);
  return bytes;
}

export function hash(name: HashName, data: Uint8Array): Uint8Array {
  return hashOnce(OPENSSL_NAME[name], data, 'buffer');
}

export function hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac(OPENSSL_NAME[name], key).update(data).digest();
}

/** Lengths are public; only the contents are compared in constant time. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
