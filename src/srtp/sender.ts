import { int32At, writeUint } from '../bytes/bytes.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import {
  checkBytes,
  checkInteger,
  invalidState,
  invalidValue,
  outOfRange,
  refusedPacket,
} from '../errors/arguments.ts';
import { checkBatch, checkOut, checkSsrc } from './arguments.ts';
import { canBeEncrypted, hasHeaderToEncrypt, markEncrypted, writeEmptyExtension } from './cryptex.ts';
import { MasterKey } from './master-key.ts';
import { readFlag, readSrtpOptions, type SrtpConfig, type SrtpOptions } from './options.ts';
import { PacketPass, viewOf } from './packet-pass.ts';
import type { SrtpSuiteName } from './profiles.ts';
import {
  csrcLength,
  EXTENSION_HEADER_LENGTH,
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

const MAX_RTCP_INDEX = 2 ** 31 - 1;
/** The E bit, as an int32. */
const ENCRYPTED = 1 << 31;

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
  readonly #cryptex: boolean;
  readonly #keys: readonly MasterKey[];
  readonly #pass: PacketPass;
  readonly #streams = new Map<number, RtpStream>();
  /** The next SRTCP index of each SSRC. */
  readonly #rtcpIndices = new Map<number, number>();
  #key: MasterKey;
  #packets = 0;
  #rtcpPackets = 0;
  #destroyed = false;

  /** Throws for options that are wrong, with a `code` and a sentence that says what was expected. */
  constructor(options: SrtpSenderOptions) {
    this.#config = readSrtpOptions(options);
    this.#cryptex = readFlag('cryptex', options.cryptex);
    this.#pass = new PacketPass(nodeCrypto.packetEngine().memory);
    const [first, ...rest] = this.#config.masterKeys;
    if (first === undefined) throw invalidState('There is no master key.');
    this.#key = new MasterKey(nodeCrypto, this.#config, first);
    this.#keys = [this.#key, ...rest.map((key) => new MasterKey(nodeCrypto, this.#config, key))];
  }

  get profile(): SrtpSuiteName {
    return this.#config.parameters.name;
  }

  /** Most bytes that protection adds to an RTP packet: tag and MKI, and with Cryptex 4 for a header extension. */
  get overhead(): number {
    return this.#trailerLength + (this.#cryptex ? EXTENSION_HEADER_LENGTH : 0);
  }

  /** Bytes that protection adds to an RTCP packet: SRTCP index, tag and MKI. */
  get rtcpOverhead(): number {
    return RTCP_INDEX_LENGTH + this.#config.parameters.rtcpTagLength + this.#config.mkiLength;
  }

  get stats(): SrtpSenderStats {
    return { packets: this.#packets, rtcpPackets: this.#rtcpPackets };
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
    this.#check('rtp', rtp, 'out', out);
    const pass = this.#pass;
    pass.begin();
    this.#admit(rtp);
    this.#run();
    if (out !== undefined) return pass.copyTo(out, 0, pass.used);
    return pass.copyOut();
  }

  /**
   * The same for many packets at once, of any SSRCs, at a fraction of the price; the same bytes as one at a time.
   * `outs` has an output for each packet, which may share memory with that packet and no other.
   *
   * All packets are looked at before the first is worked on. Where one is refused for its index or the key's life,
   * nothing of the batch is returned, and the indices before it count as used.
   */
  protectBatch(packets: readonly Uint8Array[], outs?: readonly Uint8Array[]): Uint8Array[] {
    this.#checkOpen();
    checkBatch(packets, outs);
    for (let i = 0; i < packets.length; i++) {
      this.#check('packets', packets[i] as Uint8Array, 'outs', outs?.[i]);
    }
    const results: Uint8Array[] = [];
    const pass = this.#pass;
    const { overhead } = this;
    while (results.length < packets.length) {
      pass.begin();
      for (let i = results.length; i < packets.length; i++) {
        const packet = packets[i] as Uint8Array;
        if (!pass.hasRoomFor(packet.length + overhead)) break;
        this.#admit(packet);
      }
      this.#run();
      const bytes = outs === undefined ? pass.copyOut() : undefined;
      const { count } = pass;
      for (let job = 0; job < count; job++) {
        const start = pass.startOf(job);
        const end = pass.cipherEndOf(job) + this.#trailerLength;
        const out = outs?.[results.length];
        if (bytes !== undefined) results.push(viewOf(bytes, start, end));
        else if (out !== undefined) results.push(pass.copyTo(out, start, end));
      }
    }
    return results;
  }

  /** Makes an SRTCP packet of an RTCP packet, compound or not (RFC 3711 §3.4). `out` and errors as for `protect`. */
  protectRtcp(rtcp: Uint8Array, out?: Uint8Array): Uint8Array {
    this.#checkOpen();
    checkBytes('rtcp', rtcp);
    const { length } = rtcp;
    if (length > MAX_PACKET_LENGTH || !isRtcpHeader(rtcp, length))
      throw invalidValue('rtcp', 'an RTCP packet of version 2 (RFC 3550 §6.4)', `${length} bytes`);
    checkOut('out', out, length + this.rtcpOverhead);
    const key = this.#key;
    const ssrc = rtcpSsrc(rtcp);
    const index = this.#rtcpIndices.get(ssrc) ?? 0;
    if (index > MAX_RTCP_INDEX || key.rtcpPackets >= this.#config.rtcpLifetime)
      throw this.#expired('SRTCP', key.rtcpPackets);
    this.#rtcpIndices.set(ssrc, index + 1);
    key.rtcpPackets++;
    this.#rtcpPackets++;

    const { parameters, mkiLength, unencryptedRtcp } = this.#config;
    const encrypts = !unencryptedRtcp && parameters.cipher !== 'null';
    const word = encrypts ? index | ENCRYPTED : index;
    const aead = parameters.cipher === 'aes-gcm';
    const pass = this.#pass;
    const { packets } = pass;
    packets.set(rtcp);
    // AES-CM: packet, index, MKI, tag (RFC 3711 §3.4). AES-GCM: packet, tag, index, MKI (RFC 7714 §9.2).
    const indexAt = aead ? length + parameters.rtcpTagLength : length;
    const mkiAt = indexAt + RTCP_INDEX_LENGTH;
    const tagAt = aead ? length : mkiAt + mkiLength;
    const end = length + this.rtcpOverhead;
    pass.begin();
    pass.add(
      {
        start: 0,
        cipherStart: encrypts ? RTCP_HEADER_LENGTH : length,
        cipherEnd: length,
        gap: 0,
        tagAt,
        ssrc,
        indexHigh: index >>> 16,
        indexLow: index & 0xffff,
        suffix: word,
      },
      end,
    );
    key.rtcp.protect(1);
    writeUint(packets, indexAt, word, RTCP_INDEX_LENGTH);
    packets.set(key.mki, mkiAt);
    return out === undefined ? pass.copyOut() : pass.copyTo(out, 0, end);
  }

  /** The roll-over counter of the SSRC's packets; undefined when there were none and it was not set. */
  rollOverCounter(ssrc: number): number | undefined {
    checkSsrc(ssrc);
    return this.#streams.get(ssrc | 0)?.rollOverCounter;
  }

  /**
   * Sets the roll-over counter of the SSRC's next packet, as one who goes on with a stream that another began. It can
   * be raised, and not lowered: an index must not be used twice.
   */
  setRollOverCounter(ssrc: number, rollOverCounter: number): void {
    this.#checkOpen();
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

  /** The SRTCP index that the SSRC's next RTCP packet gets: 0 before the first. */
  rtcpIndex(ssrc: number): number {
    checkSsrc(ssrc);
    return this.#rtcpIndices.get(ssrc | 0) ?? 0;
  }

  /** Sets that index, 0 to 2^31 - 1. It can be raised, and not lowered. */
  setRtcpIndex(ssrc: number, index: number): void {
    this.#checkOpen();
    checkInteger('index', index, this.rtcpIndex(ssrc), MAX_RTCP_INDEX);
    this.#rtcpIndices.set(ssrc | 0, index);
  }

  /** From now on packets are protected with the master key of this MKI, one of `masterKeys`; indices go on. */
  useMasterKey(mki: Uint8Array): void {
    this.#checkOpen();
    checkBytes('mki', mki);
    const key = this.#keys.find(
      (candidate) => candidate.mki.length === mki.length && candidate.isNamedAt(mki, 0),
    );
    if (key === undefined) throw invalidValue('mki', 'that of one of "masterKeys"', `${mki.length} bytes`);
    this.#key = key;
  }

  /** Overwrites the keys. Nothing can be protected any more. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const key of this.#keys) key.destroy();
    this.#streams.clear();
    this.#rtcpIndices.clear();
  }

  get #trailerLength(): number {
    return this.#config.parameters.tagLength + this.#config.mkiLength;
  }

  #checkOpen(): void {
    if (this.#destroyed) throw invalidState('The SrtpSender was destroyed.');
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
    let added = this.#trailerLength;
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
  #admit(rtp: Uint8Array): void {
    const key = this.#key;
    const ssrc = rtpSsrc(rtp);
    const sequenceNumber = sequenceNumberOf(rtp);
    const rollOverCounter = this.#use(key, ssrc, sequenceNumber);
    const pass = this.#pass;
    const { packets } = pass;
    const start = pass.used;
    const { parameters, mkiLength } = this.#config;
    const payload = payloadOffset(rtp, rtp.length);
    let cipherStart = start + payload;
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
    if (parameters.cipher === 'null') {
      cipherStart = cipherEnd;
      gap = 0;
    }
    // AES-CM: packet, MKI, tag (RFC 3711 §3.1). AES-GCM: packet, tag, MKI (RFC 7714 §8.2).
    const tagAt = parameters.cipher === 'aes-gcm' ? cipherEnd : cipherEnd + mkiLength;
    pass.add(
      {
        start,
        cipherStart,
        cipherEnd,
        gap,
        tagAt,
        ssrc,
        indexHigh: rollOverCounter,
        indexLow: sequenceNumber,
        suffix: rollOverCounter,
      },
      cipherEnd + this.#trailerLength,
    );
  }

  /** Marks the index as used, and gives its roll-over counter. */
  #use(key: MasterKey, ssrc: number, sequenceNumber: number): number {
    let stream = this.#streams.get(ssrc);
    const rollOverCounter = stream?.estimate(sequenceNumber) ?? 0;
    if (key.packets >= this.#config.lifetime || rollOverCounter > MAX_ROLL_OVER_COUNTER)
      throw this.#expired('SRTP', key.packets);
    if (stream === undefined) {
      stream = new RtpStream(this.#config.replayWindow);
      this.#streams.set(ssrc, stream);
    }
    if (!stream.isFresh(packetIndex(rollOverCounter, sequenceNumber))) {
      throw refusedPacket(
        'ERR_SRTP_INDEX_USED',
        `A packet of SSRC ${ssrc >>> 0} with sequence number ${sequenceNumber} was protected before, or is too old to tell; ` +
          'to send a packet again, send the same SRTP packet.',
      );
    }
    stream.accept(rollOverCounter, sequenceNumber);
    key.packets++;
    this.#packets++;
    return rollOverCounter;
  }

  #run(): void {
    const pass = this.#pass;
    this.#key.rtp.protect(pass.count);
    const { mkiLength, parameters } = this.#config;
    if (mkiLength === 0) return;
    const behindTag = parameters.cipher === 'aes-gcm' ? parameters.tagLength : 0;
    for (let job = 0; job < pass.count; job++)
      pass.packets.set(this.#key.mki, pass.cipherEndOf(job) + behindTag);
  }

  #expired(kind: string, packets: number): Error {
    return refusedPacket(
      'ERR_SRTP_KEY_EXPIRED',
      `The master key has come to the end of its life after ${packets} ${kind} packets (RFC 3711 §9.2, RFC 5764 §4.1.2): ` +
        'the call needs new keys, by a new handshake.',
    );
  }
}
