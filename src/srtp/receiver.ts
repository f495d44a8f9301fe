import { int32At } from '../bytes/bytes.ts';
import { ReplayWindow } from '../bytes/replay-window.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { checkBytes, checkInteger, invalidState, invalidType, invalidValue } from '../errors/arguments.ts';
import { checkBatch, checkOut, checkSsrc } from './arguments.ts';
import { hasHeaderToEncrypt, isEncrypted, markDecrypted } from './cryptex.ts';
import { Discards, type SrtpDiscard, type SrtpDiscardReason } from './discard.ts';
import { MasterKey } from './master-key.ts';
import { readSrtpOptions, type SrtpConfig, type SrtpOptions } from './options.ts';
import { PacketPass, viewOf } from './packet-pass.ts';
import type { SrtpSuiteName } from './profiles.ts';
import {
  csrcLength,
  hasExtension,
  isRtcpHeader,
  MAX_PACKET_LENGTH,
  payloadOffset,
  RTCP_HEADER_LENGTH,
  RTCP_INDEX_LENGTH,
  RTP_HEADER_LENGTH,
  rtcpSsrc,
  rtpSsrc,
  sequenceNumberOf,
} from './rtp.ts';
import { MAX_ROLL_OVER_COUNTER, packetIndex, RtpStream } from './rtp-stream.ts';

export interface SrtpReceiverOptions extends SrtpOptions {
  /**
   * Takes packets whose header extensions and CSRCs are encrypted (RFC 9335), beside others; with `'required'`, no packet
   * that has any and does not encrypt them. Default false: such a header extension is handed on as it is.
   */
  readonly cryptex?: boolean | 'required' | undefined;
  /** Most SSRCs to keep count of, for SRTP and SRTCP each. Default 4,096. */
  readonly maximumStreams?: number | undefined;
  /** Is told of each packet that is discarded, after the call that brought it is done with all its packets. */
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
  readonly #cryptex: boolean | 'required';
  readonly #maximumStreams: number;
  readonly #keys: readonly MasterKey[];
  readonly #pass: PacketPass;
  /** Where in the batch each packet of the pass is. */
  readonly #places: number[] = [];
  readonly #streams = new Map<number, RtpStream>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();
  readonly #discards: Discards;
  #packets = 0;
  #rtcpPackets = 0;
  #destroyed = false;

  /** Throws for options that are wrong, with a `code` and a sentence that says what was expected. */
  constructor(options: SrtpReceiverOptions) {
    this.#config = readSrtpOptions(options);
    const { cryptex = false, maximumStreams = 4096, onDiscard } = options;
    if (cryptex !== true && cryptex !== false && cryptex !== 'required')
      throw invalidValue('options.cryptex', "true, false or 'required'", cryptex);
    checkInteger('options.maximumStreams', maximumStreams, 1, 2 ** 32);
    if (onDiscard !== undefined && typeof onDiscard !== 'function')
      throw invalidType('options.onDiscard', 'a function', onDiscard);
    this.#cryptex = cryptex;
    this.#maximumStreams = maximumStreams;
    this.#discards = new Discards(onDiscard);
    this.#pass = new PacketPass(nodeCrypto.packetEngine().memory);
    this.#keys = this.#config.masterKeys.map((key) => new MasterKey(nodeCrypto, this.#config, key));
  }

  get profile(): SrtpSuiteName {
    return this.#config.parameters.name;
  }

  /** Bytes of tag and MKI, which an SRTP packet has more than the RTP packet in it. */
  get overhead(): number {
    return this.#config.parameters.tagLength + this.#config.mkiLength;
  }

  /** Bytes that an SRTCP packet has more than the RTCP packet in it: SRTCP index, tag and MKI. */
  get rtcpOverhead(): number {
    return RTCP_INDEX_LENGTH + this.#config.parameters.rtcpTagLength + this.#config.mkiLength;
  }

