import { concat, utf8 } from '../bytes/bytes.ts';
import { HASH_LENGTH, type HashName } from '../registry/algorithms.ts';
import type { CryptoProvider } from './provider.ts';

/**
 * The pseudorandom function of TLS 1.2 (RFC 5246 §5):
 *
 *     PRF(secret, label, seed) = P_<hash>(secret, label + seed)
 *     P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
 *     A(0) = seed, A(i) = HMAC_hash(secret, A(i-1))
 */
export function prf12(
  crypto: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = concat(utf8(label), seed);
  const out = new Uint8Array(length);
  let a: Uint8Array = labelled;
  for (let offset = 0; offset < length; offset += HASH_LENGTH[hash]) {
    a = crypto.hmac(hash, secret, a);
    const block = crypto.hmac(hash, secret, concat(a, labelled));
    out.set(block.subarray(0, length - offset), offset);
  }
  return out;
}
