import { MAX_JOBS } from '../crypto/packets/layout.ts';
import { hasHeaderToEncrypt, isEncrypted, markDecrypted } from './cryptex.ts';
import type { Discards, SrtpDiscardReason } from './discard.ts';
import { type MasterKey, masterKeyAt } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { beginningOf, type PacketPass, viewOf } from './packet-pass.ts';
import {
  extensionOffset,
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
  /** The roll-over counter that the first packet of an SSRC is taken to have. */
  readonly newStream: number;
}

/** What a pass has left. */
interface Rest {
  /** The place of the first packet that is still to come. */
  readonly next: number;
  /** Whether the pass ended before all its packets were settled. */
  readonly cut: boolean;
  /** Places of packets of a new SSRC that `newStream` does not fit. */
  readonly again: readonly number[];
}

/** A packet that does not get into the pass. */
interface Refusal {
  readonly place: number;
  readonly reason: SrtpDiscardReason;
  readonly ssrc: number | undefined;
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

  get streams(): RtpStreams {
    return this.#streams;
  }

  /** An entry for each packet. */
  unprotect(packets: Packets, outs: Packets | undefined, newStream = 0): (Uint8Array | undefined)[] {
    const results: (Uint8Array | undefined)[] = new Array(packets.length).fill(undefined);
    const batch: Batch = { packets, outs, results, newStream };
    let limit = MAX_JOBS;
    for (let next = 0; next < packets.length; ) {
      const rest = this.#runPass(batch, next, limit);
      if (rest.again.length > 0) {
        // The sender may have begun near 65535, and what came before the roll-over been lost (RFC 3711 §3.3.1).
        const late = this.unprotect(pick(packets, rest.again), outs && pick(outs, rest.again), 1);
        for (const [i, place] of rest.again.entries()) results[place] = late[i];
      }
      next = rest.next;
      // Work that a cut has wasted must not be a lever.
      limit = rest.cut ? 1 : Math.min(2 * limit, MAX_JOBS);
    }
    return results;
  }

