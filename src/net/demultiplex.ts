/**
 * What a datagram on a port shared by STUN, DTLS and SRTP is, by its first byte (RFC 7983 §7):
 * 20 to 63 is DTLS, 128 to 191 RTP or RTCP, 0 to 3 STUN.
 */
export function isDtlsDatagram(datagram: Uint8Array): boolean {
  const first = datagram[0];
  return first !== undefined && first >= 20 && first <= 63;
}
