// @ts-check
/** The stacks whose handshakes are measured. */
import { startCompiled, startOurs, startWerift } from './peers.mjs';

/** @typedef {import('./contestant.mjs').Contestant} Contestant */

const LIBSSL = {
  library: 'libssl',
  link: ['-lssl', '-lcrypto'],
  missing: /openssl\/\w+\.h|-lssl|-lcrypto/,
  debian: 'libssl-dev',
};

/**
 * `start` throws a sentence that names what is missing. `target` is the rate to reach, as a multiple of that stack's.
 * @typedef {{ name: string, start: () => Contestant, warmUp: number, target?: number }} Stack
 * @type {Record<string, Stack>}
 */
export const STACKS = {
  ours: {
    name: 'dtlslib',
    start: () => startOurs('peers/dtlslib-handshake.mjs', 'index.js'),
    warmUp: 300,
  },
  openssl: {
    name: 'libssl',
    start: () => startCompiled('openssl-handshake', LIBSSL),
    warmUp: 300,
    target: 1,
  },
  werift: { name: 'werift', start: () => startWerift('peers/werift-handshake.mjs'), warmUp: 60, target: 8 },
};

/** @param {string} key one of `STACKS` */
export const stackOf = (key) => /** @type {Stack} */ (STACKS[key]);
