/** ProtocolVersion on the wire: the ones' complement of the dotted number (RFC 6347 §4.1). */
export const WireVersion = {
  DTLSv1: 0xfeff,
  'DTLSv1.2': 0xfefd,
  'DTLSv1.3': 0xfefc,
} as const;

/** A protocol version as Node and OpenSSL write it. */
export type DtlsVersion = keyof typeof WireVersion;
