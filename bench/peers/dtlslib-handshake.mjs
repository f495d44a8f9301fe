// @ts-check
/** Full DTLS 1.2 handshakes in dtlslib, in a process of their own. Talks as `../lib/serve-handshakes.mjs` says. */
import { readFileSync } from 'node:fs';
import { connect, handshake, makePair } from '../lib/dtlslib-pair.mjs';
import { serveHandshakes } from '../lib/serve-handshakes.mjs';

/** As in any server some connections are open at all times; without, the compiler forgets what they look like. */
const open = connect(makePair());

await serveHandshakes({
  about() {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    let negotiated = {};
    handshake(makePair(), ({ protocol, cipherSuite, group, srtpProfile, extendedMasterSecret }) => {
      negotiated = { protocol, cipherSuite, group, srtpProfile, extendedMasterSecret };
    });
    return { version: `dtlslib ${version}`, ...negotiated };
  },
  makePair,
  handshake: (pair) => handshake(pair),
});
open.client.close(0);
open.server.close(0);
