import { nameOf } from './name-of.ts';

/**
 * SRTPProtectionProfile (RFC 5764 §4.1.2, RFC 7714 §14.2). The order is the default preference; the NULL profiles, which
 * do not encrypt, are used only when named.
 */
export const SrtpProfile = {
  SRTP_AES128_CM_SHA1_80: 0x0001,
  SRTP_AES128_CM_SHA1_32: 0x0002,
  SRTP_AEAD_AES_128_GCM: 0x0007,
  SRTP_AEAD_AES_256_GCM: 0x0008,
  SRTP_NULL_SHA1_80: 0x0005,
  SRTP_NULL_SHA1_32: 0x0006,
} as const;
/** A profile as OpenSSL and Node write it. */
export type SrtpProfileName = keyof typeof SrtpProfile;

export interface SrtpProfileParameters {
  readonly name: SrtpProfileName;
  readonly id: number;
  /** Bytes of master key for each direction. */
  readonly masterKeyLength: number;
  /** Bytes of master salt for each direction. */
  readonly masterSaltLength: number;
}

/**
 * Bytes of master key and salt that the name of a profile, or of an SDES crypto suite, tells (RFC 3711 §8.2, RFC 6188 §4,
 * RFC 7714 §12). RFC 5764 gives the NULL profiles none, of which no authentication key can be derived: libsrtp takes
 * those of AES-CM, and so do we.
 */
export function masterKeyLengths(name: string): { masterKeyLength: number; masterSaltLength: number } {
  return {
    masterKeyLength: name.includes('256') ? 32 : name.includes('192') ? 24 : 16,
    masterSaltLength: name.includes('AEAD') ? 12 : 14,
  };
}

const ALL: readonly SrtpProfileParameters[] = (Object.keys(SrtpProfile) as SrtpProfileName[]).map((name) => ({
  name,
  id: SrtpProfile[name],
  ...masterKeyLengths(name),
}));

/** The profiles that encrypt. */
export const SRTP_PROFILES: readonly SrtpProfileParameters[] = ALL.filter(
  ({ name }) => !name.includes('NULL'),
);

/** Accepts OpenSSL's spelling and IANA's (`SRTP_AES128_CM_HMAC_SHA1_80`). */
export function srtpProfileByName(name: string): SrtpProfileParameters | undefined {
  const spelling = name.replace('_HMAC_SHA1_', '_SHA1_');
  return ALL.find((profile) => profile.name === spelling);
}

export function srtpProfileById(id: number | undefined): SrtpProfileParameters | undefined {
  return ALL.find((profile) => profile.id === id);
}

export function srtpProfileName(id: number): string {
  return nameOf(SrtpProfile, id);
}
