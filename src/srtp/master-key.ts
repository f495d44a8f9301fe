import { copy, wipe } from '../bytes/bytes.ts';
import type { PacketEngine, PacketTransform, SessionKeys } from '../crypto/packets/packet-transform.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { HeaderExtensionCipher } from './header-extensions.ts';
import { deriveSessionKeys, type KeyPurpose } from './key-derivation.ts';
import type { MasterKeyBytes, SrtpConfig } from './options.ts';
import type { SrtpParameters } from './profiles.ts';

/** A master key at work: what was derived of it, and how many packets it has served. */
export class MasterKey {
  readonly mki: Uint8Array;
  readonly rtp: PacketTransform;
  readonly rtcp: PacketTransform;
  /** Where header extensions are encrypted. */
  readonly headerExtensions: HeaderExtensionCipher | undefined;
  packets = 0;
  rtcpPackets = 0;

  constructor(
    crypto: CryptoProvider,
    { parameters, encrypts, encryptedHeaderExtensions }: SrtpConfig,
    key: MasterKeyBytes,
  ) {
    const engine = crypto.packetEngine();
    const derive = <T>(purpose: KeyPurpose, use: (keys: SessionKeys) => T): T => {
      const keys = deriveSessionKeys(crypto, parameters, key.masterKey, key.masterSalt, purpose);
      const made = use(keys);
      wipe(keys.cipherKey, keys.salt, keys.authenticationKey);
      return made;
    };
    this.mki = copy(key.mki);
    this.rtp = derive('srtp', (keys) => transform(engine, parameters, keys, false));
    this.rtcp = derive('srtcp', (keys) => transform(engine, parameters, keys, true));
    // RFC 6904 §3.2: with the NULL cipher the key stream is zero.
    this.headerExtensions =
      encrypts && encryptedHeaderExtensions.size > 0
        ? derive(
            'headerExtensions',
            (keys) =>
              new HeaderExtensionCipher(
                crypto.blockCipher(keys.cipherKey),
                keys.salt,
                encryptedHeaderExtensions,
              ),
          )
        : undefined;
  }

  /** Whether the bytes at `at` are this key's MKI, which is no secret. The last byte is where they are likely to differ. */
  isNamedAt(packet: Uint8Array, at: number): boolean {
    for (let i = this.mki.length - 1; i >= 0; i--) if (packet[at + i] !== this.mki[i]) return false;
    return true;
  }

  destroy(): void {
    this.rtp.destroy();
    this.rtcp.destroy();
    this.headerExtensions?.destroy();
  }
}

/** The key that the MKI at `at` names; where there are no MKIs, the one there is. */
export function masterKeyAt(
  keys: readonly MasterKey[],
  packet: Uint8Array,
  at: number,
): MasterKey | undefined {
  return keys.find((key) => key.mki.length === 0 || key.isNamedAt(packet, at));
}

function transform(
  engine: PacketEngine,
  parameters: SrtpParameters,
  keys: SessionKeys,
  rtcp: boolean,
): PacketTransform {
  // The suffix is what RFC 3711 §4.2 authenticates behind a packet: the roll-over counter, or the SRTCP index, which
  // with GCM is associated data (RFC 7714 §9.2). GCM has the roll-over counter in its nonce.
  if (parameters.cipher === 'aes-gcm') return engine.gcm(keys, rtcp);
  return engine.counterModeHmacSha1(keys, rtcp ? parameters.rtcpTagLength : parameters.tagLength);
}
