import type { SrtpProfileName } from '../../registry/srtp-profiles.ts';

/** SRTP and SRTCP with the keys of one call. */
export interface MediaProtection {
  readonly profile: SrtpProfileName;
  protectRtp(packet: Uint8Array): Uint8Array;
  protectRtcp(packet: Uint8Array): Uint8Array;
  /** Undefined when it is to be discarded, which is counted in `discards`. */
  unprotect(packet: Uint8Array): { readonly kind: 'rtp' | 'rtcp'; readonly packet: Uint8Array } | undefined;
  /** By reason. */
  readonly discards: Readonly<Record<string, number>>;
  /** Overwrites the keys. */
  destroy(): void;
}

/** The way to the peer; a `UdpSocket` is one. */
export interface MediaPath {
  sendMedia(packet: Uint8Array): boolean;
  receiveMedia(): Uint8Array | undefined;
}
