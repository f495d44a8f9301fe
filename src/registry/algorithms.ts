/** Hash functions by their names in SDP (RFC 8122 §5). */
export type HashName = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

/** Length of each hash in bytes; the order is from weakest to strongest. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};

export type AeadName = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';

export interface AeadParameters {
  /** Bytes of key. */
  readonly keyLength: number;
  /** Bytes of the nonce that come from the key block and are never sent. */
  readonly fixedIvLength: number;
  /** Bytes of the nonce that DTLS 1.2 sends in each record. */
  readonly explicitNonceLength: number;
  /** Records that one key may seal (RFC 9147 §4.5.3: 2^24.5 for AES-GCM; else the sequence numbers end first). */
  readonly sealLimit: number;
  /** Records that may fail to open under one key (RFC 9147 §4.5.3). */
  readonly openLimit: number;
}

/** All of them have a nonce of 12 bytes and a tag of 16 (RFC 5288 §3, RFC 7905 §2). */
export const AEAD: Readonly<Record<AeadName, AeadParameters>> = {
  'aes-128-gcm': {
    keyLength: 16,
    fixedIvLength: 4,
    explicitNonceLength: 8,
    sealLimit: 23_726_566,
    openLimit: 2 ** 36,
  },
  'aes-256-gcm': {
    keyLength: 32,
    fixedIvLength: 4,
    explicitNonceLength: 8,
    sealLimit: 23_726_566,
    openLimit: 2 ** 36,
  },
  'chacha20-poly1305': {
    keyLength: 32,
    fixedIvLength: 12,
    explicitNonceLength: 0,
    sealLimit: 2 ** 48 - 1,
    openLimit: 2 ** 36,
  },
};

export const AEAD_TAG_LENGTH = 16;

/** What a private or public key is for; it decides the signatures it can make. */
export type KeyType = 'ecdsa-p256' | 'ecdsa-p384' | 'ed25519' | 'rsa';
