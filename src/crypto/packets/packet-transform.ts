/** What an SRTP packet's bytes go through: a cipher and an authentication, many packets at a time. */

/** Where packets lie while they are worked on; see layout.ts. One for the whole process. */
export interface PacketMemory {
  readonly packets: Uint8Array;
  /** The table of jobs, `JOB_WORDS` words each. */
  readonly jobs: Int32Array;
}

/** Session keys (RFC 3711 §4.3), each of the length its cipher wants. Borrowed. */
export interface SessionKeys {
  /** 16, 24 or 32 bytes; 16 or 32 for GCM. */
  readonly cipherKey: Uint8Array;
  /** 14 bytes for AES-CM, 12 for GCM. */
  readonly salt: Uint8Array;
  /** 20 bytes for HMAC-SHA1; none for GCM. */
  readonly authenticationKey: Uint8Array;
}

/** One direction's keys at work on the packets in memory, of which the first `count` jobs tell. */
export interface PacketTransform {
  /** Bytes of tag. */
  readonly tagLength: number;
  /** Encrypts the packets, and writes their tags. */
  protect(count: number): void;
  /** Checks the tags, in constant time; decrypts those packets whose tag is right. `RESULT` says which. */
  unprotect(count: number): void;
  /** Overwrites the keys; the object is of no use afterwards. */
  destroy(): void;
}

/** Makes transforms that work on one memory. */
export interface PacketEngine {
  readonly memory: PacketMemory;
  /** AES in counter mode and HMAC-SHA1, cut to `tagLength` bytes (RFC 3711 §4.1.1, §4.2.1). The suffix is always authenticated. */
  counterModeHmacSha1(keys: SessionKeys, tagLength: number): PacketTransform;
  /** AES-GCM (RFC 7714). With `suffixed`, the suffix ends the associated data. */
  gcm(keys: SessionKeys, suffixed: boolean): PacketTransform;
}

/** AES by blocks of 16 bytes, each by itself (ECB): what counter mode and key derivation are made of. */
export interface BlockCipher {
  /** A new array of the same length; a multiple of 16. */
  encrypt(blocks: Uint8Array): Uint8Array;
  /** Gives up the key; the object is of no use afterwards. */
  destroy(): void;
}
