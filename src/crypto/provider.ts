import type { AeadName, HashName, KeyType } from '../registry/algorithms.ts';
import type { GroupName } from '../registry/groups.ts';
import type { SignatureSchemeParameters } from '../registry/signature-schemes.ts';
import type { BlockCipher, PacketEngine } from './packets/packet-transform.ts';

/** One direction's AEAD key. Nonces have 12 bytes, tags 16. */
export interface AeadKey {
  /** Writes ciphertext and tag (16 bytes) into `out` at `offset`, which has room for them. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array, offset: number): void;
  /** The plaintext, or undefined when the tag is wrong. `sealed` is ciphertext and tag. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Overwrites the key; the object is of no use afterwards. */
  destroy(): void;
}

/** Our half of an ephemeral key agreement, good for one use. */
export interface KeyShare {
  readonly group: GroupName;
  /** As it goes on the wire: 32 bytes for X25519, an uncompressed point for the others. */
  readonly publicKey: Uint8Array;
  /** The shared secret, or undefined when the peer's public key is not a valid one (RFC 8422 §5.10, §5.11). */
  agree(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** The public key of a certificate. */
export interface VerifyKey {
  readonly keyType: KeyType;
  /** Never throws: a malformed signature is a wrong one. */
  verify(scheme: SignatureSchemeParameters, data: Uint8Array, signature: Uint8Array): boolean;
}

/** A private key; it shows nothing of itself when inspected. */
export interface SigningKey {
  readonly keyType: KeyType;
  sign(scheme: SignatureSchemeParameters, data: Uint8Array): Uint8Array;
}

/** The primitives, all of them somebody else's. `node/` implements this with `node:crypto`. */
export interface CryptoProvider {
  randomBytes(length: number): Uint8Array;
  hash(name: HashName, data: Uint8Array): Uint8Array;
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Whether two secrets are the same, in time that does not depend on where they differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  aead(name: AeadName, key: Uint8Array): AeadKey;
  generateKeyShare(group: GroupName): KeyShare;
  /**
   * Reads the DER SubjectPublicKeyInfo of a peer's certificate (RFC 5280 §4.1.2.7). Undefined when it is
   * malformed, or of a kind or size that this library does not take.
   */
  importPublicKey(spki: Uint8Array): VerifyKey | undefined;
  /** AES with a key of 16, 24 or 32 bytes. */
  blockCipher(key: Uint8Array): BlockCipher;
  /** What SRTP packets go through; one for the whole process. */
  packetEngine(): PacketEngine;
}
