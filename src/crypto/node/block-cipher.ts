import { type Cipher, createCipheriv } from 'node:crypto';
import type { BlockCipher } from '../packets/packet-transform.ts';

class NodeBlockCipher implements BlockCipher {
  readonly #cipher: Cipher;

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  }

  encrypt(blocks: Uint8Array): Uint8Array {
    return this.#cipher.update(blocks);
  }

  destroy(): void {
    // OpenSSL overwrites the key schedule when it frees it, which it does at the end of the message.
    this.#cipher.final();
  }
}

/** AES with a key of 16, 24 or 32 bytes. One such object serves any number of messages, for ECB has no state. */
export function blockCipher(key: Uint8Array): BlockCipher {
  return new NodeBlockCipher(key);
}
