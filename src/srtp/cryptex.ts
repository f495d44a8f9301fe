import { uint16At, writeUint } from '../bytes/bytes.ts';
import { ONE_BYTE, TWO_BYTE } from './header-extensions.ts';
import { csrcLength, hasExtension, RTP_HEADER_LENGTH } from './rtp.ts';

/** "Defined by profile" of header extensions that are encrypted whole (RFC 9335 §5). */
const ENCRYPTED_ONE_BYTE = 0xc0de;
const ENCRYPTED_TWO_BYTE = 0xc2de;

/** Whether there is anything that Cryptex would encrypt: CSRCs, or a header extension. */
export function hasHeaderToEncrypt(packet: Uint8Array): boolean {
  return hasExtension(packet) || csrcLength(packet) > 0;
}

/** Whether the header extension is one that may be encrypted: of RFC 8285, with no application bits (RFC 9335 §5). */
export function canBeEncrypted(packet: Uint8Array): boolean {
  const profile = uint16At(packet, RTP_HEADER_LENGTH + csrcLength(packet));
  return profile === ONE_BYTE || profile === TWO_BYTE;
}

/** Whether the packet at `start` came with Cryptex. */
export function isEncrypted(packets: Uint8Array, start = 0): boolean {
  if (!hasExtension(packets, start)) return false;
  const profile = uint16At(packets, start + RTP_HEADER_LENGTH + csrcLength(packets, start));
  return profile === ENCRYPTED_ONE_BYTE || profile === ENCRYPTED_TWO_BYTE;
}

/** Says in the header extension at `at` that it is encrypted. */
export function markEncrypted(packets: Uint8Array, at: number): void {
  writeUint(packets, at, uint16At(packets, at) === ONE_BYTE ? ENCRYPTED_ONE_BYTE : ENCRYPTED_TWO_BYTE, 2);
}

/** Says in the header extension of the packet at `start` that it is no longer encrypted. */
export function markDecrypted(packets: Uint8Array, start: number): void {
  const at = start + RTP_HEADER_LENGTH + csrcLength(packets, start);
  writeUint(packets, at, uint16At(packets, at) === ENCRYPTED_ONE_BYTE ? ONE_BYTE : TWO_BYTE, 2);
}

/** Sets the X bit of the packet at `start` and writes an empty header extension at `at` (RFC 9335 §5.1). */
export function writeEmptyExtension(packets: Uint8Array, start: number, at: number): void {
  packets[start] = (packets[start] as number) | 0x10;
  writeUint(packets, at, ONE_BYTE, 2);
  writeUint(packets, at + 2, 0, 2);
}
