// @ts-check
/** What the SRTP benchmark measures: the profiles, the ways to call, the shapes of traffic; and the stacks. */
import { startCompiled, startOurs, startWerift } from './peers.mjs';

/** @typedef {import('./contestant.mjs').Contestant} Contestant */

const LIBSRTP = {
  library: 'libsrtp',
  link: ['-lsrtp2'],
  missing: /srtp2\/\w+\.h|-lsrtp2/,
  debian: 'libsrtp2-dev',
};

/**
 * `start` throws a sentence that names what is missing.
 * @type {Record<string, { name: string, start: () => Contestant }>}
 */
export const SRTP_STACKS = {
  ours: { name: 'dtlslib', start: () => startOurs('peers/dtlslib-srtp.mjs', 'srtp/index.js') },
  libsrtp: { name: 'libsrtp', start: () => startCompiled('libsrtp-packets', LIBSRTP) },
  werift: { name: 'werift', start: () => startWerift('peers/werift-srtp.mjs') },
};

/** @param {string} key of `SRTP_STACKS` */
export const nameOf = (key) => SRTP_STACKS[key]?.name ?? key;

/**
 * The rates to reach with 160 bytes of payload, as multiples of the stack's.
 * @type {Record<string, Record<string, number>>}
 */
const TARGETS = {
  SRTP_AES128_CM_SHA1_80: { libsrtp: 2, werift: 10 },
  SRTP_AEAD_AES_128_GCM: { libsrtp: 1, werift: 8 },
};

export const PROFILES = [
  'SRTP_AES128_CM_SHA1_80',
  'SRTP_AES128_CM_SHA1_32',
  'SRTP_AEAD_AES_128_GCM',
  'SRTP_AEAD_AES_256_GCM',
  'AES_256_CM_HMAC_SHA1_80',
];

/** 20 ms of G.711, and video. */
export const PAYLOADS = ['160', '1100'];

/**
 * The shape of the traffic. Each session has keys of its own and so many SSRCs; the packets of a tick go through all
 * of them in turn.
 * @typedef {object} Traffic
 * @property {string} name
 * @property {number} sessions
 * @property {number} ssrcs of each session
 * @property {boolean} [scaling] to see what many streams cost; has no target
 * @property {readonly Call[]} calls of ours that are measured with it; the other stacks have one way to call
 */

/** @typedef {'single' | 'single-out' | 'batch' | 'batch-out'} Call */

/** @type {readonly Traffic[]} */
export const TRAFFIC = [
  { name: 'one SSRC', sessions: 1, ssrcs: 1, calls: ['single', 'single-out', 'batch', 'batch-out'] },
  { name: '64 SSRCs', sessions: 1, ssrcs: 64, calls: ['single', 'batch', 'batch-out'] },
  { name: '1,000 sessions', sessions: 1000, ssrcs: 1, scaling: true, calls: ['single'] },
  { name: '1,000 SSRCs', sessions: 1, ssrcs: 1000, scaling: true, calls: ['single', 'batch'] },
];

/** @type {Record<Call, string>} */
export const CALL_NAMES = {
  single: 'one by one',
  'single-out': 'one by one, in place',
  batch: 'batches',
  'batch-out': 'batches, in place',
};

/**
 * One line of the report: how one stack does one kind of work.
 * @typedef {{ key: string, call: Call, traffic: Traffic }} Line
 */

/** Scaling is measured with the least of them. @param {string} payload */
export const trafficsWith = (payload) =>
  TRAFFIC.filter(({ scaling }) => scaling !== true || payload === PAYLOADS[0]);

/**
 * @param {readonly string[]} stacks
 * @param {Traffic} traffic
 * @returns {Line[]}
 */
export const linesOf = (stacks, traffic) =>
  stacks.flatMap((key) => {
    const calls = key === 'ours' ? traffic.calls : /** @type {const} */ (['single']);
    return calls.map((call) => ({ key, call, traffic }));
  });

/**
 * @param {string} profile
 * @param {string} payload
 * @param {Traffic} traffic
 * @param {string} stack that ours is compared with
 * @returns {number | undefined}
 */
export const targetOf = (profile, payload, traffic, stack) =>
  payload === PAYLOADS[0] && !traffic.scaling ? TARGETS[profile]?.[stack] : undefined;
