import { concat } from '../bytes/bytes.ts';
import { AEAD, type HashName } from '../registry/algorithms.ts';
import type { CipherSuiteParameters } from '../registry/cipher-suites.ts';
import { prf12 } from './prf.ts';
import type { CryptoProvider } from './provider.ts';

const MASTER_SECRET_LENGTH = 48;

/** Both sides' hello randoms, 32 bytes each. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** RFC 5246 §8.1, for peers without extended master secret. */
export function deriveMasterSecret(
  crypto: CryptoProvider,
  hash: HashName,
  premaster: Uint8Array,
  randoms: Randoms,
): Uint8Array {
  const seed = concat(randoms.client, randoms.server);
  return prf12(crypto, hash, premaster, 'master secret', seed, MASTER_SECRET_LENGTH);
}

/** RFC 7627 §4. `sessionHash` is over all messages up to and with the ClientKeyExchange. */
export function deriveExtendedMasterSecret(
  crypto: CryptoProvider,
  hash: HashName,
  premaster: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  return prf12(crypto, hash, premaster, 'extended master secret', sessionHash, MASTER_SECRET_LENGTH);
}

/** One direction's part of the key block. */
export interface TrafficKey {
  readonly key: Uint8Array;
  readonly fixedIv: Uint8Array;
}

/** RFC 5246 §6.3. AEAD suites have no MAC keys. */
export function deriveTrafficKeys(
  crypto: CryptoProvider,
  suite: CipherSuiteParameters,
  masterSecret: Uint8Array,
  randoms: Randoms,
): { client: TrafficKey; server: TrafficKey } {
  const { keyLength, fixedIvLength } = AEAD[suite.aead];
  const seed = concat(randoms.server, randoms.client);
  const length = 2 * (keyLength + fixedIvLength);
  const block = prf12(crypto, suite.hash, masterSecret, 'key expansion', seed, length);
  const ivs = 2 * keyLength;
  return {
    client: { key: block.subarray(0, keyLength), fixedIv: block.subarray(ivs, ivs + fixedIvLength) },
    server: { key: block.subarray(keyLength, ivs), fixedIv: block.subarray(ivs + fixedIvLength) },
  };
}

/** Bytes of verify_data (RFC 5246 §7.4.9). */
const VERIFY_DATA_LENGTH = 12;

/** RFC 5246 §7.4.9. */
export function deriveVerifyData(
  crypto: CryptoProvider,
  hash: HashName,
  masterSecret: Uint8Array,
  sender: 'client' | 'server',
  transcriptHash: Uint8Array,
): Uint8Array {
  const label = sender === 'client' ? 'client finished' : 'server finished';
  return prf12(crypto, hash, masterSecret, label, transcriptHash, VERIFY_DATA_LENGTH);
}

/** Keying material exporter (RFC 5705 §4); no context and an empty one give different bytes. */
export function exportKeyingMaterial12(
  crypto: CryptoProvider,
  hash: HashName,
  masterSecret: Uint8Array,
  randoms: Randoms,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Uint8Array {
  const seed =
    context === undefined
      ? concat(randoms.client, randoms.server)
      : concat(
          randoms.client,
          randoms.server,
          Uint8Array.of(context.length >> 8, context.length & 0xff),
          context,
        );
  return prf12(crypto, hash, masterSecret, label, seed, length);
}
