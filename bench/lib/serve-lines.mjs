// @ts-check
/**
 * The contestant's end of the talk with `contestant.mjs`: lines on standard input, one line of JSON on standard output
 * for each.
 */
import { createInterface } from 'node:readline';

/**
 * @param {Record<string, (...words: string[]) => object | Promise<object>>} answers by the first word of a line; the
 *   other words are the arguments
 * @returns {Promise<void>} when standard input ends
 */
export async function serveLines(answers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [word = '', ...rest] = line.split(' ');
    const answer = Object.hasOwn(answers, word) ? answers[word] : undefined;
    if (answer === undefined) throw new Error(`not understood: ${line}`);
    process.stdout.write(`${JSON.stringify(await answer(...rest))}\n`);
  }
}

/**
 * To be called before the clock starts: what preparing left behind is not the measured work's to clean up. (A full
 * collection would also throw away compiled code.)
 */
export const collectGarbage = () => globalThis.gc?.({ type: 'minor' });
