import { int32At } from '../bytes/bytes.ts';
import { ReplayWindow } from '../bytes/replay-window.ts';
import type { Discards, SrtpDiscardReason } from './discard.ts';
import { type MasterKey, masterKeyAt } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { beginningOf, type PacketPass, viewOf } from './packet-pass.ts';
import { rtcpJob } from './rtcp-job.ts';
import { isRtcpHeader, MAX_PACKET_LENGTH, rtcpSsrc } from './rtp.ts';

/** The SRTCP half of a receiver (RFC 3711 §3.4). */
export class RtcpReceiver {
  readonly #config: SrtpConfig;
  readonly #keys: readonly MasterKey[];
  readonly #maximumStreams: number;
  readonly #pass: PacketPass;
  readonly #discards: Discards;
  readonly #windows = new Map<number, ReplayWindow>();
  #packets = 0;

  constructor(
    config: SrtpConfig,
    keys: readonly MasterKey[],
    maximumStreams: number,
    pass: PacketPass,
    discards: Discards,
  ) {
    this.#config = config;
    this.#keys = keys;
    this.#maximumStreams = maximumStreams;
    this.#pass = pass;
    this.#discards = discards;
  }

  get packets(): number {
    return this.#packets;
  }

  unprotect(srtcp: Uint8Array, out: Uint8Array | undefined): Uint8Array | undefined {
    const { rtcpTrailer: trailer, rtcpLifetime, unencryptedRtcp, encrypts, replayWindow } = this.#config;
    const body = srtcp.length - trailer.length;
    const pass = this.#pass;
    pass.begin();
    if (body > MAX_PACKET_LENGTH) return this.#discard('malformed_packet');
    pass.packets.set(srtcp);
    if (!isRtcpHeader(pass.packets, 0, body)) return this.#discard('malformed_packet');
    const ssrc = rtcpSsrc(pass.packets, 0);
    const key = masterKeyAt(this.#keys, pass.packets, body + trailer.mkiAt);
    if (key === undefined) return this.#discard('unknown_mki', ssrc);
    const word = int32At(pass.packets, body + trailer.indexAt);
    const encrypted = word < 0 && encrypts;
    if (encrypts && !encrypted && !unencryptedRtcp) return this.#discard('not_encrypted', ssrc);
    const index = word & 0x7fff_ffff;
    const known = this.#windows.get(ssrc);
    if (known?.isFresh(index) === false)
      return this.#discard(known.isTooOld(index) ? 'too_old' : 'replayed', ssrc);
    if (key.rtcpPackets >= rtcpLifetime) return this.#discard('key_expired', ssrc);

    pass.add(rtcpJob(body, trailer, encrypted, ssrc, word), body + trailer.length);
    key.rtcp.unprotect(1);
    if (!pass.isAuthentic(0)) return this.#discard('bad_tag', ssrc);
    if (known === undefined && this.#windows.size >= this.#maximumStreams)
      return this.#discard('too_many_streams', ssrc);
    const window = known ?? new ReplayWindow(replayWindow);
    if (known === undefined) this.#windows.set(ssrc, window);
    window.accept(index);
    key.rtcpPackets++;
    this.#packets++;
    if (out === undefined) return viewOf(pass.copyOut(), 0, body);
    pass.copyTo(out, 0, body);
    return beginningOf(out, body);
  }

  forget(ssrc: number): void {
    this.#windows.delete(ssrc | 0);
  }

  clear(): void {
    this.#windows.clear();
  }

  #discard(reason: SrtpDiscardReason, ssrc?: number): undefined {
    this.#discards.add(reason, 'srtcp', ssrc);
    return undefined;
  }
}
