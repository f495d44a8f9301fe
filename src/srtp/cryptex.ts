import { uint16At, writeUint } from '../bytes/bytes.ts';
import { ONE_BYTE, TWO_BYTE } from './header-extensions.ts';
import { csrcLength, extensionOffset, hasExtension } from './rtp.ts';

/** "Defined by profile" of header extensions that are encrypted whole (RFC 9335 §5). */
const ENCRYPTED_ONE_BYTE = 0xc0de;
const ENCRYPTED_TWO_BYTE = 0xc2de;

/** Whether there is anything that Cryptex would encrypt: CSRCs, or a header extension. */
export function hasHeaderToEncrypt(packets: Uint8Array, start: number): boolean {
  return hasExtension(packets, start) || csrcLength(packets, start) > 0;
}

/** Whether the header extension is one that may be encrypted: of RFC 8285, with no application bits (RFC 9335 §5). */
export function canBeEncrypted(packets: Uint8Array, start: number): boolean {
  const profile = uint16At(packets, extensionOffset(packets, start));
  return profile === ONE_BYTE || profile === TWO_BYTE;
}

/** Whether the packet came with Cryptex. */
export function isEncrypted(packets: Uint8Array, start: number): boolean {
  if (!hasExtension(packets, start)) return false;
  const profile = uint16At(packets, extensionOffset(packets, start));
  return profile === ENCRYPTED_ONE_BYTE || profile === ENCRYPTED_TWO_BYTE;
}

/** Says in the header extension that it is encrypted. */
export function markEncrypted(packets: Uint8Array, start: number): void {
  const at = extensionOffset(packets, start);
  writeUint(packets, at, uint16At(packets, at) === ONE_BYTE ? ENCRYPTED_ONE_BYTE : ENCRYPTED_TWO_BYTE, 2);
}

/** Says in the header extension that it is no longer encrypted. */
export function markDecrypted(packets: Uint8Array, start: number): void {
  const at = extensionOffset(packets, start);
  writeUint(packets, at, uint16At(packets, at) === ENCRYPTED_ONE_BYTE ? ONE_BYTE : TWO_BYTE, 2);
}

/** Gives the packet an empty header extension, for which there are 4 bytes behind `end` (RFC 9335 §5.1). */
export function insertEmptyExtension(packets: Uint8Array, start: number, end: number): void {
  const at = extensionOffset(packets, start);
  packets.copyWithin(at + 4, at, end);
  packets[start] = (packets[start] as number) | 0x10;
  writeUint(packets, at, ONE_BYTE, 2);
  writeUint(packets, at + 2, 0, 2);
}
