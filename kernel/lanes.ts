// Packets side by side, in the lanes of vectors.

import { CIPHER_END, START } from '../src/crypto/packets/layout';
import { field } from './memory';

/**
 * Whether packets side by side are worth it, for all wait for the longest: whether together they have `times` as many
 * blocks.
 */
export function areAlike(first: i32, lanes: i32, blockLength: i32, times: i32): bool {
  let all = 0;
  let longest = 0;
  for (let job = first; job < first + lanes; job++) {
    const blocks = (field(job, CIPHER_END) - field(job, START)) / blockLength + 2;
    all += blocks;
    longest = max(longest, blocks);
  }
  return all >= longest * times;
}
