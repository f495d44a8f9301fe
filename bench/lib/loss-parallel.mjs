// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts one task after the other, `pace` ms apart: starting a program takes the processor, and many at once would be
 * in the way of the handshakes under way.
 * @template Task
 * @param {readonly Task[]} tasks
 * @param {number} parallel how many are under way at most
 * @param {number} pace
 * @param {(task: Task, done: number) => Promise<void>} play
 */
export async function inParallel(tasks, parallel, pace, play) {
  /** @type {Set<Promise<void>>} */
  const underWay = new Set();
  let done = 0;
  for (const task of tasks) {
    while (underWay.size >= parallel) await Promise.race(underWay);
    const played = play(task, done).finally(() => {
      underWay.delete(played);
      done++;
    });
    underWay.add(played);
    await sleep(pace);
  }
  await Promise.all(underWay);
}
