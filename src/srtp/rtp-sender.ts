import { uint16At } from '../bytes/bytes.ts';
import { checkBytes, invalidValue, lengthOf, outOfRange, Shown } from '../errors/arguments.ts';
import { checkOut, checkSsrc, indexUsed, indicesExhausted, keyExpired, nameOf } from './checks.ts';
import { canBeEncrypted, hasHeaderToEncrypt, insertEmptyExtension, markEncrypted } from './cryptex.ts';
import type { MasterKey } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { beginningOf, type PacketPass, viewOf } from './packet-pass.ts';
import {
  EXTENSION_HEADER_LENGTH,
  extensionOffset,
  hasExtension,
  MAX_PACKET_LENGTH,
  payloadOffset,
  RTP_HEADER_LENGTH,
  rtpSsrc,
  sequenceNumberOf,
} from './rtp.ts';
import { MAX_ROLL_OVER_COUNTER, packetIndex } from './rtp-stream.ts';
import { RtpStreams } from './rtp-streams.ts';

/** The SRTP half of a sender (RFC 3711 §3.3). */
export class RtpSender {
  readonly #config: SrtpConfig;
  readonly #cryptex: boolean;
  readonly #pass: PacketPass;
  readonly #streams: RtpStreams;
  #packets = 0;

  constructor(config: SrtpConfig, cryptex: boolean, pass: PacketPass) {
    this.#config = config;
    this.#cryptex = cryptex;
    this.#pass = pass;
    this.#streams = new RtpStreams(config.replayWindow);
  }

  get packets(): number {
    return this.#packets;
  }

  /** Most bytes that protection adds. */
  get overhead(): number {
    return this.#config.trailer.length + (this.#cryptex ? EXTENSION_HEADER_LENGTH : 0);
  }

  protect(key: MasterKey, rtp: Uint8Array, out: Uint8Array | undefined): Uint8Array {
    this.#check(rtp, out);
    const pass = this.#pass;
    pass.begin();
    this.#admit(key, rtp);
    this.#run(key);
    if (out === undefined) return pass.copyOut();
    const end = pass.used;
    pass.copyTo(out, 0, end);
    return beginningOf(out, end);
  }

  protectBatch(
    key: MasterKey,
    packets: readonly Uint8Array[],
    outs: readonly Uint8Array[] | undefined,
  ): Uint8Array[] {
    for (let i = 0; i < packets.length; i++) this.#check(packets[i], outs?.[i], i, outs !== undefined);
    const results: Uint8Array[] = [];
    let refused: Error | undefined;
    while (results.length < packets.length && refused === undefined) {
      this.#pass.begin();
      try {
        refused = this.#admitFrom(key, packets, results.length);
        this.#run(key);
      } catch (error) {
        throw Object.assign(error as Error, { results });
      }
      this.#handOut(outs, results);
    }
    if (refused !== undefined) throw Object.assign(refused, { results });
    return results;
  }

