import { nodeCrypto } from '../crypto/node/index.ts';
import { checkBytes, invalidState, invalidValue, lengthOf } from '../errors/arguments.ts';
import { checkBatch } from './checks.ts';
import { MasterKey } from './master-key.ts';
import { readFlag, readSrtpOptions, type SrtpConfig, type SrtpOptions } from './options.ts';
import { PacketPass } from './packet-pass.ts';
import type { SrtpSuiteName } from './profiles.ts';
import { RtcpSender } from './rtcp-sender.ts';
import { RtpSender } from './rtp-sender.ts';

export interface SrtpSenderOptions extends SrtpOptions {
  /**
   * Encrypts header extensions whole, and CSRCs, where a packet has any (RFC 9335). The peer must have said that it takes
   * this (`a=cryptex`). Default false.
   */
  readonly cryptex?: boolean | undefined;
}

/** Counts since the sender was made; a copy. */
export interface SrtpSenderStats {
  readonly packets: number;
  readonly rtcpPackets: number;
}

/**
 * Protects RTP and RTCP packets with one direction's keys (RFC 3711, RFC 7714): what Prosody's VMPTx does.
 *
 * Packets of any number of SSRCs go through one sender. It keeps count of each, refuses to use an index twice, and
 * stops at the end of the key's life. No second sender may have the same keys at the same time, nor a later one with
 * the counters back at zero: that would show the plaintext.
 */
export class SrtpSender {
  readonly #config: SrtpConfig;
  readonly #keys: readonly MasterKey[];
  readonly #rtp: RtpSender;
  readonly #rtcp: RtcpSender;
  #key: MasterKey;
  #destroyed = false;

  /** Throws for options that are wrong, with a `code` and a sentence that says what was expected. */
  constructor(options: SrtpSenderOptions) {
    const { config, masterKeys } = readSrtpOptions(options);
    const pass = new PacketPass(nodeCrypto.packetEngine().memory);
    if ((options.cryptex as unknown) === 'required')
      throw invalidValue('options.cryptex', "true or false; 'required' is for a receiver", options.cryptex);
    this.#rtp = new RtpSender(config, readFlag('cryptex', options.cryptex), pass);
    this.#rtcp = new RtcpSender(config, pass);
    this.#config = config;
    this.#keys = masterKeys.map((key) => new MasterKey(nodeCrypto, config, key));
    this.#key = this.#keys[0] as MasterKey;
  }

  get profile(): SrtpSuiteName {
    return this.#config.parameters.name;
  }

  /** Most bytes that protection adds to an RTP packet: tag and MKI, and with Cryptex 4 for a header extension. */
  get overhead(): number {
    return this.#rtp.overhead;
  }

  /** Bytes that protection adds to an RTCP packet: SRTCP index, tag and MKI. */
  get rtcpOverhead(): number {
    return this.#config.rtcpTrailer.length;
  }

  get stats(): SrtpSenderStats {
    return { packets: this.#rtp.packets, rtcpPackets: this.#rtcp.packets };
  }

  /**
   * Makes an SRTP packet of an RTP packet (RFC 3711 §3.3).
   *
   * It is written to the beginning of `out`, which may be the packet's own memory with `overhead` bytes behind it; or
   * else into memory that packets of this process share, as with `Buffer.allocUnsafe`.
   *
   * Throws `ERR_INVALID_ARG_VALUE` for what is no RTP packet, `ERR_OUT_OF_RANGE` when `out` is too short,
   * `ERR_SRTP_INDEX_USED` when a packet of this SSRC and index went out before or it is too old to tell, and
   * `ERR_SRTP_KEY_EXPIRED` when the master key's life is over.
   */
  protect(rtp: Uint8Array, out?: Uint8Array): Uint8Array {
    this.#checkOpen();
    return this.#rtp.protect(this.#key, rtp, out);
  }

  /**
   * The same for many packets at once, of any SSRCs, at a fraction of the price; the same bytes as one at a time.
   * `outs` has an output for each packet, which may share memory with that packet and no other.
   *
   * What is no RTP packet, or no output, is refused before anything is done. When a packet is refused for its index or
   * the key's life, those before it have gone through: the error has them as `results`, an array.
   */
  protectBatch(packets: readonly Uint8Array[], outs?: readonly Uint8Array[]): Uint8Array[] {
    this.#checkOpen();
    checkBatch(packets, outs);
    // Copies: what entries give when they are read again is theirs to choose, and nothing may happen in between.
    return this.#rtp.protectBatch(this.#key, [...packets], outs && [...outs]);
  }

  /** Makes an SRTCP packet of an RTCP packet, compound or not (RFC 3711 §3.4). `out` and errors as for `protect`. */
  protectRtcp(rtcp: Uint8Array, out?: Uint8Array): Uint8Array {
    this.#checkOpen();
    return this.#rtcp.protect(this.#key, rtcp, out);
  }

  /** The roll-over counter of the SSRC's packets; undefined when there were none and it was not set. */
  rollOverCounter(ssrc: number): number | undefined {
    return this.#rtp.rollOverCounter(ssrc);
  }

  /**
   * Sets the roll-over counter of the SSRC's next packet, as one who goes on with a stream that another began. It can
   * be raised, and not lowered: an index must not be used twice.
   */
  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    this.#checkOpen();
    this.#rtp.setRollOverCounter(ssrc, rollOverCounter);
  }

  /** The SRTCP index that the SSRC's next RTCP packet gets: 0 before the first. */
  rtcpIndex(ssrc: number): number {
    return this.#rtcp.index(ssrc);
  }

  /** Sets that index, 0 to 2^31 - 1. It can be raised, and not lowered. */
  setRtcpIndex(ssrc: number, index: number): void {
    this.#checkOpen();
    this.#rtcp.setIndex(ssrc, index);
  }

  /** From now on packets are protected with the master key of this MKI, one of `masterKeys`; indices go on. */
  useMasterKey(mki: Uint8Array): void {
    this.#checkOpen();
    checkBytes('mki', mki);
    const key = this.#keys.find(
      (candidate) => candidate.mki.length === mki.length && candidate.isNamedAt(mki, 0),
    );
    if (key === undefined) throw invalidValue('mki', 'that of one of "masterKeys"', lengthOf(mki));
    this.#key = key;
  }

  /** Overwrites the keys. Nothing can be protected any more. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const key of this.#keys) key.destroy();
    this.#rtp.clear();
    this.#rtcp.clear();
  }

  #checkOpen(): void {
    if (this.#destroyed) throw invalidState('The SrtpSender was destroyed.');
  }
}
