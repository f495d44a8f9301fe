// @ts-check
/** What all stacks are told to negotiate, so that they do the same work. */

export const CIPHER_SUITE = /** @type {const} */ ({
  iana: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  openssl: 'ECDHE-ECDSA-AES128-GCM-SHA256',
});

export const GROUPS = /** @type {('X25519' | 'P-256')[]} */ (['X25519', 'P-256']);

export const SRTP_PROFILE = 'SRTP_AES128_CM_SHA1_80';

/** Our default, in bytes of UDP payload. */
export const MTU = 1200;
