import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { copy, wipe } from '../../bytes/bytes.ts';
import { AEAD_TAG_LENGTH, type AeadName } from '../../registry/algorithms.ts';
import type { AeadKey } from '../provider.ts';

const OPTIONS = { authTagLength: AEAD_TAG_LENGTH } as const;

class NodeAeadKey implements AeadKey {
  // `chacha20-poly1305` takes the same calls as the GCM ciphers; only the type declarations part them.
  readonly #cipher: CipherGCMTypes;
  readonly #key: Uint8Array;

  constructor(name: AeadName, key: Uint8Array) {
    this.#cipher = name as CipherGCMTypes;
    this.#key = key;
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array, offset: number): void {
    const cipher = createCipheriv(this.#cipher, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad);
    out.set(cipher.update(plaintext), offset);
    cipher.final();
    out.set(cipher.getAuthTag(), offset + plaintext.length);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - AEAD_TAG_LENGTH;
    if (length < 0) return undefined;
    const decipher = createDecipheriv(this.#cipher, this.#key, nonce, OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      wipe(plaintext);
      return undefined;
    }
    return plaintext;
  }

  destroy(): void {
    wipe(this.#key);
  }
}

/** Keeps a copy of the key. */
export function aead(name: AeadName, key: Uint8Array): AeadKey {
  return new NodeAeadKey(name, copy(key));
}
