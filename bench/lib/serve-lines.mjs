// @ts-check
/**
 * The contestant's end of the talk with `contestant.mjs`: lines on standard input, one line of JSON on
 * standard output for each.
 *
 *   about      versions, and what a handshake negotiated
 *   make N     fresh keys and certificates for N handshakes (not timed)
 *   run        those N handshakes, timed
 */
import { createInterface } from 'node:readline';

/**
 * @template Pair
 * @param {{
 *   about: () => object | Promise<object>,
 *   makePair: () => Pair | Promise<Pair>,
 *   handshake: (pair: Pair) => unknown,
 * }} work `handshake` may give a promise; a failed handshake throws.
 * @returns {Promise<void>} when standard input ends
 */
export async function serveLines(work) {
  /** @type {Pair[]} */
  let pool = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count] = line.split(' ');
    let answer;
    if (word === 'about') {
      answer = await work.about();
    } else if (word === 'make') {
      pool = [];
      for (let i = 0; i < Number(count); i++) pool.push(await work.makePair());
      answer = { made: 2 * pool.length };
    } else if (word === 'run') {
      // What making the pool left behind is not the handshakes' to clean up. (A full collection would also throw
      // away compiled code.)
      globalThis.gc?.({ type: 'minor' });
      answer = await run(pool, work.handshake);
      pool = [];
    } else {
      throw new Error(`not understood: ${line}`);
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
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
