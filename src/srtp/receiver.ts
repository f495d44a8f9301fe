import { nodeCrypto } from '../crypto/node/index.ts';
import { checkBytes, checkInteger, invalidState, invalidType, invalidValue } from '../errors/arguments.ts';
import { checkBatch, checkOut, nameOf } from './checks.ts';
import { Discards, type SrtpDiscard, type SrtpDiscardReason } from './discard.ts';
import { MasterKey } from './master-key.ts';
import { readSrtpOptions, type SrtpConfig, type SrtpOptions } from './options.ts';
import { PacketPass } from './packet-pass.ts';
import type { SrtpSuiteName } from './profiles.ts';
import { RtcpReceiver } from './rtcp-receiver.ts';
import { RtpReceiver } from './rtp-receiver.ts';

export interface SrtpReceiverOptions extends SrtpOptions {
  /**
   * Takes packets whose header extensions and CSRCs are encrypted (RFC 9335), beside others; with `'required'`, no packet
   * that has any and does not encrypt them. Default false: such an extension is taken for one like any other, and the
   * packet comes out as nonsense with AES-CM, and not at all with AES-GCM.
   */
  readonly cryptex?: boolean | 'required' | undefined;
  /** Most SSRCs to keep count of, for SRTP and SRTCP each. Default 4,096. */
  readonly maximumStreams?: number | undefined;
  /**
   * Is told of each packet that is discarded, once the call that brought it is done with all its packets; of a batch not
   * always in its order. What it throws is thrown again when nothing else is running, as an uncaught exception.
   */
  readonly onDiscard?: ((discard: SrtpDiscard) => void) | undefined;
}

/** Counts since the receiver was made; a copy. */
export interface SrtpReceiverStats {
  /** Packets that were authentic and new. */
  readonly packets: number;
  readonly rtcpPackets: number;
  /** What was discarded, by reason; a reason that has not come up has no entry. */
  readonly discards: Readonly<Partial<Record<SrtpDiscardReason, number>>>;
}

/**
 * Opens SRTP and SRTCP packets with one direction's keys (RFC 3711, RFC 7714): what Prosody's VMPRx does.
 *
 * Nothing that arrives throws. A packet is handed out once, and only when its tag is right; nothing is kept of an SSRC
 * of which no packet was authentic.
 */
export class SrtpReceiver {
  readonly #config: SrtpConfig;
  readonly #keys: readonly MasterKey[];
  readonly #rtp: RtpReceiver;
  readonly #rtcp: RtcpReceiver;
  readonly #discards: Discards;
  #destroyed = false;

  /** Throws for options that are wrong, with a `code` and a sentence that says what was expected. */
  constructor(options: SrtpReceiverOptions) {
    const { config, masterKeys } = readSrtpOptions(options);
    const { cryptex = false, maximumStreams = 4096, onDiscard } = options;
    if (cryptex !== true && cryptex !== false && cryptex !== 'required')
      throw invalidValue('options.cryptex', "true, false or 'required'", cryptex);
    checkInteger('options.maximumStreams', maximumStreams, 1, 2 ** 32);
    if (onDiscard !== undefined && typeof onDiscard !== 'function')
      throw invalidType('options.onDiscard', 'a function', onDiscard);
    const pass = new PacketPass(nodeCrypto.packetEngine().memory);
    const keys = masterKeys.map((key) => new MasterKey(nodeCrypto, config, key));
    this.#config = config;
    this.#keys = keys;
    this.#discards = new Discards(onDiscard);
    this.#rtp = new RtpReceiver(config, keys, { cryptex, maximumStreams }, pass, this.#discards);
    this.#rtcp = new RtcpReceiver(config, keys, maximumStreams, pass, this.#discards);
  }

  get profile(): SrtpSuiteName {
    return this.#config.parameters.name;
  }

  /** Bytes of tag and MKI, which an SRTP packet has more than the RTP packet in it. */
  get overhead(): number {
    return this.#config.trailer.length;
  }

  /** Bytes that an SRTCP packet has more than the RTCP packet in it: SRTCP index, tag and MKI. */
  get rtcpOverhead(): number {
    return this.#config.rtcpTrailer.length;
  }

