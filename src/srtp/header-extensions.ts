import { copy, uint16At, wipe, writeUint } from '../bytes/bytes.ts';
import { CM_SSRC_AT, counterBlock } from '../crypto/packets/counter-block.ts';
import type { BlockCipher } from '../crypto/packets/packet-transform.ts';
import { EXTENSION_HEADER_LENGTH, extensionOffset, hasExtension } from './rtp.ts';

/** "Defined by profile" of elements with one byte of header (RFC 8285 §4.2). */
export const ONE_BYTE = 0xbede;
/** The same with two bytes of header; the lower four bits are the application's (RFC 8285 §4.3). */
export const TWO_BYTE = 0x1000;

/**
 * Encrypts and decrypts the values of chosen header extension elements in place (RFC 6904). Their headers, padding,
 * and all other elements stay as they are.
 */
export class HeaderExtensionCipher {
  readonly #cipher: BlockCipher;
  readonly #salt: Uint8Array;
  readonly #identifiers: ReadonlySet<number>;

  constructor(cipher: BlockCipher, salt: Uint8Array, identifiers: ReadonlySet<number>) {
    this.#cipher = cipher;
    this.#salt = copy(salt);
    this.#identifiers = identifiers;
  }

  /** Works on the packet that begins at `start`, whose header was checked. */
  crypt(
    packets: Uint8Array,
    start: number,
    ssrc: number,
    rollOverCounter: number,
    sequenceNumber: number,
  ): void {
    if (!hasExtension(packets, start)) return;
    const header = extensionOffset(packets, start);
    const profile = uint16At(packets, header);
    const length = 4 * uint16At(packets, header + 2);
    const elements = packets.subarray(
      header + EXTENSION_HEADER_LENGTH,
      header + EXTENSION_HEADER_LENGTH + length,
    );
    let keyStream: Uint8Array | undefined;
    for (const [from, to] of this.#values(elements, profile)) {
      keyStream ??= this.#keyStream(length, ssrc, rollOverCounter, sequenceNumber);
      for (let i = from; i < to; i++) elements[i] = (elements[i] as number) ^ (keyStream[i] as number);
    }
    wipe(keyStream);
  }

  destroy(): void {
    wipe(this.#salt);
    this.#cipher.destroy();
  }

  /** Where the values to encrypt are; what is not well-formed ends the list, at both ends alike. */
  *#values(elements: Uint8Array, profile: number): Generator<readonly [from: number, to: number]> {
    const oneByte = profile === ONE_BYTE;
    if (!oneByte && (profile & 0xfff0) !== TWO_BYTE) return;
    let at = 0;
    while (at < elements.length) {
      const first = elements[at] as number;
      const id = oneByte ? first >> 4 : first;
      if (id === 0) {
        // Padding of one byte.
        at++;
        continue;
      }
      // RFC 8285 §4.2: 15 is reserved, and ends the elements of one-byte headers.
      if (oneByte && id === 15) return;
      const from = at + (oneByte ? 1 : 2);
      const to = from + (oneByte ? (first & 15) + 1 : (elements[at + 1] ?? elements.length));
      if (to > elements.length) return;
      if (this.#identifiers.has(id)) yield [from, to];
      at = to;
    }
  }

  /** That of AES-CM for this packet, by the keys for headers (RFC 6904 §3.2). */
  #keyStream(length: number, ssrc: number, rollOverCounter: number, sequenceNumber: number): Uint8Array {
    const iv = counterBlock(this.#salt, CM_SSRC_AT, ssrc, rollOverCounter, sequenceNumber);
    const blocks = new Uint8Array(Math.ceil(length / 16) * 16);
    for (let at = 0; at < blocks.length; at += 16) {
      blocks.set(iv, at);
      writeUint(blocks, at + 14, at / 16, 2);
    }
    return this.#cipher.encrypt(blocks);
  }
}
