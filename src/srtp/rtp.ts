import { int32At, uint16At } from '../bytes/bytes.ts';
import { checkBytes } from '../errors/arguments.ts';

/** The fixed part of an RTP header (RFC 3550 §5.1). */
export const RTP_HEADER_LENGTH = 12;
/** The header of an RTCP packet and the SSRC of its sender, which stay readable (RFC 3711 §3.4). */
export const RTCP_HEADER_LENGTH = 8;
/** What UDP carries at most. */
export const MAX_PACKET_LENGTH = 65_535;

/** The first four bytes of a header extension: "defined by profile", and its length in words (RFC 3550 §5.3.1). */
export const EXTENSION_HEADER_LENGTH = 4;

// A packet is told by where it begins, and where that matters, where it ends.

function isVersion2(packets: Uint8Array, start: number): boolean {
  return ((packets[start] as number) & 0xc0) === 0x80;
}

export function hasExtension(packets: Uint8Array, start: number): boolean {
  return ((packets[start] as number) & 0x10) !== 0;
}

/** Bytes of CSRC list, which begins behind the fixed header. */
export function csrcLength(packets: Uint8Array, start: number): number {
  return ((packets[start] as number) & 0x0f) * 4;
}

/** Where the header extension begins, or would begin. */
export function extensionOffset(packets: Uint8Array, start: number): number {
  return start + RTP_HEADER_LENGTH + csrcLength(packets, start);
}

/** Where the payload begins; -1 when it is no RTP packet with a whole header (RFC 3550 §5.1). */
export function payloadOffset(packets: Uint8Array, start: number, end: number): number {
  if (end - start < RTP_HEADER_LENGTH || !isVersion2(packets, start)) return -1;
  let offset = extensionOffset(packets, start);
  if (hasExtension(packets, start)) {
    if (offset + EXTENSION_HEADER_LENGTH > end) return -1;
    offset += EXTENSION_HEADER_LENGTH + 4 * uint16At(packets, offset + 2);
  }
  return offset <= end ? offset : -1;
}

/** Whether it begins as an RTCP packet does (RFC 3550 §6.4). */
export function isRtcpHeader(packets: Uint8Array, start: number, end: number): boolean {
  return end - start >= RTCP_HEADER_LENGTH && isVersion2(packets, start);
}

export function sequenceNumberOf(packets: Uint8Array, start: number): number {
  return uint16At(packets, start + 2);
}

/** The SSRC of an RTP packet, as a number with a sign: cheaper to look up by. */
export function rtpSsrc(packets: Uint8Array, start: number): number {
  return int32At(packets, start + 8);
}

/** The SSRC of an RTCP packet's sender, with a sign. */
export function rtcpSsrc(packets: Uint8Array, start: number): number {
  return int32At(packets, start + 4);
}

/**
 * Whether a packet on a port that RTP and RTCP share is RTCP, or SRTCP: its second byte is then 192 to 223 (RFC 5761
 * §4). Says nothing about packets that are neither. Throws `ERR_INVALID_ARG_TYPE` for what is no bytes.
 */
export function isRtcp(packet: Uint8Array): boolean {
  checkBytes('packet', packet);
  const type = packet[1];
  return type !== undefined && type >= 192 && type <= 223;
}
