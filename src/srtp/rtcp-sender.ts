import { writeUint } from '../bytes/bytes.ts';
import { checkBytes, checkInteger, invalidValue } from '../errors/arguments.ts';
import { checkOut, checkSsrc, keyExpired } from './checks.ts';
import type { MasterKey } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import type { PacketPass } from './packet-pass.ts';
import { isRtcpHeader, MAX_PACKET_LENGTH, RTCP_HEADER_LENGTH, rtcpSsrc } from './rtp.ts';
import { RTCP_INDEX_LENGTH } from './trailer.ts';

const MAX_RTCP_INDEX = 2 ** 31 - 1;
/** The E bit, as an int32. */
const ENCRYPTED = 1 << 31;

/** The SRTCP half of a sender (RFC 3711 §3.4). */
export class RtcpSender {
  readonly #config: SrtpConfig;
  readonly #pass: PacketPass;
  /** The next index of each SSRC. */
  readonly #indices = new Map<number, number>();
  #packets = 0;

  constructor(config: SrtpConfig, pass: PacketPass) {
    this.#config = config;
    this.#pass = pass;
  }

  get packets(): number {
    return this.#packets;
  }

  protect(key: MasterKey, rtcp: Uint8Array, out: Uint8Array | undefined): Uint8Array {
    checkBytes('rtcp', rtcp);
    const { length } = rtcp;
    if (length > MAX_PACKET_LENGTH || !isRtcpHeader(rtcp, length))
      throw invalidValue('rtcp', 'an RTCP packet of version 2 (RFC 3550 §6.4)', `${length} bytes`);
    const { rtcpTrailer: trailer, rtcpLifetime, unencryptedRtcp, encrypts } = this.#config;
    const end = length + trailer.length;
    checkOut('out', out, end);
    const ssrc = rtcpSsrc(rtcp);
    const index = this.#indices.get(ssrc) ?? 0;
    if (index > MAX_RTCP_INDEX || key.rtcpPackets >= rtcpLifetime) throw keyExpired('SRTCP', key.rtcpPackets);
    this.#indices.set(ssrc, index + 1);
    key.rtcpPackets++;
    this.#packets++;

    const encrypted = encrypts && !unencryptedRtcp;
    const word = encrypted ? index | ENCRYPTED : index;
    const pass = this.#pass;
    pass.begin();
    pass.packets.set(rtcp);
    pass.add(
      {
        start: 0,
        cipherStart: encrypted ? RTCP_HEADER_LENGTH : length,
        cipherEnd: length,
        gap: 0,
        tagAt: length + trailer.tagAt,
        ssrc,
        indexHigh: index >>> 16,
        indexLow: index & 0xffff,
        suffix: word,
      },
      end,
    );
    key.rtcp.protect(1);
    writeUint(pass.packets, length + trailer.indexAt, word, RTCP_INDEX_LENGTH);
    pass.packets.set(key.mki, length + trailer.mkiAt);
    return out === undefined ? pass.copyOut() : pass.copyTo(out, 0, end);
  }

  index(ssrc: number): number {
    checkSsrc(ssrc);
    return this.#indices.get(ssrc | 0) ?? 0;
  }

  setIndex(ssrc: number, index: number): void {
    checkInteger('index', index, this.index(ssrc), MAX_RTCP_INDEX);
    this.#indices.set(ssrc | 0, index);
  }

  forget(): void {
    this.#indices.clear();
  }
}
