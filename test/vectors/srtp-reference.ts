import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * AEAD_AES_128_GCM of RFC 7714 with `node:crypto` alone, for packets of somebody else: it shares nothing with
 * the library but the master key and salt that are to be proved.
 */
export interface SrtpMasterKeys {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
}

const TAG_LENGTH = 16;
const SALT_LENGTH = 12;

/** AES-CM key derivation without a rate (RFC 3711 §4.3.1); a salt of 96 bits gets 16 zero bits behind it (RFC 7714 §11). */
function deriveSessionKey({ masterKey, masterSalt }: SrtpMasterKeys, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(masterSalt);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  return createCipheriv('aes-128-ctr', masterKey, iv).update(Buffer.alloc(length));
}

function open(
  keys: SrtpMasterKeys,
  labels: readonly [number, number],
  nonce: Buffer,
  aad: Buffer,
  sealed: Buffer,
): Buffer {
  const key = deriveSessionKey(keys, labels[0], 16);
  const salt = deriveSessionKey(keys, labels[1], SALT_LENGTH);
  const iv = Buffer.from(nonce.map((byte, i) => byte ^ salt.readUInt8(i)));
  const decipher = createDecipheriv('aes-128-gcm', key, iv);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_LENGTH)), decipher.final()]);
}

/** The payload of an SRTP packet with roll-over counter 0 (RFC 7714 §8); throws when it is not authentic. */
export function openSrtp(keys: SrtpMasterKeys, bytes: Uint8Array): Buffer {
  const packet = Buffer.from(bytes);
  const csrcs = packet.readUInt8(0) & 0x0f;
  let headerLength = 12 + 4 * csrcs;
  if (packet.readUInt8(0) & 0x10) headerLength += 4 + 4 * packet.readUInt16BE(headerLength + 2);
  const nonce = Buffer.alloc(SALT_LENGTH);
  packet.copy(nonce, 2, 8, 12);
  packet.copy(nonce, 10, 2, 4);
  return open(keys, [0x00, 0x02], nonce, packet.subarray(0, headerLength), packet.subarray(headerLength));
}

/** The RTCP packet after its first 8 bytes, from an encrypted SRTCP packet (RFC 7714 §9); throws when it is not authentic. */
export function openSrtcp(keys: SrtpMasterKeys, bytes: Uint8Array): Buffer {
  const packet = Buffer.from(bytes);
  const header = packet.subarray(0, 8);
  const trailer = packet.subarray(-4);
  const nonce = Buffer.alloc(SALT_LENGTH);
  packet.copy(nonce, 2, 4, 8);
  nonce.writeUInt32BE(trailer.readUInt32BE(0) & 0x7fffffff, 8);
  return open(keys, [0x03, 0x05], nonce, Buffer.concat([header, trailer]), packet.subarray(8, -4));
}
