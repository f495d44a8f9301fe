/**
 * What a datagram on a port shared by STUN, DTLS and SRTP is, by its first byte (RFC 7983 §7):
 * 20 to 63 is DTLS, 128 to 191 RTP or RTCP, 0 to 3 STUN.
 */
export function isDtlsDatagram(datagram: Uint8Array): boolean {
  return startsWithin(datagram, 20, 63);
}

/** SRTP or SRTCP, which RFC 5761 §4 tells apart. */
export function isMediaDatagram(datagram: Uint8Array): boolean {
  return startsWithin(datagram, 128, 191);
}

function startsWithin(datagram: Uint8Array, lowest: number, highest: number): boolean {
  const first = datagram[0];
  return first !== undefined && first >= lowest && first <= highest;
}
