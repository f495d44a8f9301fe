import type { CryptoProvider } from '../provider.ts';
import { aead } from './aead.ts';
import { generateKeyShare } from './agreement.ts';
import { blockCipher } from './block-cipher.ts';
import { equal, hash, hmac, randomBytes } from './digest.ts';
import { importPublicKey } from './keys.ts';
import { packetEngine } from './packet-engine.ts';

/** The primitives of `node:crypto`, which are OpenSSL's. */
export const nodeCrypto: CryptoProvider = {
  randomBytes,
  hash,
  hmac,
  equal,
  aead,
  generateKeyShare,
  importPublicKey,
  blockCipher,
  packetEngine,
};
