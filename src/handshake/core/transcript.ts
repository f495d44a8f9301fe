import { allocate, EMPTY } from '../../bytes/bytes.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { HashName } from '../../registry/algorithms.ts';
import {
  HANDSHAKE_HEADER_LENGTH,
  type HandshakeMessage,
  writeHandshakeHeader,
} from '../../wire/handshake.ts';

/**
 * All handshake messages so far, whole and with the 12-byte header, as if never fragmented (RFC 6347 §4.2.6).
 *
 * The bytes themselves are kept, for a CertificateVerify of DTLS 1.2 signs them under a hash that is known
 * only late; they are let go with the handshake.
 */
export class Transcript {
  readonly #crypto: CryptoProvider;
  #bytes: Uint8Array = allocate(2048);
  #length = 0;
  #lastStart = 0;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /** Copies a message. */
  add(message: HandshakeMessage): void {
    const wanted = this.#length + HANDSHAKE_HEADER_LENGTH + message.body.length;
    if (wanted > this.#bytes.length) {
      const larger = allocate(Math.max(wanted, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    writeHandshakeHeader(this.#bytes, this.#length, message, 0, message.body.length);
    this.#bytes.set(message.body, this.#length + HANDSHAKE_HEADER_LENGTH);
    this.#lastStart = this.#length;
    this.#length = wanted;
  }

  /** Forgets everything: the first ClientHello and the HelloVerifyRequest do not count (RFC 6347 §4.2.1). */
  reset(): void {
    this.#length = 0;
    this.#lastStart = 0;
  }

  /** Lets go of the memory. */
  release(): void {
    this.reset();
    this.#bytes = EMPTY;
  }

  /** Borrowed until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** All but the last message: what a CertificateVerify or Finished that has just come is about. */
  get bytesBeforeLast(): Uint8Array {
    return this.#bytes.subarray(0, this.#lastStart);
  }

  hash(name: HashName): Uint8Array {
    return this.#crypto.hash(name, this.bytes);
  }

  hashBeforeLast(name: HashName): Uint8Array {
    return this.#crypto.hash(name, this.bytesBeforeLast);
  }
}
