import { copy, utf8 } from '../../bytes/bytes.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';

/** Bytes of a cookie, all of a SHA-256; clients of DTLS 1.0 take no more (RFC 4347 §4.2.1). */
const COOKIE_LENGTH = 32;

/**
 * Cookies that prove an address, and of which nothing is remembered (RFC 6347 §4.2.1). A cookie is a digest of
 * what it is for under a key that changes with time; its first byte tells which. Keys are derived from one secret and
 * the number of the period, so that all who have the secret and the time accept each other's.
 */
export class AddressCookies {
  readonly #crypto: CryptoProvider;
  readonly #secret: Uint8Array;
  readonly #lifetime: number;
  /** Of this period and the one before. */
  #keys: readonly [Uint8Array, Uint8Array] | undefined;
  #period = 0;

  /** `lifetime`: ms that a key is used for making cookies; they are accepted for as long again. */
  constructor(crypto: CryptoProvider, secret: Uint8Array, lifetime: number) {
    this.#crypto = crypto;
    this.#secret = secret;
    this.#lifetime = lifetime;
  }

  make(subject: Uint8Array, now: number): Uint8Array {
    const [key] = this.#keysAt(now);
    return this.#sign(key, this.#period, subject);
  }

  accepts(cookie: Uint8Array, subject: Uint8Array, now: number): boolean {
    const keys = this.#keysAt(now);
    // Which of the two it claims to be; that of another period is not worth a digest.
    const age =
      cookie.length === COOKIE_LENGTH ? [0, 1].find((n) => cookie[0] === mark(this.#period - n)) : undefined;
    if (age === undefined) return false;
    const key = age === 0 ? keys[0] : keys[1];
    return this.#crypto.equal(cookie, this.#sign(key, this.#period - age, subject));
  }

  #keysAt(now: number): readonly [Uint8Array, Uint8Array] {
    const period = Math.floor(now / this.#lifetime);
    if (this.#keys === undefined || period !== this.#period) {
      this.#period = period;
      this.#keys = [this.#keyOf(period), this.#keyOf(period - 1)];
    }
    return this.#keys;
  }

  #keyOf(period: number): Uint8Array {
    return this.#crypto.hmac('sha-256', this.#secret, utf8(`dtlslib cookie ${period}`));
  }

  #sign(key: Uint8Array, period: number, subject: Uint8Array): Uint8Array {
    const cookie = copy(this.#crypto.hmac('sha-256', key, subject));
    cookie[0] = mark(period);
    return cookie;
  }
}

function mark(period: number): number {
  return ((period % 256) + 256) % 256;
}
