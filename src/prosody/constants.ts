import type { HashName } from '../registry/algorithms.ts';
import type { SrtpProfileName } from '../registry/srtp-profiles.ts';

/** `enum dtlslib_hash_type`: the hash of a certificate's signature and of a fingerprint. */
export const dtlslib_hash_type_sha_1 = 0;
export const dtlslib_hash_type_sha_224 = 1;
export const dtlslib_hash_type_sha_256 = 2;
export const dtlslib_hash_type_sha_384 = 3;
export const dtlslib_hash_type_sha_512 = 4;

/** A value of `enum dtlslib_hash_type`; a number like any other, as in C. */
export type dtlslib_hash_type = number;

/** `enum dtlslib_srtp_mode`: the profile whose keys were agreed on (RFC 5764 §4.1.2). Its tag has 80 bits. */
export const dtlslib_srtp_mode_aes128_cm_sha1_80 = 1;
/** As the other, with a tag of 32 bits for SRTP. */
export const dtlslib_srtp_mode_aes128_cm_sha1_32 = 2;

/** A value of `enum dtlslib_srtp_mode`. */
export type dtlslib_srtp_mode = number;

/** Bytes that `dtlslib_extract_srtp_keys` writes into each buffer: 16 of master key, then 14 of master salt. */
export const DTLSLIB_SRTP_KEY_LENGTH = 30;

const HASH_NAMES: readonly HashName[] = ['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'];

/** The hash that a value of the enum stands for; undefined for any other value. */
export function hashName(ht: unknown): HashName | undefined {
  return typeof ht === 'number' ? HASH_NAMES[ht] : undefined;
}

/** The profiles that are offered and accepted, most preferred first: all that fit the 30-byte buffers. */
export const PROFILES: readonly SrtpProfileName[] = ['SRTP_AES128_CM_SHA1_80', 'SRTP_AES128_CM_SHA1_32'];

export function srtpMode(profile: SrtpProfileName): dtlslib_srtp_mode | undefined {
  if (profile === 'SRTP_AES128_CM_SHA1_80') return dtlslib_srtp_mode_aes128_cm_sha1_80;
  if (profile === 'SRTP_AES128_CM_SHA1_32') return dtlslib_srtp_mode_aes128_cm_sha1_32;
  return undefined;
}
