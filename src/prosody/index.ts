/**
 * The Prosody DTLS library, name for name: same order of arguments, same return values. Buffers are
 * `Uint8Array`s that are filled, NULL is null, and no function throws for what a C program could pass.
 */
export type { dtlslib_read_data_cb, dtlslib_send_data_cb } from './callbacks.ts';
export {
  type dtlslib_cert,
  dtlslib_create_cert,
  dtlslib_free_cert,
  dtlslib_get_cert_fingerprint,
} from './certificate.ts';
export {
  type dtlslib_hash_type,
  dtlslib_hash_type_sha_1,
  dtlslib_hash_type_sha_224,
  dtlslib_hash_type_sha_256,
  dtlslib_hash_type_sha_384,
  dtlslib_hash_type_sha_512,
  type dtlslib_srtp_mode,
  dtlslib_srtp_mode_aes128_cm_sha1_32,
  dtlslib_srtp_mode_aes128_cm_sha1_80,
} from './constants.ts';
export { type DtlslibOptions, type dtlslib, dtlslib_free, dtlslib_init } from './init.ts';
export {
  type LogModule,
  LogModuleDebugMax,
  LogModuleError,
  LogModuleInfo,
  LogModuleWarning,
  setLogModule,
} from './log.ts';
export {
  dtlslib_continue,
  dtlslib_create_session,
  dtlslib_extract_srtp_keys,
  dtlslib_free_session,
  dtlslib_get_remote_fingerprint,
  dtlslib_get_timeout_ms,
  type dtlslib_session,
  dtlslib_start_handshake,
} from './session.ts';
export {
  type psDTLSSocket,
  psDTLSSocketConfigIPv4,
  psDTLSSocketConfigIPv6,
  psDTLSSocketCreate,
  psDTLSSocketDestroy,
  psDTLSSocketDtorLib,
  psDTLSSocketInitLib,
  psDTLSSocketPoll,
  psDTLSSocketRcv,
  psDTLSSocketSend,
  psDTLSSocketSetLimitTime,
} from './socket.ts';
export { type DtlslibSwitches, dtlslibSwitches } from './switches.ts';
