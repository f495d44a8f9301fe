// @ts-check
/** Full DTLS 1.2 handshakes in dtlslib, in a process of their own. Talks as `../lib/serve-lines.mjs` says. */
import { readFileSync } from 'node:fs';
import { handshake, makePair } from '../lib/dtlslib-pair.mjs';
import { serveLines } from '../lib/serve-lines.mjs';

await serveLines({
  about() {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    let negotiated = {};
    handshake(makePair(), ({ protocol, cipherSuite, group, srtpProfile }) => {
      // Demanded by both sides, as always with SRTP: without it there would have been no handshake.
      negotiated = { protocol, cipherSuite, group, srtpProfile, extendedMasterSecret: true };
    });
    return { version: `dtlslib ${version}`, ...negotiated };
  },
  makePair,
  handshake: (pair) => handshake(pair),
});
