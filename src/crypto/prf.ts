import { concat, utf8, wipe } from '../bytes/bytes.ts';
import { HASH_LENGTH, type HashName } from '../registry/algorithms.ts';
import type { CryptoProvider } from './provider.ts';

const labels = new Map<string, Uint8Array>();

/** The handful of labels that the protocol has are encoded once; a caller's own are not kept. */
function labelBytes(label: string): Uint8Array {
  let bytes = labels.get(label);
  if (bytes === undefined) {
    bytes = utf8(label);
    if (labels.size < 16) labels.set(label, bytes);
  }
  return bytes;
}

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
  const labelled = concat(labelBytes(label), seed);
  const out = new Uint8Array(length);
  let a: Uint8Array = labelled;
  for (let offset = 0; offset < length; offset += HASH_LENGTH[hash]) {
    a = crypto.hmac(hash, secret, a);
    const block = crypto.hmac(hash, secret, concat(a, labelled));
    for (let i = 0; i < block.length && offset + i < length; i++) out[offset + i] = block[i] as number;
    wipe(block);
  }
  wipe(a);
  return out;
}
