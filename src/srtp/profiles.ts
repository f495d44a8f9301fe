import { masterKeyLengths, type SrtpProfileName } from '../registry/srtp-profiles.ts';

/** A crypto suite of SDES (RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.1). */
export type SrtpCryptoSuiteName =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_192_CM_HMAC_SHA1_80'
  | 'AES_192_CM_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** A protection profile of DTLS-SRTP as OpenSSL and Node write it, or a crypto suite of SDES. */
export type SrtpSuiteName = SrtpProfileName | SrtpCryptoSuiteName;

/** What an SRTP profile or crypto suite means for packets. Lengths are in bytes. */
export interface SrtpParameters {
  readonly name: SrtpSuiteName;
  readonly cipher: 'aes-cm' | 'aes-gcm' | 'null';
  readonly masterKeyLength: number;
  readonly masterSaltLength: number;
  readonly tagLength: number;
  /** Of SRTCP packets. */
  readonly rtcpTagLength: number;
  /** Most SRTP packets under one master key. */
  readonly lifetime: number;
  /** Most SRTCP packets under one master key: their index has 31 bits. */
  readonly rtcpLifetime: number;
}

/** RFC 5764 §4.1.2: 2^31 packets of each kind for what the handshake keyed, save AEAD. */
const DTLS_LIFETIME = 2 ** 31;
/** RFC 3711 §9.2, RFC 7714 §10: as many as there are indices. */
const INDICES = 2 ** 48;
const RTCP_INDICES = 2 ** 31;

type Row = readonly [cipher: SrtpParameters['cipher'], tagLength: number, lifetime: number];

const TABLE: Readonly<Record<SrtpSuiteName, Row>> = {
  // Protection profiles of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2), as OpenSSL and Node write them.
  SRTP_AES128_CM_SHA1_80: ['aes-cm', 10, DTLS_LIFETIME],
  SRTP_AES128_CM_SHA1_32: ['aes-cm', 4, DTLS_LIFETIME],
  SRTP_AEAD_AES_128_GCM: ['aes-gcm', 16, INDICES],
  SRTP_AEAD_AES_256_GCM: ['aes-gcm', 16, INDICES],
  SRTP_NULL_SHA1_80: ['null', 10, DTLS_LIFETIME],
  SRTP_NULL_SHA1_32: ['null', 4, DTLS_LIFETIME],
  // Crypto suites of SDES (RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.1).
  AES_CM_128_HMAC_SHA1_80: ['aes-cm', 10, INDICES],
  AES_CM_128_HMAC_SHA1_32: ['aes-cm', 4, INDICES],
  AES_192_CM_HMAC_SHA1_80: ['aes-cm', 10, INDICES],
  AES_192_CM_HMAC_SHA1_32: ['aes-cm', 4, INDICES],
  AES_256_CM_HMAC_SHA1_80: ['aes-cm', 10, INDICES],
  AES_256_CM_HMAC_SHA1_32: ['aes-cm', 4, INDICES],
  AEAD_AES_128_GCM: ['aes-gcm', 16, INDICES],
  AEAD_AES_256_GCM: ['aes-gcm', 16, INDICES],
};

export const SRTP_SUITES: readonly SrtpSuiteName[] = Object.keys(TABLE) as SrtpSuiteName[];

/** Accepts IANA's spelling of the profiles as well (`SRTP_AES128_CM_HMAC_SHA1_80`). */
export function srtpParameters(name: string): SrtpParameters | undefined {
  const known = SRTP_SUITES.find(
    (suite) => suite === name || suite === name.replace('_HMAC_SHA1_', '_SHA1_'),
  );
  if (known === undefined) return undefined;
  const [cipher, tagLength, lifetime] = TABLE[known];
  return {
    name: known,
    cipher,
    ...masterKeyLengths(known),
    tagLength,
    // The short tag is for SRTP alone (RFC 4568 §6.2.2, RFC 5764 §4.1.2).
    rtcpTagLength: Math.max(tagLength, 10),
    lifetime,
    rtcpLifetime: Math.min(lifetime, RTCP_INDICES),
  };
}
