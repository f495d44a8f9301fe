import { int32At } from '../bytes/bytes.ts';
import { checkBytes, checkInteger, invalidValue, outOfRange } from '../errors/arguments.ts';
import { checkOut, checkSsrc, indexUsed, keyExpired } from './checks.ts';
import { canBeEncrypted, hasHeaderToEncrypt, markEncrypted, writeEmptyExtension } from './cryptex.ts';
import type { MasterKey } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { type PacketPass, viewOf } from './packet-pass.ts';
import {
  csrcLength,
  EXTENSION_HEADER_LENGTH,
  hasExtension,
  MAX_PACKET_LENGTH,
  payloadOffset,
  RTP_HEADER_LENGTH,
  rtpSsrc,
  sequenceNumberOf,
} from './rtp.ts';
import { MAX_ROLL_OVER_COUNTER, packetIndex, RtpStream } from './rtp-stream.ts';

/** The SRTP half of a sender (RFC 3711 §3.3). */
export class RtpSender {
  readonly #config: SrtpConfig;
  readonly #cryptex: boolean;
  readonly #pass: PacketPass;
  readonly #streams = new Map<number, RtpStream>();
  #packets = 0;

  constructor(config: SrtpConfig, cryptex: boolean, pass: PacketPass) {
    this.#config = config;
    this.#cryptex = cryptex;
    this.#pass = pass;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Most bytes that protection adds. */
  get overhead(): number {
    return this.#config.trailer.length + (this.#cryptex ? EXTENSION_HEADER_LENGTH : 0);
  }

  protect(key: MasterKey, rtp: Uint8Array, out: Uint8Array | undefined): Uint8Array {
    this.#check('rtp', rtp, 'out', out);
    const pass = this.#pass;
    pass.begin();
    this.#admit(key, rtp);
    this.#run(key);
    return out === undefined ? pass.copyOut() : pass.copyTo(out, 0, pass.used);
  }

  protectBatch(
    key: MasterKey,
    packets: readonly Uint8Array[],
    outs: readonly Uint8Array[] | undefined,
  ): Uint8Array[] {
    for (let i = 0; i < packets.length; i++) this.#check('packets', packets[i], 'outs', outs?.[i]);
    const results: Uint8Array[] = [];
    const pass = this.#pass;
    while (results.length < packets.length) {
      pass.begin();
      for (let i = results.length; i < packets.length; i++) {
        const packet = packets[i] as Uint8Array;
        if (!pass.hasRoomFor(packet.length + this.overhead)) break;
        this.#admit(key, packet);
      }
      this.#run(key);
      const bytes = outs === undefined ? pass.copyOut() : undefined;
      const { count } = pass;
      for (let job = 0; job < count; job++) {
        const start = pass.startOf(job);
        const end = pass.cipherEndOf(job) + this.#config.trailer.length;
        const out = outs?.[results.length];
        if (bytes !== undefined) results.push(viewOf(bytes, start, end));
        else if (out !== undefined) results.push(pass.copyTo(out, start, end));
      }
    }
    return results;
  }

  rollOverCounter(ssrc: number): number | undefined {
    checkSsrc(ssrc);
    return this.#streams.get(ssrc | 0)?.rollOverCounter;
  }

  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    checkSsrc(ssrc);
    checkInteger('rollOverCounter', rollOverCounter, 0, MAX_ROLL_OVER_COUNTER);
    const stream = this.#streams.get(ssrc | 0);
    if (stream === undefined) {
      this.#streams.set(ssrc | 0, new RtpStream(this.#config.replayWindow, rollOverCounter));
      return;
    }
    const used = Math.floor(stream.highest / 2 ** 16);
    if (rollOverCounter < used)
      throw outOfRange(
        'rollOverCounter',
        `at least ${used}, which packets of this SSRC have had`,
        rollOverCounter,
      );
    stream.rollOverCounter = rollOverCounter;
  }

  forget(): void {
    this.#streams.clear();
  }

  /** Throws for what is wrong with a packet or its output, before anything changes. */
  #check(name: string, rtp: unknown, outName: string, out: unknown): void {
    checkBytes(name, rtp);
    const { length } = rtp;
    if (length > MAX_PACKET_LENGTH || payloadOffset(rtp, length) < 0)
      throw invalidValue(
        name,
        'an RTP packet of version 2 with a whole header (RFC 3550 §5.1)',
        `${length} bytes`,
      );
    let added = this.#config.trailer.length;
    if (this.#cryptex && hasHeaderToEncrypt(rtp)) {
      if (!hasExtension(rtp)) added += EXTENSION_HEADER_LENGTH;
      else if (!canBeEncrypted(rtp))
        throw invalidValue(
          name,
          'without a header extension, or with one of RFC 8285 and no application bits, for Cryptex',
          `one of profile 0x${(int32At(rtp, RTP_HEADER_LENGTH + csrcLength(rtp)) >>> 16).toString(16)}`,
        );
    }
    checkOut(outName, out, length + added);
  }

  /** Puts a packet into the pass, as the next of its SSRC. */
  #admit(key: MasterKey, rtp: Uint8Array): void {
    const ssrc = rtpSsrc(rtp);
    const sequenceNumber = sequenceNumberOf(rtp);
    const rollOverCounter = this.#use(key, ssrc, sequenceNumber);
    const pass = this.#pass;
    const { packets } = pass;
    const start = pass.used;
    const { trailer, encrypts } = this.#config;
    let cipherStart = start + payloadOffset(rtp, rtp.length);
    let cipherEnd = start + rtp.length;
    let gap = 0;
    if (this.#cryptex && hasHeaderToEncrypt(rtp)) {
      const extension = RTP_HEADER_LENGTH + csrcLength(rtp);
      if (hasExtension(rtp)) {
        packets.set(rtp, start);
        markEncrypted(packets, start + extension);
      } else {
        packets.set(rtp.subarray(0, extension), start);
        packets.set(rtp.subarray(extension), start + extension + EXTENSION_HEADER_LENGTH);
        writeEmptyExtension(packets, start, start + extension);
        markEncrypted(packets, start + extension);
        cipherEnd += EXTENSION_HEADER_LENGTH;
      }
      // CSRCs and extension are encrypted, the extension's first four bytes between them are not (RFC 9335 §6.1).
      cipherStart = start + RTP_HEADER_LENGTH;
      gap = start + extension;
    } else {
      packets.set(rtp, start);
      key.headerExtensions?.crypt(packets, start, ssrc, rollOverCounter, sequenceNumber);
    }
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
    let stream = this.#streams.get(ssrc);
    const rollOverCounter = stream?.estimate(sequenceNumber) ?? 0;
    if (key.packets >= this.#config.lifetime || rollOverCounter > MAX_ROLL_OVER_COUNTER)
      throw keyExpired('SRTP', key.packets);
    if (stream === undefined) {
      stream = new RtpStream(this.#config.replayWindow);
      this.#streams.set(ssrc, stream);
    }
    if (!stream.isFresh(packetIndex(rollOverCounter, sequenceNumber))) throw indexUsed(ssrc, sequenceNumber);
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    return rollOverCounter;
  }

  #run(key: MasterKey): void {
    const pass = this.#pass;
    key.rtp.protect(pass.count);
    if (key.mki.length === 0) return;
    const { mkiAt } = this.#config.trailer;
    for (let job = 0; job < pass.count; job++) pass.packets.set(key.mki, pass.cipherEndOf(job) + mkiAt);
  }
}