  get stats(): SrtpReceiverStats {
    return { packets: this.#packets, rtcpPackets: this.#rtcpPackets, discards: this.#discards.counts };
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
    this.#check('srtp', srtp, 'out', out);
    return this.#unprotect([srtp], out === undefined ? undefined : [out])[0];
  }

  /**
   * The same for many packets at once, of any SSRCs, at a fraction of the price: an entry for each, the same as one at a
   * time gives. `outs` has an output for each packet, which may share memory with that packet and no other.
   */
  unprotectBatch(packets: readonly Uint8Array[], outs?: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    checkBatch(packets, outs);
    for (let i = 0; i < packets.length; i++) {
      this.#check('packets', packets[i] as Uint8Array, 'outs', outs?.[i]);
    }
    return this.#unprotect(packets, outs);
  }

  /** The RTCP packet in an SRTCP packet (RFC 3711 §3.4), or undefined. `out` as for `unprotect`, less `rtcpOverhead`. */
  unprotectRtcp(srtcp: Uint8Array, out?: Uint8Array): Uint8Array | undefined {
    checkBytes('srtcp', srtcp);
    checkOut('out', out, srtcp.length - this.rtcpOverhead);
    const opened = this.#unprotectRtcp(srtcp, out);
    this.#discards.tell();
    return opened;
  }

  /** The roll-over counter of the SSRC's packets; undefined when none was authentic and it was not set. */
  rollOverCounter(ssrc: number): number | undefined {
    checkSsrc(ssrc);
    return this.#streams.get(ssrc | 0)?.rollOverCounter;
  }

  /**
   * Sets the roll-over counter of the SSRC's next packet, for who joins late and was told by signalling. Setting it back
   * by more than the replay window makes packets of that time acceptable again.
   */
  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    if (this.#destroyed) throw invalidState('The SrtpReceiver was destroyed.');
    checkSsrc(ssrc);
    checkInteger('rollOverCounter', rollOverCounter, 0, MAX_ROLL_OVER_COUNTER);
    const stream = this.#streams.get(ssrc | 0);
    if (stream !== undefined) stream.rollOverCounter = rollOverCounter;
    else this.#streams.set(ssrc | 0, new RtpStream(this.#config.replayWindow, rollOverCounter));
  }

  /** Overwrites the keys. Everything that still comes is discarded. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const key of this.#keys) key.destroy();
    this.#streams.clear();
    this.#rtcpWindows.clear();
  }

  #check(name: string, srtp: unknown, outName: string, out: unknown): void {
    checkBytes(name, srtp);
    checkOut(outName, out, srtp.length - this.overhead);
  }

  /** `newStream` is the roll-over counter that the first packet of an SSRC is taken to have. */
  #unprotect(packets: Packets, outs: Packets | undefined, newStream = 0): (Uint8Array | undefined)[] {
    const results: (Uint8Array | undefined)[] = new Array(packets.length).fill(undefined);
    const again: number[] = [];
    let next = 0;
    while (next < packets.length) next = this.#runPass({ packets, outs, results, newStream, again }, next);
    if (again.length > 0) {
      // The sender may have begun near 65535, and what came before the roll-over been lost (RFC 3711 §3.3.1).
      const late = this.#unprotect(pick(packets, again), outs && pick(outs, again), 1);
      for (const [i, place] of again.entries()) results[place] = late[i];
    }
    this.#discards.tell();
    return results;
  }

  /**
   * Takes packets of the batch from `next` on through the transform, and gives the place of the first still to come.
   *
   * What a packet's roll-over counter is depends on the packets before it, of which is not yet known whether they are
   * authentic. So each is guessed from what is known when the pass begins; where one before has changed the guess, the
   * rest is left to the next pass.
   */
  #runPass(batch: Batch, next: number): number {
    const pass = this.#pass;
    const { packets, outs, results } = batch;
    pass.begin();
    let key: MasterKey | undefined;
    let end = next;
    for (; end < packets.length; end++) {
      const packet = packets[end] as Uint8Array;
      const ofKey = this.#keyOf(packet);
      if (ofKey === undefined) continue;
      if ((key !== undefined && ofKey !== key) || !pass.hasRoomFor(packet.length)) break;
      this.#places[pass.count] = end;
      if (this.#admit(packet, ofKey, batch.newStream)) key = ofKey;
    }
    if (key === undefined) return end;
    key.rtp.unprotect(pass.count);
    const { count } = pass;
    let settled = 0;
    for (; settled < count && this.#settle(settled, key, batch); settled++);
    if (settled < count) end = this.#places[settled] as number;
    const bytes = outs === undefined ? pass.copyOut() : undefined;
    for (let job = 0; job < settled; job++) {
      if (!pass.isAuthentic(job)) continue;
      const place = this.#places[job] as number;
      const from = pass.startOf(job);
      const to = pass.cipherEndOf(job);
      const out = outs?.[place];
      if (bytes !== undefined) results[place] = viewOf(bytes, from, to);
      else if (out !== undefined) results[place] = pass.copyTo(out, from, to);
    }
    return end;
  }

  /** The key that the packet's MKI names. Without it, or without a packet, it is discarded. */
  #keyOf(srtp: Uint8Array): MasterKey | undefined {
    const { mkiLength, parameters } = this.#config;
    const body = srtp.length - this.overhead;
    if (this.#destroyed) {
      this.#discards.add('not_open', 'srtp', undefined);
    } else if (body > MAX_PACKET_LENGTH || payloadOffset(srtp, body) < 0) {
      this.#discards.add('malformed_packet', 'srtp', undefined);
    } else {
      // AES-CM: packet, MKI, tag (RFC 3711 §3.1). AES-GCM: packet, tag, MKI (RFC 7714 §8.2).
      const at = parameters.cipher === 'aes-gcm' ? srtp.length - mkiLength : body;
      const key = this.#keyNamedAt(srtp, at);
      if (key === undefined) this.#discards.add('unknown_mki', 'srtp', rtpSsrc(srtp));
      return key;
    }
    return undefined;
  }

