import { copy, writeUint } from '../../bytes/bytes.ts';
import type { HandshakeConfig } from '../core/config.ts';

const NUMBER_LENGTH = 6;
const SECRET_LENGTH = 32;
/** Bytes of a cookie: a number, and a digest that only we can make of it. */
const COOKIE_LENGTH = 32;

/**
 * The cookies of one server with one peer (RFC 6347 §4.2.1). No two are the same, so that whoever sends them out
 * can tell by a cookie which address it went to; and none is remembered here.
 */
export class Cookies {
  readonly #crypto: HandshakeConfig['crypto'];
  readonly #secret: Uint8Array;
  #made = 0;

  constructor({ crypto, random }: HandshakeConfig) {
    this.#crypto = crypto;
    this.#secret = random(SECRET_LENGTH);
  }

  make(): Uint8Array {
    const number = new Uint8Array(NUMBER_LENGTH);
    writeUint(number, 0, this.#made++, NUMBER_LENGTH);
    return this.#sign(number);
  }

  accepts(cookie: Uint8Array): boolean {
    return this.#crypto.equal(cookie, this.#sign(cookie.subarray(0, NUMBER_LENGTH)));
  }

  #sign(number: Uint8Array): Uint8Array {
    const cookie = copy(this.#crypto.hmac('sha-256', this.#secret, number)).subarray(0, COOKIE_LENGTH);
    cookie.set(number);
    return cookie;
  }
}
