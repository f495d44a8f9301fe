import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import * as prosody from '../src/prosody/index.ts';
import { captureLog, createPair, ecdsaCertificate, resetLog } from './prosody-support.ts';

afterEach(resetLog);

/** Each function with what it gives for arguments that are no use. */
const ERRORS: Record<string, readonly unknown[]> = {
  dtlslib_free: [undefined],
  dtlslib_get_cert_fingerprint: [-1],
  dtlslib_free_cert: [undefined],
  dtlslib_create_session: [null],
  dtlslib_free_session: [undefined],
  dtlslib_start_handshake: [-1],
  dtlslib_continue: [-1],
  dtlslib_get_timeout_ms: [-1],
  dtlslib_get_remote_fingerprint: [-1],
  dtlslib_extract_srtp_keys: [-1],
  psDTLSSocketCreate: [null],
  psDTLSSocketDestroy: [undefined],
  psDTLSSocketConfigIPv4: [-1],
  psDTLSSocketConfigIPv6: [-1],
  psDTLSSocketSetLimitTime: [undefined],
  psDTLSSocketPoll: [-1],
  psDTLSSocketSend: [-1],
  psDTLSSocketRcv: [-1],
};

/** What a program may hold instead of a live handle, with handles of other kinds and freed ones among them. */
function useless(): unknown[] {
  const pair = createPair();
  prosody.dtlslib_free_session(pair.client);
  const cert = ecdsaCertificate('freed');
  prosody.dtlslib_free_cert(cert);
  const values = [null, undefined, 0, -1, 1.5, Number.NaN, '', 'text', true, {}, [], new Uint8Array(3)];
  return [...values, pair.client, cert, { handle: 'dtlslib_session' }, () => 0];
}

describe('the Prosody functions', () => {
  const functions = prosody as unknown as Record<string, (...args: unknown[]) => unknown>;

  it.each(Object.entries(ERRORS))(
    '%s gives its error value, and throws for nothing',
    async (name, allowed) => {
      captureLog();
      const values = fc.constantFrom(...useless());
      await fc.assert(
        fc.asyncProperty(fc.array(values, { minLength: 0, maxLength: 6 }), async (args) => {
          expect(allowed).toContain(await functions[name]?.(...args));
        }),
        { numRuns: 60 },
      );
    },
  );
});
