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

function isVersion2(packet: Uint8Array): boolean {
  return ((packet[0] as number) & 0xc0) === 0x80;
}

export function hasExtension(packet: Uint8Array, start = 0): boolean {
  return ((packet[start] as number) & 0x10) !== 0;
}

/** Bytes of CSRC list, which begins behind the fixed header. */
export function csrcLength(packet: Uint8Array, start = 0): number {
  return ((packet[start] as number) & 0x0f) * 4;
}

/** Where the payload begins of an RTP packet that ends at `end`; -1 when it is not one (RFC 3550 §5.1). */
export function payloadOffset(packet: Uint8Array, end: number): number {
  if (end < RTP_HEADER_LENGTH || !isVersion2(packet)) return -1;
  let offset = RTP_HEADER_LENGTH + csrcLength(packet);
  if (hasExtension(packet)) {
    if (offset + EXTENSION_HEADER_LENGTH > end) return -1;
    offset += EXTENSION_HEADER_LENGTH + 4 * uint16At(packet, offset + 2);
  }
  return offset <= end ? offset : -1;
}

/** Whether what ends at `end` begins as an RTCP packet does. */
export function isRtcpHeader(packet: Uint8Array, end: number): boolean {
  return end >= RTCP_HEADER_LENGTH && isVersion2(packet);
}

export function sequenceNumberOf(packet: Uint8Array): number {
  return uint16At(packet, 2);
}

/** The SSRC of an RTP packet, as a number with a sign: cheaper to look up by. */
export function rtpSsrc(packet: Uint8Array): number {
  return int32At(packet, 8);
}

/** The SSRC of an RTCP packet's sender, with a sign. */
export function rtcpSsrc(packet: Uint8Array): number {
  return int32At(packet, 4);
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
