import { copy, wipe } from '../bytes/bytes.ts';
import type { SessionKeys } from '../crypto/packets/packet-transform.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { SrtpParameters } from './profiles.ts';

/** `<label>` of the key derivation (RFC 3711 §4.3.2, RFC 6904 §3). */
const LABELS = {
  srtp: { cipherKey: 0, authenticationKey: 1, salt: 2 },
  srtcp: { cipherKey: 3, authenticationKey: 4, salt: 5 },
  headerExtensions: { cipherKey: 6, salt: 7 },
} as const;

const AUTHENTICATION_KEY_LENGTH = 20;

/** What session keys are for. */
export type KeyPurpose = keyof typeof LABELS;

/**
 * Derives session keys with the AES-CM PRF, at a key derivation rate of zero: once for all packets (RFC 3711 §4.3.1,
 * §4.3.3; with longer keys RFC 6188 §3; for AES-GCM RFC 7714 §11).
 */
export function deriveSessionKeys(
  crypto: CryptoProvider,
  parameters: SrtpParameters,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  purpose: KeyPurpose,
): SessionKeys {
  const prf = crypto.blockCipher(masterKey);
  const derive = (label: number, length: number): Uint8Array => {
    // x = key_id XOR master_salt; the key stream of the counter that starts at x * 2^16.
    const blocks = new Uint8Array(Math.ceil(length / 16) * 16);
    for (let i = 0; i * 16 < length; i++) {
      blocks.set(masterSalt, i * 16);
      blocks[i * 16 + 7] = (blocks[i * 16 + 7] as number) ^ label;
      blocks[i * 16 + 15] = i;
    }
    const stream = prf.encrypt(blocks);
    const key = copy(stream.subarray(0, length));
    wipe(stream, blocks);
    return key;
  };
  const labels = LABELS[purpose];
  const aead = parameters.cipher === 'aes-gcm';
  const keys: SessionKeys = {
    cipherKey: derive(labels.cipherKey, parameters.masterKeyLength),
    salt: derive(labels.salt, parameters.masterSaltLength),
    authenticationKey:
      aead || !('authenticationKey' in labels)
        ? new Uint8Array(0)
        : derive(labels.authenticationKey, AUTHENTICATION_KEY_LENGTH),
  };
  prf.destroy();
  return keys;
}
