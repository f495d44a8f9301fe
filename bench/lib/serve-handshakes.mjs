// @ts-check
/**
 * A contestant for handshakes:
 *
 *   about      versions, and what a handshake negotiated
 *   make N     fresh keys and certificates for N handshakes (not timed)
 *   run        those N handshakes, timed
 */
import { collectGarbage, serveLines } from './serve-lines.mjs';

/**
 * @template Pair
 * @param {{
 *   about: () => object | Promise<object>,
 *   makePair: () => Pair | Promise<Pair>,
 *   handshake: (pair: Pair) => unknown,
 * }} work `handshake` may give a promise; a failed handshake throws.
 * @returns {Promise<void>} when standard input ends
 */
export function serveHandshakes(work) {
  /** @type {Pair[]} */
  let pool = [];
  return serveLines({
    about: work.about,
    async make(count) {
      pool = [];
      for (let i = 0; i < Number(count); i++) pool.push(await work.makePair());
      return { made: 2 * pool.length };
    },
    async run() {
      collectGarbage();
      const answer = await run(pool, work.handshake);
      pool = [];
      return answer;
    },
  });
}

/**
 * @template Pair
 * @param {Pair[]} pool
 * @param {(pair: Pair) => unknown} handshake
 */
async function run(pool, handshake) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const pair of pool) {
    const pending = handshake(pair);
    // A synchronous stack is not made to wait for the microtask queue.
    if (pending instanceof Promise) await pending;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { handshakes: pool.length, seconds, cpuSeconds: (user + system) / 1e6 };
}
