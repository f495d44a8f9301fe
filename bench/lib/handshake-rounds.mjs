// @ts-check
/** What is asked of a contestant for handshakes; `serve-handshakes.mjs` answers. */

/** Handshakes whose certificates are made at a time: a process full of keys is slower at everything. */
const POOL = 250;

/**
 * @typedef {import('./contestant.mjs').Contestant} Contestant
 *
 * @typedef {object} About What a stack says of itself and of a first handshake.
 * @property {string} version
 * @property {string} protocol
 * @property {string} cipherSuite
 * @property {string} group
 * @property {string} srtpProfile
 * @property {boolean} extendedMasterSecret
 *
 * @typedef {object} Round
 * @property {number} handshakes
 * @property {number} seconds by the clock on the wall
 * @property {number} cpuSeconds that the process took, all its threads together
 */

/**
 * One round: fresh certificates for `handshakes` handshakes, then those handshakes, timed.
 * @param {Contestant} contestant
 * @param {number} handshakes
 * @returns {Promise<Round>}
 */
export async function playRound(contestant, handshakes) {
  const sum = { handshakes: 0, seconds: 0, cpuSeconds: 0 };
  while (sum.handshakes < handshakes) {
    await contestant.ask(`make ${Math.min(POOL, handshakes - sum.handshakes)}`);
    const part = await contestant.ask('run');
    for (const key of /** @type {(keyof Round)[]} */ (Object.keys(sum))) sum[key] += part[key];
  }
  return sum;
}
