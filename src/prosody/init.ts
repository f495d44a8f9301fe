import { DtlsConnection } from '../connection/dtls-connection.ts';
import type { DtlsVersion } from '../registry/versions.ts';
import { isUnsigned } from './c-text.ts';
import { type Handle, Handles } from './handles.ts';
import { describeError, reportError } from './log.ts';

/** `dtlslib*`: what `dtlslib_init` gives and `dtlslib_create_session` takes. */
export type dtlslib = Handle<'dtlslib'>;

/** What this library can be told beyond the C one. */
export interface DtlslibOptions {
  /** Protocol versions; default `['DTLSv1.2']`. */
  readonly versions?: readonly DtlsVersion[];
}

/** What the sessions of one `dtlslib` have in common. */
export interface Library {
  /** Undefined: the default of `DtlsConnection`. */
  readonly versions: readonly DtlsVersion[] | undefined;
  /** A copy of OpenSSL's session ID context; see `dtlslib_init`. */
  readonly sessionContext: Uint8Array;
}

/** SSL_MAX_SID_CTX_LENGTH of OpenSSL, in bytes. */
const MAX_SESSION_CONTEXT_LENGTH = 32;

export const libraries: Handles<'dtlslib', Library> = new Handles('dtlslib');

/**
 * Prepares for DTLS sessions that agree on SRTP_AES128_CM_SHA1_80 or SRTP_AES128_CM_SHA1_32
 * (Prosody DTLS library, `dtlslib_init`).
 *
 * `session_context` is what OpenSSL calls the session ID context: sessions are resumed only under the context
 * they were made in. Every session here is a full handshake and none is resumed, so it is checked and kept,
 * and has no other effect. It is 0 to 32 bytes, and may be NULL when `session_context_len` is 0.
 *
 * Gives a new `dtlslib`; null when the context is longer than 32 bytes, NULL with a length, or shorter than the
 * length says, and when `options.versions` names a version that is unknown or not available.
 */
export function dtlslib_init(
  session_context: Uint8Array | null,
  session_context_len: number,
  options?: DtlslibOptions | null,
): dtlslib | null {
  const sessionContext = readContext(session_context, session_context_len);
  if (sessionContext === undefined) return null;
  const versions = options?.versions;
  try {
    // The connection itself knows best which versions it has.
    new DtlsConnection({
      role: 'client',
      insecureNoPeerCheck: true,
      ...(versions === undefined ? {} : { versions }),
    }).destroy();
  } catch (error) {
    reportError(`dtlslib_init: ${describeError(error)}`);
    return null;
  }
  return libraries.create({ versions: versions === undefined ? undefined : [...versions], sessionContext });
}

/**
 * Ends the use of `lib` (Prosody DTLS library, `dtlslib_free`). Sessions made with it live on, as they do under
 * OpenSSL; new ones cannot be made. NULL, or what was freed before, is passed over.
 */
export function dtlslib_free(lib: dtlslib | null): void {
  libraries.release(lib);
}

function readContext(context: unknown, length: unknown): Uint8Array | undefined {
  if (!isUnsigned(length)) {
    reportError('dtlslib_init: session_context_len is not an unsigned integer');
  } else if (length > MAX_SESSION_CONTEXT_LENGTH) {
    reportError(`dtlslib_init: a session context has at most 32 bytes; this one has ${length}`);
  } else if (length === 0) {
    return new Uint8Array(0);
  } else if (!(context instanceof Uint8Array)) {
    reportError('dtlslib_init: session_context is NULL, but has a length');
  } else if (context.length < length) {
    reportError(
      `dtlslib_init: session_context has ${context.length} bytes, fewer than the ${length} it should`,
    );
  } else {
    return Uint8Array.from(context.subarray(0, length));
  }
  return undefined;
}
