import { hasHeaderToEncrypt, isEncrypted, markDecrypted } from './cryptex.ts';
import type { Discards, SrtpDiscardReason } from './discard.ts';
import { type MasterKey, masterKeyAt } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { type PacketPass, viewOf } from './packet-pass.ts';
import {
  csrcLength,
  MAX_PACKET_LENGTH,
  payloadOffset,
  RTP_HEADER_LENGTH,
  rtpSsrc,
  sequenceNumberOf,
} from './rtp.ts';
import { MAX_ROLL_OVER_COUNTER, packetIndex, type RtpStream } from './rtp-stream.ts';
import { RtpStreams } from './rtp-streams.ts';

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

/** The SRTP half of a receiver (RFC 3711 §3.3). */
export class RtpReceiver {
  readonly #config: SrtpConfig;
  readonly #cryptex: boolean | 'required';
  readonly #keys: readonly MasterKey[];
  readonly #maximumStreams: number;
  readonly #pass: PacketPass;
  readonly #discards: Discards;
  /** Where in the batch each packet of the pass is. */
  readonly #places: number[] = [];
  readonly #streams: RtpStreams;
  #packets = 0;

  constructor(
    config: SrtpConfig,
    keys: readonly MasterKey[],
    { cryptex, maximumStreams }: { cryptex: boolean | 'required'; maximumStreams: number },
    pass: PacketPass,
    discards: Discards,
  ) {
    this.#config = config;
    this.#cryptex = cryptex;
    this.#keys = keys;
    this.#maximumStreams = maximumStreams;
    this.#pass = pass;
    this.#discards = discards;
    this.#streams = new RtpStreams(config.replayWindow);
  }

  get packets(): number {
    return this.#packets;
  }

  /** An entry for each packet. */
  unprotect(packets: Packets, outs: Packets | undefined): (Uint8Array | undefined)[] {
    return this.#unprotect(packets, outs, 0);
  }

  get streams(): RtpStreams {
    return this.#streams;
  }

  /** `newStream` is the roll-over counter that the first packet of an SSRC is taken to have. */
  #unprotect(packets: Packets, outs: Packets | undefined, newStream: number): (Uint8Array | undefined)[] {
    const results: (Uint8Array | undefined)[] = new Array(packets.length).fill(undefined);
    const again: number[] = [];
    let next = 0;
    while (next < packets.length) next = this.#runPass({ packets, outs, results, newStream, again }, next);
    if (again.length > 0) {
      // The sender may have begun near 65535, and what came before the roll-over been lost (RFC 3711 §3.3.1).
      const late = this.#unprotect(pick(packets, again), outs && pick(outs, again), 1);
      for (const [i, place] of again.entries()) results[place] = late[i];
    }
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
    const { trailer } = this.#config;
    const body = srtp.length - trailer.length;
    if (body > MAX_PACKET_LENGTH || payloadOffset(srtp, body) < 0) {
      this.#discards.add('malformed_packet', 'srtp', undefined);
      return undefined;
    }
    const key = masterKeyAt(this.#keys, srtp, body + trailer.mkiAt);
    if (key === undefined) this.#discards.add('unknown_mki', 'srtp', rtpSsrc(srtp));
    return key;
  }

  /** Puts a packet into the pass, unless it is to be discarded already. */
  #admit(srtp: Uint8Array, key: MasterKey, newStream: number): boolean {
    const ssrc = rtpSsrc(srtp);
    const sequenceNumber = sequenceNumberOf(srtp);
    const stream = this.#streams.get(ssrc);
    const rollOverCounter = stream?.estimate(sequenceNumber) ?? newStream;
    const encryptedHeader = this.#cryptex !== false && isEncrypted(srtp);
    const refusal =
      this.#cryptex === 'required' && !encryptedHeader && hasHeaderToEncrypt(srtp)
        ? 'not_cryptex'
        : this.#refusal(key, stream, rollOverCounter, sequenceNumber);
    if (refusal !== undefined) {
      this.#discards.add(refusal, 'srtp', ssrc);
      return false;
    }
    const { trailer, encrypts } = this.#config;
    const pass = this.#pass;
    const start = pass.used;
    const cipherEnd = start + srtp.length - trailer.length;
    pass.packets.set(srtp, start);
    let cipherStart = start + payloadOffset(srtp, srtp.length);
    let gap = 0;
    if (!encrypts) {
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
        tagAt: cipherEnd + trailer.tagAt,
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
    const stream = known ?? this.#streams.add(ssrc);
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    const start = pass.startOf(job);
    if (this.#cryptex !== false && isEncrypted(pass.packets, start)) markDecrypted(pass.packets, start);
    else key.headerExtensions?.crypt(pass.packets, start, ssrc, rollOverCounter, sequenceNumber);
    return true;
  }
}

function pick(packets: Packets, places: readonly number[]): Packets {
  return places.map((place) => packets[place] as Uint8Array);
}
