import { writeUint } from '../bytes/bytes.ts';
import { checkBytes, checkInteger, invalidValue, lengthOf, outOfRange } from '../errors/arguments.ts';
import { checkOut, checkSsrc, indicesExhausted, keyExpired } from './checks.ts';
import type { MasterKey } from './master-key.ts';
import type { SrtpConfig } from './options.ts';
import { beginningOf, type PacketPass } from './packet-pass.ts';
import { rtcpJob } from './rtcp-job.ts';
import { isRtcp, isRtcpHeader, MAX_PACKET_LENGTH, rtcpSsrc } from './rtp.ts';
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
    const { rtcpTrailer: trailer, rtcpLifetime, unencryptedRtcp, encrypts } = this.#config;
    const end = length + trailer.length;
    const pass = this.#pass;
    pass.begin();
    // What is no packet is told by the copy, which nobody else can change.
    if (length <= MAX_PACKET_LENGTH) pass.packets.set(rtcp);
    if (length > MAX_PACKET_LENGTH || !isRtcpHeader(pass.packets, 0, length) || !isRtcp(pass.packets))
      throw invalidValue(
        'rtcp',
        'an RTCP packet of version 2 and type 192 to 223 (RFC 3550 §6.4)',
        lengthOf(rtcp),
      );
    checkOut('out', out, end);
    const ssrc = rtcpSsrc(pass.packets, 0);
    const index = this.#indices.get(ssrc) ?? 0;
    if (key.rtcpPackets >= rtcpLifetime) throw keyExpired('SRTCP', key.rtcpPackets);
    if (index > MAX_RTCP_INDEX) throw indicesExhausted('SRTCP', ssrc);
    this.#indices.set(ssrc, index + 1);
    key.rtcpPackets++;
    this.#packets++;

    const encrypted = encrypts && !unencryptedRtcp;
    const word = encrypted ? index | ENCRYPTED : index;
    pass.add(rtcpJob(length, trailer, encrypted, ssrc, word), end);
    key.rtcp.protect(1);
    writeUint(pass.packets, length + trailer.indexAt, word, RTCP_INDEX_LENGTH);
    pass.packets.set(key.mki, length + trailer.mkiAt);
    if (out === undefined) return pass.copyOut();
    pass.copyTo(out, 0, end);
    return beginningOf(out, end);
  }

  index(ssrc: number): number {
    checkSsrc(ssrc);
    return this.#indices.get(ssrc | 0) ?? 0;
  }

  setIndex(ssrc: number, index: number): void {
    checkInteger('index', index, 0, MAX_RTCP_INDEX);
    const next = this.index(ssrc);
    if (index < next)
      throw outOfRange('index', `at least ${next}, for packets of this SSRC have had those before`, index);
    this.#indices.set(ssrc | 0, index);
  }

  clear(): void {
    this.#indices.clear();
  }
}
