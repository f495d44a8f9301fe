/**
 * How packets lie in the memory that a packet transform works on. The WebAssembly kernel is compiled with this file
 * too (kernel/), and so it holds nothing but numbers.
 */

/** Packets that one pass takes. */
export const MAX_JOBS = 64;

/** Bytes for the packets of one pass: room for one of the largest that UDP carries, with what protection adds. */
export const PACKETS_LENGTH = 98_304;

/** Bytes for their key stream: each packet's is rounded up to blocks of 16, with one block more for GCM. */
export const KEY_STREAM_LENGTH = 100_352;

/** Bytes of a transform's keys. */
export const KEYS_LENGTH = 64;

// A job is one packet: 12 words of 32 bits. Offsets count from the beginning of the packets.

export const JOB_WORDS = 12;

/** Where what is authenticated begins. */
export const START = 0;
/** Where what is encrypted begins; up to there it is associated data for an AEAD. */
export const CIPHER_START = 1;
/** Where what is encrypted and authenticated ends. */
export const CIPHER_END = 2;
/** Where 4 bytes within are left as they are (Cryptex, RFC 9335 §6.1); 0 for none. An AEAD's associated data then ends with these. */
export const GAP = 3;
/** 32 bits authenticated behind it all, as the roll-over counter or the SRTCP index. */
export const SUFFIX = 4;
/** Where the tag is, or is written. */
export const TAG_AT = 5;
export const SSRC = 6;
/** The packet's 48-bit index: its upper 32 bits and its lower 16 (RFC 3711 §3.3.1). */
export const INDEX_HIGH = 7;
export const INDEX_LOW = 8;
/** 1: to be worked on, authentic; 0: not, or no longer. */
export const RESULT = 9;
/** Where its key stream begins. */
export const KEY_STREAM_AT = 10;

// The keys of a transform, at these offsets.

/** The salt, as it goes into a block of the counter: 16 bytes. */
export const SALT_AT = 0;
/** HMAC-SHA1: the states after the inner and the outer pad, 5 words each in the machine's order. */
export const INNER_AT = 16;
export const OUTER_AT = 36;
/** GHASH: the key H, 16 bytes. */
export const HASH_KEY_AT = 16;
