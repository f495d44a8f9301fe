import { expect } from 'vitest';
import { SrtpReceiver, SrtpSender } from '../../../src/srtp/index.ts';
import type { Libsrtp, LibsrtpSession, SrtpKey } from './libsrtp.ts';
import { noise } from './rtp.ts';

export interface ProfileRow {
  readonly profile: string;
  readonly masterKeyLength: number;
  readonly masterSaltLength: number;
  /** Bytes behind an RTP packet. SRTCP always has the long tag, and 4 bytes of index. */
  readonly tagLength: number;
  readonly rtcpTagLength: number;
}

function row(profile: string, lengths: readonly [number, number, number, number]): ProfileRow {
  const [masterKeyLength, masterSaltLength, tagLength, rtcpTagLength] = lengths;
  return { profile, masterKeyLength, masterSaltLength, tagLength, rtcpTagLength };
}

/**
 * All that libsrtp and we have in common. AES-192 is missing: libsrtp 2.5 derives its session keys with AES-256, from
 * key and salt run together, where RFC 6188 §3 has AES-192.
 */
export const PROFILES: readonly ProfileRow[] = [
  row('SRTP_AES128_CM_SHA1_80', [16, 14, 10, 10]),
  row('SRTP_AES128_CM_SHA1_32', [16, 14, 4, 10]),
  row('AES_256_CM_HMAC_SHA1_80', [32, 14, 10, 10]),
  row('AES_256_CM_HMAC_SHA1_32', [32, 14, 4, 10]),
  row('SRTP_AEAD_AES_128_GCM', [16, 12, 16, 16]),
  row('SRTP_AEAD_AES_256_GCM', [32, 12, 16, 16]),
  row('SRTP_NULL_SHA1_80', [16, 14, 10, 10]),
  row('SRTP_NULL_SHA1_32', [16, 14, 4, 10]),
];

export interface PartyOptions {
  readonly replayWindow?: number;
  readonly encryptedHeaderExtensions?: readonly number[];
  readonly unencryptedRtcp?: boolean;
  /** Of libsrtp alone. */
  readonly ssrcs?: readonly number[];
  /** The first is used to protect. Without it one key with no MKI. */
  readonly keys?: readonly SrtpKey[];
}

/** A key that differs from `seed` to `seed`. */
export function keyOf(row: ProfileRow, seed = 7, mki?: Uint8Array): SrtpKey {
  return {
    masterKey: noise(row.masterKeyLength, seed),
    masterSalt: noise(row.masterSaltLength, seed + 1000),
    ...(mki === undefined ? {} : { mki }),
  };
}

/** A sender and a receiver of ours, a sender and a receiver of libsrtp, with the same keys. */
export class FourParties {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  readonly theirSender: LibsrtpSession;
  readonly theirReceiver: LibsrtpSession;

  private constructor(
    ours: readonly [SrtpSender, SrtpReceiver],
    theirs: readonly [LibsrtpSession, LibsrtpSession],
  ) {
    [this.sender, this.receiver] = ours;
    [this.theirSender, this.theirReceiver] = theirs;
  }

  static async open(libsrtp: Libsrtp, row: ProfileRow, options: PartyOptions = {}): Promise<FourParties> {
    const { keys = [keyOf(row)], ssrcs, ...shared } = options;
    const { profile } = row;
    const single = keys.length === 1 ? keys[0] : undefined;
    const ours = { profile, ...(single ?? { masterKeys: keys.map(withMki) }), ...shared };
    const theirs = { profile, keys, ssrcs, ...shared };
    return new FourParties(
      [new SrtpSender(ours), new SrtpReceiver(ours)],
      [
        await libsrtp.open({ ...theirs, direction: 'send' }),
        await libsrtp.open({ ...theirs, direction: 'receive' }),
      ],
    );
  }

  /** Both senders make the same bytes of `packet`. */
  async protect(packet: Uint8Array): Promise<Buffer> {
    const theirs = this.theirSender.protect(packet);
    const ours = Buffer.from(this.sender.protect(packet));
    expect(ours.toString('hex')).toBe(await theirs);
    return ours;
  }

  async protectRtcp(packet: Uint8Array): Promise<Buffer> {
    const theirs = this.theirSender.protectRtcp(packet);
    const ours = Buffer.from(this.sender.protectRtcp(packet));
    expect(ours.toString('hex')).toBe(await theirs);
    return ours;
  }

  /** Both receivers open `protectedPacket` as `packet`. */
  async open(protectedPacket: Uint8Array, packet: Uint8Array): Promise<void> {
    const theirs = this.theirReceiver.unprotect(protectedPacket);
    expect(hexOf(this.receiver.unprotect(protectedPacket))).toBe(hexOf(packet));
    expect(await theirs).toBe(hexOf(packet));
  }

  async openRtcp(protectedPacket: Uint8Array, packet: Uint8Array): Promise<void> {
    const theirs = this.theirReceiver.unprotectRtcp(protectedPacket);
    expect(hexOf(this.receiver.unprotectRtcp(protectedPacket))).toBe(hexOf(packet));
    expect(await theirs).toBe(hexOf(packet));
  }

  /** What both receivers say of a packet that neither opens: libsrtp's status and our reason. */
  async refusal(protectedPacket: Uint8Array): Promise<[string, string | undefined]> {
    const theirs = this.theirReceiver.unprotect(protectedPacket);
    const reason = newDiscard(this.receiver, () => this.receiver.unprotect(protectedPacket));
    return [await theirs, reason];
  }

  async rtcpRefusal(protectedPacket: Uint8Array): Promise<[string, string | undefined]> {
    const theirs = this.theirReceiver.unprotectRtcp(protectedPacket);
    const reason = newDiscard(this.receiver, () => this.receiver.unprotectRtcp(protectedPacket));
    return [await theirs, reason];
  }

  /** Protects by both, opens by both. */
  async pass(packet: Uint8Array): Promise<Buffer> {
    const protectedPacket = await this.protect(packet);
    await this.open(protectedPacket, packet);
    return protectedPacket;
  }

  async passRtcp(packet: Uint8Array): Promise<Buffer> {
    const protectedPacket = await this.protectRtcp(packet);
    await this.openRtcp(protectedPacket, packet);
    return protectedPacket;
  }

  /** libsrtp's first SRTCP packet has index 1, ours has 0 (RFC 3711 §3.4). */
  startRtcpAtOne(...ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) this.sender.setRtcpIndex(ssrc, 1);
  }
}

/** Hex of a packet, or the word `undefined`. */
export function hexOf(packet: Uint8Array | undefined): string {
  return packet === undefined ? 'undefined' : Buffer.from(packet).toString('hex');
}

/** The reason counted while `unprotect` ran; undefined when the packet was opened. */
export function newDiscard(
  receiver: SrtpReceiver,
  unprotect: () => Uint8Array | undefined,
): string | undefined {
  const before: Readonly<Record<string, number>> = receiver.stats.discards;
  if (unprotect() !== undefined) return undefined;
  return Object.entries(receiver.stats.discards).find(([reason, count]) => count !== before[reason])?.[0];
}

function withMki(key: SrtpKey): Required<SrtpKey> {
  if (key.mki === undefined) throw new Error('several keys need MKIs');
  return { ...key, mki: key.mki };
}