  /** Puts packets into the pass from `next` on, and gives the error of the first that is refused. */
  #admitFrom(key: MasterKey, packets: readonly Uint8Array[], next: number): Error | undefined {
    const pass = this.#pass;
    for (let i = next; i < packets.length; i++) {
      const packet = packets[i] as Uint8Array;
      // One that has grown since it was looked at never fits.
      if (packet.length > MAX_PACKET_LENGTH) return noPacket(packet, i);
      if (!pass.hasRoomFor(packet.length + this.overhead)) break;
      try {
        this.#admit(key, packet, i);
      } catch (error) {
        // Those before it have used their indices, and go out.
        return error as Error;
      }
    }
    return undefined;
  }

  #handOut(outs: readonly Uint8Array[] | undefined, results: Uint8Array[]): void {
    const pass = this.#pass;
    const { count } = pass;
    const first = results.length;
    const bytes = outs === undefined ? pass.copyOut() : undefined;
    const lengths: number[] = [];
    for (let job = 0; job < count; job++) {
      const start = pass.startOf(job);
      const end = pass.cipherEndOf(job) + this.#config.trailer.length;
      const out = outs?.[first + job];
      if (bytes !== undefined) results.push(viewOf(bytes, start, end));
      if (out !== undefined) pass.copyTo(out, start, end);
      lengths.push(end - start);
    }
    if (outs === undefined) return;
    // Outputs may be objects of the caller's making: nothing of theirs runs while the pass is on.
    for (const [job, length] of lengths.entries())
      results.push(beginningOf(outs[first + job] as Uint8Array, length));
  }

  rollOverCounter(ssrc: number): number | undefined {
    return this.#streams.rollOverCounter(ssrc);
  }

  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    checkSsrc(ssrc);
    const highest = this.#streams.get(ssrc | 0)?.highest ?? 0;
    const used = Math.max(0, Math.floor(highest / 2 ** 16));
    if (rollOverCounter < used) {
      const expected = `at least ${used}, which packets of this SSRC have had`;
      throw outOfRange('rollOverCounter', expected, rollOverCounter);
    }
    this.#streams.setRollOverCounter(ssrc, rollOverCounter);
  }

  clear(): void {
    this.#streams.clear();
  }

  /** Throws for what is wrong with a packet or its output, before anything changes. */
  #check(rtp: unknown, out: unknown, place?: number, hasOuts = false): void {
    if (!(rtp instanceof Uint8Array)) checkBytes(packetName(place), rtp);
    const { length } = rtp;
    if (length > MAX_PACKET_LENGTH || payloadOffset(rtp, 0, length) < 0) throw noPacket(rtp, place);
    let needed = length + this.#config.trailer.length;
    if (this.#cryptex && hasHeaderToEncrypt(rtp, 0)) {
      if (!hasExtension(rtp, 0)) needed += EXTENSION_HEADER_LENGTH;
      else if (!canBeEncrypted(rtp, 0)) throw unfitForCryptex(rtp, place);
    }
    if (place === undefined) checkOut('out', out, needed);
    else if (hasOuts) checkOut('outs', out, needed, place);
  }

  /**
   * Puts a packet into the pass, as the next of its SSRC. All that is done is decided by the copy: memory that threads
   * share may have become something else.
   */
  #admit(key: MasterKey, rtp: Uint8Array, place?: number): void {
    const pass = this.#pass;
    const { packets } = pass;
    const { trailer, encrypts } = this.#config;
    const start = pass.used;
    packets.set(rtp, start);
    let cipherEnd = start + rtp.length;
    let cipherStart = payloadOffset(packets, start, cipherEnd);
    if (cipherStart < 0) throw noPacket(rtp, place);
    const ssrc = rtpSsrc(packets, start);
    const sequenceNumber = sequenceNumberOf(packets, start);
    let gap = 0;
    const cryptex = this.#cryptex && hasHeaderToEncrypt(packets, start);
    if (cryptex) {
      if (!hasExtension(packets, start)) {
        insertEmptyExtension(packets, start, cipherEnd);
        cipherEnd += EXTENSION_HEADER_LENGTH;
      }
      if (!canBeEncrypted(packets, start)) throw unfitForCryptex(rtp, place);
      markEncrypted(packets, start);
      // CSRCs and extension are encrypted, the extension's first four bytes between them are not (RFC 9335 §6.1).
      cipherStart = start + RTP_HEADER_LENGTH;
      gap = extensionOffset(packets, start);
    }
    const rollOverCounter = this.#use(key, ssrc, sequenceNumber);
    if (!cryptex) key.headerExtensions?.crypt(packets, start, ssrc, rollOverCounter, sequenceNumber);
    if (!encrypts) {
      cipherStart = cipherEnd;
      gap = 0;
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
      cipherEnd + trailer.length,
    );
  }

  /** Marks the index as used, and gives its roll-over counter. */
  #use(key: MasterKey, ssrc: number, sequenceNumber: number): number {
    const known = this.#streams.get(ssrc);
    const rollOverCounter = known?.estimate(sequenceNumber) ?? 0;
    if (key.packets >= this.#config.lifetime) throw keyExpired('SRTP', key.packets);
    if (rollOverCounter > MAX_ROLL_OVER_COUNTER) throw indicesExhausted('SRTP', ssrc);
    const stream = known ?? this.#streams.add(ssrc);
    if (!stream.isFresh(packetIndex(rollOverCounter, sequenceNumber))) throw indexUsed(ssrc, sequenceNumber);
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    return rollOverCounter;
  }

  #run(key: MasterKey): void {
    const pass = this.#pass;
    if (pass.count === 0) return;
    key.rtp.protect(pass.count);
    if (key.mki.length === 0) return;
    const { mkiAt } = this.#config.trailer;
    for (let job = 0; job < pass.count; job++) pass.packets.set(key.mki, pass.cipherEndOf(job) + mkiAt);
  }
}

function packetName(place: number | undefined): string {
  return place === undefined ? 'rtp' : nameOf('packets', place);
}

function noPacket(rtp: Uint8Array, place: number | undefined): Error {
  const expected = 'an RTP packet of version 2 with a whole header (RFC 3550 §5.1)';
  return invalidValue(packetName(place), expected, lengthOf(rtp));
}

function unfitForCryptex(rtp: Uint8Array, place: number | undefined): Error {
  const profile = uint16At(rtp, extensionOffset(rtp, 0));
  return invalidValue(
    packetName(place),
    'without a header extension, or with one of RFC 8285 and no application bits, for Cryptex',
    new Shown(`one of profile 0x${profile.toString(16)}`),
  );
}