  /**
   * Takes packets of the batch from `next` on through the transform, `limit` at most.
   *
   * What a packet's roll-over counter is depends on the packets before it, of which is not yet known whether they are
   * authentic. So each is guessed from what is known when the pass begins; where one before has changed the guess, the
   * pass is cut there, and the next begins with it.
   */
  #runPass(batch: Batch, next: number, limit: number): Rest {
    const pass = this.#pass;
    const { packets } = batch;
    pass.begin();
    const refusals: Refusal[] = [];
    let key: MasterKey | undefined;
    let end = next;
    for (; end < packets.length && pass.count < limit; end++) {
      this.#places[pass.count] = end;
      const admitted = this.#admit(packets[end] as Uint8Array, key, batch.newStream);
      if (admitted === undefined) break;
      if (typeof admitted !== 'string') key = admitted;
      else refusals.push({ place: end, reason: admitted, ssrc: this.#ssrcIfAny(admitted) });
    }
    const { count } = pass;
    key?.rtp.unprotect(count);
    const again: number[] = [];
    let settled = 0;
    let cut = false;
    while (settled < count && key !== undefined && !cut) {
      const verdict = this.#settle(settled, key, batch.newStream);
      cut = verdict === 'stale';
      if (verdict === 'again') {
        again.push(this.#places[settled] as number);
        // Those behind it of the same SSRC are to be judged when it is, and those that may take its place.
        cut =
          pass.hasSsrc(pass.ssrcOf(settled), settled + 1) ||
          this.#streams.size + count > this.#maximumStreams ||
          key.packets + count > this.#config.lifetime;
      }
      if (verdict !== 'stale') settled++;
    }
    if (cut && settled < count) end = this.#places[settled] as number;
    for (const { place, reason, ssrc } of refusals) if (place < end) this.#discards.add(reason, 'srtp', ssrc);
    this.#handOut(batch, settled);
    return { next: end, cut, again };
  }

  #handOut({ outs, results }: Batch, settled: number): void {
    const pass = this.#pass;
    const places: number[] = [];
    const bytes = outs === undefined && settled > 0 ? pass.copyOut() : undefined;
    for (let job = 0; job < settled; job++) {
      if (!pass.isAuthentic(job)) continue;
      const place = this.#places[job] as number;
      const start = pass.startOf(job);
      const end = pass.cipherEndOf(job);
      const out = outs?.[place];
      if (bytes !== undefined) results[place] = viewOf(bytes, start, end);
      if (out !== undefined) {
        pass.copyTo(out, start, end);
        places.push(place, end - start);
      }
    }
    // Outputs may be objects of the caller's making: nothing of theirs runs while the pass is on.
    for (let i = 0; i < places.length; i += 2) {
      const place = places[i] as number;
      const out = outs?.[place];
      if (out !== undefined) results[place] = beginningOf(out, places[i + 1] as number);
    }
  }

  /**
   * Puts a packet into the pass, if it goes with its `current` key, and gives its key. Or else the reason to discard it;
   * undefined when it is for the next pass. It is judged by its copy: memory that threads share may change.
   */
  #admit(
    srtp: Uint8Array,
    current: MasterKey | undefined,
    newStream: number,
  ): MasterKey | SrtpDiscardReason | undefined {
    const pass = this.#pass;
    const { packets } = pass;
    const { trailer, encrypts } = this.#config;
    const { length } = srtp;
    if (length - trailer.length > MAX_PACKET_LENGTH) return 'malformed_packet';
    if (!pass.hasRoomFor(length)) return undefined;
    const start = pass.used;
    const end = start + length - trailer.length;
    packets.set(srtp, start);
    const payload = payloadOffset(packets, start, end);
    if (payload < 0) return 'malformed_packet';
    const key = masterKeyAt(this.#keys, packets, end + trailer.mkiAt);
    if (key === undefined) return 'unknown_mki';
    if (current !== undefined && key !== current) return undefined;

    const cryptex = this.#cryptex !== false && isEncrypted(packets, start);
    if (this.#cryptex === 'required' && !cryptex && hasHeaderToEncrypt(packets, start)) return 'not_cryptex';
    const ssrc = rtpSsrc(packets, start);
    const sequenceNumber = sequenceNumberOf(packets, start);
    const stream = this.#streams.get(ssrc);
    const rollOverCounter = stream?.estimate(sequenceNumber) ?? newStream;
    const refusal = this.#refusal(key, stream, rollOverCounter, sequenceNumber);
    // One of the same SSRC before it may change that.
    if (refusal !== undefined && !pass.hasSsrc(ssrc, 0)) return refusal;

    // CSRCs and extension are encrypted with Cryptex, the extension's first four bytes between them are not (RFC 9335 §6.1).
    const cipherStart = cryptex ? start + RTP_HEADER_LENGTH : payload;
    pass.add(
      {
        start,
        cipherStart: encrypts ? cipherStart : end,
        cipherEnd: end,
        gap: cryptex && encrypts ? extensionOffset(packets, start) : 0,
        tagAt: end + trailer.tagAt,
        ssrc,
        indexHigh: rollOverCounter,
        indexLow: sequenceNumber,
        suffix: rollOverCounter,
      },
      start + length,
    );
    return key;
  }

  /** The SSRC of the packet that was refused last, and lies where the next one will. */
  #ssrcIfAny(reason: SrtpDiscardReason): number | undefined {
    return reason === 'malformed_packet' ? undefined : rtpSsrc(this.#pass.packets, this.#pass.used);
  }

  #refusal(
    key: MasterKey,
    stream: RtpStream | undefined,
    rollOverCounter: number,
    sequenceNumber: number,
  ): SrtpDiscardReason | undefined {
    if (rollOverCounter > MAX_ROLL_OVER_COUNTER) return 'key_expired';
    const index = packetIndex(rollOverCounter, sequenceNumber);
    if (stream?.isFresh(index) === false) return stream.isTooOld(index) ? 'too_old' : 'replayed';
    return key.packets >= this.#config.lifetime ? 'key_expired' : undefined;
  }

  /**
   * Takes in what the transform has said of a packet; only now may anything be remembered of it. `stale` when packets
   * before it have changed its roll-over counter, `again` when it may be of a new SSRC behind its first roll-over.
   */
  #settle(job: number, key: MasterKey, newStream: number): 'settled' | 'stale' | 'again' {
    const pass = this.#pass;
    const ssrc = pass.ssrcOf(job);
    const rollOverCounter = pass.indexHighOf(job);
    const sequenceNumber = pass.indexLowOf(job);
    const known = this.#streams.get(ssrc);
    if ((known?.estimate(sequenceNumber) ?? newStream) !== rollOverCounter) return 'stale';
    let refusal = this.#refusal(key, known, rollOverCounter, sequenceNumber);
    if (refusal === undefined && !pass.isAuthentic(job)) {
      if (known === undefined && newStream === 0 && sequenceNumber < 0x8000) return 'again';
      refusal = 'bad_tag';
    }
    if (refusal === undefined && known === undefined && this.#streams.size >= this.#maximumStreams)
      refusal = 'too_many_streams';
    if (refusal !== undefined) {
      pass.reject(job);
      this.#discards.add(refusal, 'srtp', ssrc);
      return 'settled';
    }
    const stream = known ?? this.#streams.add(ssrc);
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    const start = pass.startOf(job);
    if (this.#cryptex !== false && isEncrypted(pass.packets, start)) markDecrypted(pass.packets, start);
    else key.headerExtensions?.crypt(pass.packets, start, ssrc, rollOverCounter, sequenceNumber);
    return 'settled';
  }
}

function pick(packets: Packets, places: readonly number[]): Packets {
  return places.map((place) => packets[place] as Uint8Array);
}
