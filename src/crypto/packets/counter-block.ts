import { writeUint } from '../../bytes/bytes.ts';

/** Where the SSRC is in the counter block of AES-CM (RFC 3711 §4.1.1), and in the nonce of AES-GCM (RFC 7714 §8.1). */
export const CM_SSRC_AT = 4;
export const GCM_SSRC_AT = 2;

/**
 * SSRC and index laid over the salt: the first counter block of AES-CM, 16 bytes; with the SSRC at byte 2 the nonce of
 * AES-GCM, 12 bytes.
 */
export function counterBlock(
  salt: Uint8Array,
  ssrcAt: number,
  ssrc: number,
  indexHigh: number,
  indexLow: number,
): Uint8Array {
  const block = new Uint8Array(ssrcAt === CM_SSRC_AT ? 16 : 12);
  writeUint(block, ssrcAt, ssrc, 4);
  writeUint(block, ssrcAt + 4, indexHigh, 4);
  writeUint(block, ssrcAt + 8, indexLow, 2);
  for (const [i, byte] of salt.entries()) block[i] = (block[i] as number) ^ byte;
  return block;
}
