// @ts-check
/** Who shakes hands with whom. */
import * as openssl from './loss-openssl.mjs';
import { OurProcess } from './loss-ours.mjs';

/** @typedef {import('./loss-handshake.mjs').Connect} Connect */
/** @typedef {import('./loss-handshake.mjs').Listen} Listen */
/** @typedef {'ours' | 'ours-openssl-timers' | 'openssl'} Side */

/** @typedef {{ name: string, client: Side, server: Side }} Pair */

/** @type {Record<string, Pair>} client first */
export const PAIRS = {
  ours: { name: 'dtlslib to dtlslib', client: 'ours', server: 'ours' },
  'ours-slow': {
    name: 'the same, timers as openssl',
    client: 'ours-openssl-timers',
    server: 'ours-openssl-timers',
  },
  openssl: { name: 'openssl to openssl', client: 'openssl', server: 'openssl' },
  'ours-openssl': { name: 'dtlslib to openssl', client: 'ours', server: 'openssl' },
  'openssl-ours': { name: 'openssl to dtlslib', client: 'openssl', server: 'ours' },
};

/** @param {string} key one of `PAIRS` */
export const pairOf = (key) => /** @type {Pair} */ (PAIRS[key]);

/** @param {string} key one of `PAIRS` */
export const needsOpenssl = (key) => [pairOf(key).client, pairOf(key).server].includes('openssl');

/** Those of libssl, which its programs have no switch for (`dtls1_start_timer`, `dtls1_double_timeout`). */
const OPENSSL_TIMERS = { initialTimeout: 1000, maximumTimeout: 60_000 };

/** Handshakes without a network between, that do not count. */
const WARM_UP = 100;

/** @param {import('./loss-identities.mjs').Identities} identities */
export function startSides(identities) {
  const client = new OurProcess('client', identities);
  const server = new OurProcess('server', identities);
  /** @type {Record<Side, { connect: Connect, listen: Listen }>} */
  const sides = {
    ours: { connect: (port) => client.connect(port, {}), listen: () => server.listen({}) },
    'ours-openssl-timers': {
      connect: (port) => client.connect(port, OPENSSL_TIMERS),
      listen: () => server.listen(OPENSSL_TIMERS),
    },
    openssl: {
      connect: (port) => openssl.connect(port, identities),
      listen: () => openssl.listen(identities),
    },
  };
  return {
    /** @param {string} key of a pair */
    of(key) {
      const pair = pairOf(key);
      return { connect: sides[pair.client].connect, listen: sides[pair.server].listen };
    },
    /** Code that has not run yet would be compiled on the clock of the first handshakes. */
    async warmUp() {
      for (let n = 0; n < WARM_UP; n++) {
        const listening = await server.listen({});
        const calling = client.connect(listening.port, {});
        await calling.connected;
        calling.close();
        listening.close();
      }
    },
    end: () => Promise.all([client.end(), server.end()]),
  };
}
