import type { SrtpKeyMaterial } from '../connection/exporter.ts';
import { writeText } from './c-text.ts';
import type { dtlslib_read_data_cb, dtlslib_send_data_cb } from './callbacks.ts';
import { certificates, type dtlslib_cert } from './certificate.ts';
import {
  DTLSLIB_SRTP_KEY_LENGTH,
  type dtlslib_hash_type,
  type dtlslib_srtp_mode,
  hashName,
  srtpMode,
} from './constants.ts';
import { type Handle, Handles } from './handles.ts';
import { type dtlslib, libraries } from './init.ts';
import { reportError, warn } from './log.ts';
import { SessionState } from './session-state.ts';

/** `dtlslib_session*`: one DTLS handshake. */
export type dtlslib_session = Handle<'dtlslib_session'>;

const sessions: Handles<'dtlslib_session', SessionState> = new Handles('dtlslib_session');

function find(caller: string, sess: unknown): SessionState | undefined {
  const state = sessions.find(sess);
  if (state === undefined) reportError(`${caller}: ${sessions.complaint(sess)}`);
  return state;
}

/**
 * Prepares a handshake with a certificate and a UDP endpoint, which is known through the two callbacks and
 * the contexts that are passed to them (Prosody DTLS library, `dtlslib_create_session`). Nothing is sent yet.
 *
 * Gives a new session; null when `lib` or `c` is NULL or was freed, or a callback is no function. The session
 * keeps what it needs of both: they may be freed before it.
 */
export function dtlslib_create_session<SendContext, ReadContext>(
  lib: dtlslib | null,
  c: dtlslib_cert | null,
  send_cb: dtlslib_send_data_cb<SendContext> | null,
  send_ctx: SendContext,
  read_cb: dtlslib_read_data_cb<ReadContext> | null,
  read_ctx: ReadContext,
): dtlslib_session | null {
  const library = libraries.find(lib);
  const certificate = certificates.find(c);
  if (library === undefined) {
    reportError(`dtlslib_create_session: ${libraries.complaint(lib)}`);
  } else if (certificate === undefined) {
    reportError(`dtlslib_create_session: ${certificates.complaint(c)}`);
  } else if (typeof send_cb !== 'function' || typeof read_cb !== 'function') {
    reportError('dtlslib_create_session: a send and a read callback are needed');
  } else {
    const callbacks = {
      send: (data: Uint8Array, len: number): unknown => send_cb(send_ctx, data, len),
      read: (data: Uint8Array, max_len: number): unknown => read_cb(read_ctx, data, max_len),
    };
    return sessions.create(new SessionState(library, certificate.certificate, callbacks));
  }
  return null;
}

/**
 * Ends a session and overwrites its keys (Prosody DTLS library, `dtlslib_free_session`). Sends nothing: a
 * close_notify would end the call at a browser. NULL, or what was freed before, is passed over.
 */
export function dtlslib_free_session(sess: dtlslib_session | null): void {
  sessions.release(sess)?.free();
}

/**
 * Begins the handshake (Prosody DTLS library, `dtlslib_start_handshake`). A client (`is_server` 0) sends its
 * ClientHello; a server (any other value) answers the ClientHello that waits, if one does, with a cookie to be
 * returned, and waits for what comes.
 *
 * Gives 0 when the handshake is under way, 1 when it is complete, -1 when it could not begin: `sess` is NULL or
 * was freed, its handshake was begun before, a callback failed or threw.
 */
export function dtlslib_start_handshake(
  sess: dtlslib_session | null,
  is_server: number | boolean,
): -1 | 0 | 1 {
  const state = find('dtlslib_start_handshake', sess);
  if (state === undefined) return -1;
  if (state.connection !== undefined) {
    reportError('dtlslib_start_handshake: the handshake was started before');
    return -1;
  }
  return state.start(Boolean(is_server));
}

/**
 * Takes the handshake on, when a packet has come or the time of `dtlslib_get_timeout_ms` is over (Prosody DTLS
 * library, `dtlslib_continue`). Reads until the read callback gives 0, sends again what is due, and sends what
 * there is to answer. To be called after completion too, when a packet comes: a peer that lost our last flight
 * repeats its own, and is answered again.
 *
 * Gives 0 while the handshake is under way, 1 when it is complete, and ever after; -1 for an error: `sess` is
 * NULL or was freed, `dtlslib_start_handshake` was not called, the handshake failed, the peer ended the session
 * with a fatal alert. -1 also when a callback failed or threw; that does not end the session, and the next call
 * tries again.
 */
export function dtlslib_continue(sess: dtlslib_session | null): -1 | 0 | 1 {
  const state = find('dtlslib_continue', sess);
  if (state === undefined) return -1;
  if (state.connection === undefined) {
    reportError('dtlslib_continue: dtlslib_start_handshake comes first');
    return -1;
  }
  return state.proceed();
}

