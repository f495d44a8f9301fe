import { expect } from 'vitest';
import { SrtpReceiver, SrtpSender } from '../../../src/srtp/index.ts';
import { hex, keyOf, type Suite, suiteOf, titled } from '../../lib/srtp.ts';
import type { Libsrtp, LibsrtpSession, SrtpKey } from './libsrtp.ts';

/**
 * All that libsrtp and we have in common. AES-192 is missing: libsrtp 2.5 derives its session keys with AES-256, from
 * key and salt run together, where RFC 6188 §3 has AES-192.
 */
export const PROFILES: readonly Suite[] = [
  'SRTP_AES128_CM_SHA1_80',
  'SRTP_AES128_CM_SHA1_32',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'SRTP_AEAD_AES_128_GCM',
  'SRTP_AEAD_AES_256_GCM',
  'SRTP_NULL_SHA1_80',
  'SRTP_NULL_SHA1_32',
].map(suiteOf);

/** For `test.each`, which takes the name from the first column. */
export const ROWS: readonly [string, Suite][] = titled(PROFILES);

export interface PartyOptions {
  readonly replayWindow?: number;
  readonly encryptedHeaderExtensions?: readonly number[];
  readonly unencryptedRtcp?: boolean;
  /** Of libsrtp alone. */
  readonly ssrcs?: readonly number[];
  /** The first is used to protect. Without it one key with no MKI. */
  readonly keys?: readonly SrtpKey[];
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

  static async open(libsrtp: Libsrtp, row: Suite, options: PartyOptions = {}): Promise<FourParties> {
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
    expect(hex(this.receiver.unprotect(protectedPacket))).toBe(hex(packet));
    expect(await theirs).toBe(hex(packet));
  }

  async openRtcp(protectedPacket: Uint8Array, packet: Uint8Array): Promise<void> {
    const theirs = this.theirReceiver.unprotectRtcp(protectedPacket);
    expect(hex(this.receiver.unprotectRtcp(protectedPacket))).toBe(hex(packet));
    expect(await theirs).toBe(hex(packet));
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
