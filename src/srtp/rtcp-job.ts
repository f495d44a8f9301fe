import type { PacketJob } from './packet-pass.ts';
import { RTCP_HEADER_LENGTH } from './rtp.ts';
import type { RtcpTrailer } from './trailer.ts';

/** The job of an RTCP packet of `length` bytes at the beginning of the memory; `word` is its index with the E bit. */
export function rtcpJob(
  length: number,
  trailer: RtcpTrailer,
  encrypted: boolean,
  ssrc: number,
  word: number,
): PacketJob {
  return {
    start: 0,
    cipherStart: encrypted ? RTCP_HEADER_LENGTH : length,
    cipherEnd: length,
    gap: 0,
    tagAt: length + trailer.tagAt,
    ssrc,
    indexHigh: (word & 0x7fff_ffff) >>> 16,
    indexLow: word & 0xffff,
    suffix: word,
  };
}
