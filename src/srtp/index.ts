/** SRTP and SRTCP packets: the entry point `dtlslib/srtp`. */

export type { SrtpDiscard, SrtpDiscardReason } from './discard.ts';
export type { SrtpMasterKey, SrtpOptions } from './options.ts';
export {
  SRTP_SUITES,
  type SrtpCryptoSuiteName,
  type SrtpParameters,
  type SrtpSuiteName,
  srtpParameters,
} from './profiles.ts';
export { SrtpReceiver, type SrtpReceiverOptions, type SrtpReceiverStats } from './receiver.ts';
export { isRtcp } from './rtp.ts';
export { SrtpSender, type SrtpSenderOptions, type SrtpSenderStats } from './sender.ts';