  get stats(): SrtpReceiverStats {
    return { packets: this.#rtp.packets, rtcpPackets: this.#rtcp.packets, discards: this.#discards.counts };
  }

  /**
   * The RTP packet in an SRTP packet (RFC 3711 §3.3), or undefined when that was discarded; `stats` and `onDiscard` say
   * why.
   *
   * It is written to the beginning of `out`, which may be the packet's own memory; or else into memory that packets of
   * this process share, as with `Buffer.allocUnsafe`. Throws `ERR_OUT_OF_RANGE` when `out` is shorter than what may
   * come, which is the packet less `overhead`.
   */
  unprotect(srtp: Uint8Array, out?: Uint8Array): Uint8Array | undefined {
    checkBytes('srtp', srtp);
    checkOut('out', out, srtp.length - this.overhead);
    return this.#unprotect([srtp], out === undefined ? undefined : [out])[0];
  }

  /**
   * The same for many packets at once, of any SSRCs, at a fraction of the price: an entry for each, the same as one at a
   * time gives. `outs` has an output for each packet, which may share memory with that packet and no other.
   */
  unprotectBatch(packets: readonly Uint8Array[], outs?: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    checkBatch(packets, outs);
    // Copies: what entries give when they are read again is theirs to choose, and nothing may happen in between.
    const ownPackets = [...packets];
    const ownOuts = outs && [...outs];
    for (let i = 0; i < ownPackets.length; i++) {
      const packet: unknown = ownPackets[i];
      if (!(packet instanceof Uint8Array)) checkBytes(nameOf('packets', i), packet);
      if (ownOuts !== undefined) checkOut('outs', ownOuts[i], packet.length - this.overhead, i);
    }
    return this.#unprotect(ownPackets, ownOuts);
  }

  /** The RTCP packet in an SRTCP packet (RFC 3711 §3.4), or undefined. `out` as for `unprotect`, less `rtcpOverhead`. */
  unprotectRtcp(srtcp: Uint8Array, out?: Uint8Array): Uint8Array | undefined {
    checkBytes('srtcp', srtcp);
    checkOut('out', out, srtcp.length - this.rtcpOverhead);
    if (this.#destroyed) this.#discards.add('not_open', 'srtcp', undefined);
    const opened = this.#destroyed ? undefined : this.#rtcp.unprotect(srtcp, out);
    this.#discards.tell();
    return opened;
  }

  /** The roll-over counter of the SSRC's packets; undefined when none was authentic and it was not set. */
  rollOverCounter(ssrc: number): number | undefined {
    return this.#rtp.streams.rollOverCounter(ssrc);
  }

  /**
   * Sets the roll-over counter of the SSRC's next packet, for who joins late and was told by signalling; the SSRC counts
   * towards `maximumStreams` from then on, and is not refused by it. Setting the counter back by more than the replay
   * window makes packets of that time acceptable again.
   */
  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    if (this.#destroyed) throw invalidState('The SrtpReceiver was destroyed.');
    this.#rtp.streams.setRollOverCounter(ssrc, rollOverCounter);
  }

  /**
   * Forgets an SSRC that is gone, to make room for others: `maximumStreams` counts those that are remembered. Its old
   * packets, were they sent again, would be new ones then.
   */
  forget(ssrc: number): void {
    this.#rtp.streams.forget(ssrc);
    this.#rtcp.forget(ssrc);
  }

  /** Overwrites the keys. Everything that still comes is discarded. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const key of this.#keys) key.destroy();
    this.#rtp.streams.clear();
    this.#rtcp.clear();
  }

  #unprotect(
    packets: readonly Uint8Array[],
    outs: readonly Uint8Array[] | undefined,
  ): (Uint8Array | undefined)[] {
    let results: (Uint8Array | undefined)[];
    if (this.#destroyed) {
      for (const _ of packets) this.#discards.add('not_open', 'srtp', undefined);
      results = packets.map(() => undefined);
    } else {
      results = this.#rtp.unprotect(packets, outs);
    }
    this.#discards.tell();
    return results;
  }
}