  #keyNamedAt(packet: Uint8Array, at: number): MasterKey | undefined {
    if (this.#config.mkiLength === 0) return this.#keys[0];
    return this.#keys.find((key) => key.isNamedAt(packet, at));
  }

  /** Puts a packet into the pass, unless it is to be discarded already. */
  #admit(srtp: Uint8Array, key: MasterKey, newStream: number): boolean {
    const ssrc = rtpSsrc(srtp);
    const sequenceNumber = sequenceNumberOf(srtp);
    const stream = this.#streams.get(ssrc);
    const rollOverCounter = stream?.estimate(sequenceNumber) ?? newStream;
    const encryptedHeader = this.#cryptex !== false && hasExtension(srtp) && isEncrypted(srtp);
    const refusal =
      this.#cryptex === 'required' && !encryptedHeader && hasHeaderToEncrypt(srtp)
        ? 'not_cryptex'
        : this.#refusal(key, stream, rollOverCounter, sequenceNumber);
    if (refusal !== undefined) {
      this.#discards.add(refusal, 'srtp', ssrc);
      return false;
    }
    const { parameters, mkiLength } = this.#config;
    const pass = this.#pass;
    const start = pass.used;
    const cipherEnd = start + srtp.length - this.overhead;
    pass.packets.set(srtp, start);
    let cipherStart = start + payloadOffset(srtp, srtp.length);
    let gap = 0;
    if (parameters.cipher === 'null') {
      cipherStart = cipherEnd;
    } else if (encryptedHeader) {
      // CSRCs and extension are encrypted, the extension's first four bytes between them are not (RFC 9335 §6.1).
      cipherStart = start + RTP_HEADER_LENGTH;
      gap = cipherStart + csrcLength(srtp);
    }
    pass.add(
      {
        start,
        cipherStart,
        cipherEnd,
        gap,
        tagAt: parameters.cipher === 'aes-gcm' ? cipherEnd : cipherEnd + mkiLength,
        ssrc,
        indexHigh: rollOverCounter,
        indexLow: sequenceNumber,
        suffix: rollOverCounter,
      },
      start + srtp.length,
    );
    return true;
  }

  #refusal(
    key: MasterKey,
    stream: RtpStream | undefined,
    rollOverCounter: number,
    sequenceNumber: number,
  ): SrtpDiscardReason | undefined {
    if (key.packets >= this.#config.lifetime || rollOverCounter > MAX_ROLL_OVER_COUNTER) return 'key_expired';
    if (stream === undefined) return undefined;
    const index = packetIndex(rollOverCounter, sequenceNumber);
    if (stream.isFresh(index)) return undefined;
    return stream.isTooOld(index) ? 'too_old' : 'replayed';
  }

  /**
   * Takes in what the transform has said of a packet; only now may anything be remembered of it. False when packets
   * before it have changed its roll-over counter.
   */
  #settle(job: number, key: MasterKey, { newStream, again }: Batch): boolean {
    const pass = this.#pass;
    const ssrc = pass.ssrcOf(job);
    const rollOverCounter = pass.indexHighOf(job);
    const sequenceNumber = pass.indexLowOf(job);
    const known = this.#streams.get(ssrc);
    if ((known?.estimate(sequenceNumber) ?? newStream) !== rollOverCounter) return false;
    if (!pass.isAuthentic(job)) {
      if (known === undefined && newStream === 0 && sequenceNumber < 0x8000)
        again.push(this.#places[job] as number);
      else this.#discards.add('bad_tag', 'srtp', ssrc);
      return true;
    }
    const refusal =
      known === undefined && this.#streams.size >= this.#maximumStreams
        ? 'too_many_streams'
        : this.#refusal(key, known, rollOverCounter, sequenceNumber);
    if (refusal !== undefined) {
      pass.reject(job);
      this.#discards.add(refusal, 'srtp', ssrc);
      return true;
    }
    const stream = known ?? new RtpStream(this.#config.replayWindow);
    if (known === undefined) this.#streams.set(ssrc, stream);
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    const gap = pass.gapOf(job);
    if (gap > 0) markDecrypted(pass.packets, gap);
    else key.headerExtensions?.crypt(pass.packets, pass.startOf(job), ssrc, rollOverCounter, sequenceNumber);
    return true;
  }

  #unprotectRtcp(srtcp: Uint8Array, out: Uint8Array | undefined): Uint8Array | undefined {
    const { parameters, mkiLength, rtcpLifetime, unencryptedRtcp, replayWindow } = this.#config;
    const body = srtcp.length - this.rtcpOverhead;
    const discard = (reason: SrtpDiscardReason, ssrc?: number): undefined => {
      this.#discards.add(reason, 'srtcp', ssrc);
    };
    if (this.#destroyed) return discard('not_open');
    if (body > MAX_PACKET_LENGTH || !isRtcpHeader(srtcp, body)) return discard('malformed_packet');
    const ssrc = rtcpSsrc(srtcp);
    // AES-CM: packet, index, MKI, tag (RFC 3711 §3.4). AES-GCM: packet, tag, index, MKI (RFC 7714 §9.2).
    const aead = parameters.cipher === 'aes-gcm';
    const indexAt = aead ? body + parameters.rtcpTagLength : body;
    const mkiAt = indexAt + RTCP_INDEX_LENGTH;
    const key = this.#keyNamedAt(srtcp, mkiAt);
    if (key === undefined) return discard('unknown_mki', ssrc);
    const word = int32At(srtcp, indexAt);
    const encrypted = word < 0 && parameters.cipher !== 'null';
    if (!encrypted && !unencryptedRtcp && parameters.cipher !== 'null') return discard('not_encrypted', ssrc);
    if (key.rtcpPackets >= rtcpLifetime) return discard('key_expired', ssrc);
    const index = word & 0x7fff_ffff;
    const known = this.#rtcpWindows.get(ssrc);
    if (known?.isFresh(index) === false) return discard(known.isTooOld(index) ? 'too_old' : 'replayed', ssrc);

    const pass = this.#pass;
    pass.begin();
    pass.packets.set(srtcp);
    pass.add(
      {
        start: 0,
        cipherStart: encrypted ? RTCP_HEADER_LENGTH : body,
        cipherEnd: body,
        gap: 0,
        tagAt: aead ? body : mkiAt + mkiLength,
        ssrc,
        indexHigh: index >>> 16,
        indexLow: index & 0xffff,
        suffix: word,
      },
      srtcp.length,
    );
    key.rtcp.unprotect(1);
    if (!pass.isAuthentic(0)) return discard('bad_tag', ssrc);
    if (known === undefined && this.#rtcpWindows.size >= this.#maximumStreams)
      return discard('too_many_streams', ssrc);
    const window = known ?? new ReplayWindow(replayWindow);
    if (known === undefined) this.#rtcpWindows.set(ssrc, window);
    window.accept(index);
    key.rtcpPackets++;
    this.#rtcpPackets++;
    return out === undefined ? viewOf(pass.copyOut(), 0, body) : pass.copyTo(out, 0, body);
  }
}

type Packets = readonly Uint8Array[];

/** Packets that came together, and what becomes of them. */
interface Batch {
  readonly packets: Packets;
  readonly outs: Packets | undefined;
  readonly results: (Uint8Array | undefined)[];
  readonly newStream: number;
  /** Places of packets of a new SSRC that `newStream` does not fit. */
  readonly again: number[];
}

function pick(packets: Packets, places: readonly number[]): Packets {
  return places.map((place) => packets[place] as Uint8Array);
}
