// @ts-check
/** Rounds in which the entrants take turns, so that what else the machine does hits all of them. */
import { reasonOf } from './command-line.mjs';

/** @typedef {{ key: string, reason: string }} Absence a stack that has no part in the figures */

/**
 * @template {{ key: string }} Entrant
 * @param {readonly Entrant[]} entrants
 * @param {number} rounds
 * @param {(entrant: Entrant, round: number) => Promise<void>} play
 * @returns {Promise<{ finished: Entrant[], failed: Absence[] }>} half of the rounds of one that failed would compare
 *   with nothing, and so it has not finished
 */
export async function takeTurns(entrants, rounds, play) {
  /** @type {Map<Entrant, string>} */
  const failures = new Map();
  const left = () => entrants.filter((entrant) => !failures.has(entrant));
  for (let round = 0; round < rounds; round++) {
    for (const entrant of left()) {
      await play(entrant, round).catch((error) => failures.set(entrant, reasonOf(error)));
    }
  }
  // Entrants of one stack share its process, and so its end.
  const reasons = new Map([...failures].map(([{ key }, reason]) => [`${key} ${reason}`, { key, reason }]));
  const failed = [...reasons.values()];
  return { finished: left(), failed };
}

/**
 * A missing peer is said and no more, but in CI, where it would look like a pass. Without our own figure the run was
 * for nothing.
 * @param {readonly object[]} finished
 * @param {readonly Absence[]} absent
 */
export function failIfNeeded(finished, absent) {
  const needed = process.env['CI'] === 'true' ? absent : absent.filter(({ key }) => key === 'ours');
  if (finished.length === 0 || needed.length > 0) process.exitCode = 1;
}
