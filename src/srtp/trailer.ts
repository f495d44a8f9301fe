/** What stands behind the packet in SRTP and SRTCP, as offsets from the packet's end, in bytes. */
export interface Trailer {
  readonly length: number;
  readonly tagAt: number;
  readonly mkiAt: number;
}

export interface RtcpTrailer extends Trailer {
  /** The SRTCP index with its E bit (RFC 3711 §3.4). */
  readonly indexAt: number;
}

/** Bytes of the SRTCP index with its E bit. */
export const RTCP_INDEX_LENGTH = 4;

/** AES-CM: MKI, tag (RFC 3711 §3.1). AES-GCM: tag, MKI (RFC 7714 §8.2). */
export function trailerOf(aead: boolean, tagLength: number, mkiLength: number): Trailer {
  const length = tagLength + mkiLength;
  return aead ? { length, tagAt: 0, mkiAt: tagLength } : { length, mkiAt: 0, tagAt: mkiLength };
}

/** AES-CM: index, MKI, tag (RFC 3711 §3.4). AES-GCM: tag, index, MKI (RFC 7714 §9.2). */
export function rtcpTrailerOf(aead: boolean, tagLength: number, mkiLength: number): RtcpTrailer {
  const length = RTCP_INDEX_LENGTH + tagLength + mkiLength;
  const indexAt = aead ? tagLength : 0;
  const mkiAt = indexAt + RTCP_INDEX_LENGTH;
  return { length, indexAt, mkiAt, tagAt: aead ? 0 : mkiAt + mkiLength };
}
