import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What may be left behind by any number of cases: caches of the runtime's and of ours, in bytes. */
const MOST_GROWTH = 64 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes that are held when all that can be let go of is. */
export function heldBytes(): number {
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export interface Growth {
  sentence(): string;
  within(): boolean;
}

/** Watches from now on what is held. */
export function memoryGrowth(): Growth {
  const before = heldBytes();
  const grown = (): number => heldBytes() - before;
  return {
    sentence: () => `Memory held has grown by ${(grown() / 1e6).toFixed(1)} MB.`,
    within: () => grown() < MOST_GROWTH,
  };
}