/**
 * How long to wait for a packet before calling `dtlslib_continue` anyway (Prosody DTLS library,
 * `dtlslib_get_timeout_ms`). Gives milliseconds, 0 when that time is over; -1 when there is nothing to repeat:
 * for a server that has not answered a hello with a valid cookie, after completion, after a failure, before the
 * start, and when `sess` is NULL or was freed.
 */
export function dtlslib_get_timeout_ms(sess: dtlslib_session | null): number {
  return find('dtlslib_get_timeout_ms', sess)?.timeout() ?? -1;
}

/**
 * Writes the fingerprint of the peer's certificate and a zero into `dest`: upper-case hexadecimal pairs joined
 * by colons, over the whole DER certificate, without the name of the hash (Prosody DTLS library,
 * `dtlslib_get_remote_fingerprint`; RFC 8122 §5). `ht` is the hash that the peer's SDP names. The text has 59,
 * 83, 95, 143 or 191 bytes for sha-1 to sha-512, the zero not counted.
 *
 * Gives the length of the text; 0 when `dest_len` has no room for it and the zero (nothing is written); -1 when
 * `sess` is NULL or was freed, the handshake is not complete, `ht` is unknown, or `dest` is NULL.
 */
export function dtlslib_get_remote_fingerprint(
  sess: dtlslib_session | null,
  ht: dtlslib_hash_type,
  dest: Uint8Array | null,
  dest_len: number,
): number {
  const state = find('dtlslib_get_remote_fingerprint', sess);
  if (state === undefined) return -1;
  const hash = hashName(ht);
  if (hash === undefined) {
    reportError(`dtlslib_get_remote_fingerprint: ${String(ht)} is no dtlslib_hash_type`);
    return -1;
  }
  const text = state.complete ? state.connection?.remoteFingerprint(hash) : undefined;
  if (text === undefined) {
    reportError('dtlslib_get_remote_fingerprint: the handshake is not complete');
    return -1;
  }
  const length = writeText('dtlslib_get_remote_fingerprint', text, dest, dest_len);
  if (length > 0) state.fingerprintRead = true;
  return length;
}

/**
 * Writes the SRTP keys (Prosody DTLS library, `dtlslib_extract_srtp_keys`; RFC 5764 §4.2). Each buffer gets 30
 * bytes, 16 of master key and 14 of master salt: `srtp_tx_key` for what we send, `srtp_rx_key` for what we
 * receive. `mode.value` gets `dtlslib_srtp_mode_aes128_cm_sha1_80` or `_32`.
 *
 * The peer is who it says only if its fingerprint is the one in its SDP: a warning is logged when
 * `dtlslib_get_remote_fingerprint` did not give it before.
 *
 * Gives 0 when all three were written; -1, with nothing written, when `sess` is NULL or was freed, the
 * handshake is not complete, there is no profile in common, an argument is NULL, or a
 * buffer has fewer than 30 bytes.
 */
export function dtlslib_extract_srtp_keys(
  sess: dtlslib_session | null,
  mode: { value: dtlslib_srtp_mode } | null,
  srtp_tx_key: Uint8Array | null,
  srtp_rx_key: Uint8Array | null,
): -1 | 0 {
  const state = find('dtlslib_extract_srtp_keys', sess);
  if (state === undefined) return -1;
  const refuse = (reason: string): -1 => {
    reportError(`dtlslib_extract_srtp_keys: ${reason}`);
    return -1;
  };
  if (typeof mode !== 'object' || mode === null) return refuse('mode is NULL');
  if (!hasRoom(srtp_tx_key)) return refuse('srtp_tx_key must have 30 bytes');
  if (!hasRoom(srtp_rx_key)) return refuse('srtp_rx_key must have 30 bytes');
  if (!state.complete) return refuse('the handshake is not complete');
  const { keys } = state;
  const value = keys && srtpMode(keys.profile);
  if (keys === undefined || value === undefined)
    return refuse('there is no SRTP profile in common with the peer');
  if (!state.fingerprintRead) {
    warn(
      'SRTP keys are taken before dtlslib_get_remote_fingerprint was called: nobody knows who the peer is',
    );
  }
  writeKey(srtp_tx_key, keys.local);
  writeKey(srtp_rx_key, keys.remote);
  mode.value = value;
  return 0;
}

/** Master key, then master salt. */
function writeKey(out: Uint8Array, { masterKey, masterSalt }: SrtpKeyMaterial): void {
  out.set(masterKey);
  out.set(masterSalt, masterKey.length);
}

function hasRoom(buffer: unknown): buffer is Uint8Array {
  return buffer instanceof Uint8Array && buffer.length >= DTLSLIB_SRTP_KEY_LENGTH;
}
