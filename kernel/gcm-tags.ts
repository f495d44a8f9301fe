// The tags of AES-GCM (NIST SP 800-38D §7), over sixteen packets at a time or over one.

import { KEY_STREAM_AT, RESULT, TAG_AT } from '../src/crypto/packets/layout';
import { alignBlocks, beginBlocks, endBlocks, otherBlock, wholeBase, wholeFrom, wholeTo } from './gcm-blocks';
import { begin, end, prepare, take } from './ghash';
import { beginLanes, BLOCKS, endLanes, LANES, prepareLanes, takeLanes } from './ghash-lanes';
import { areAlike } from './lanes';
import { field, KEY_STREAM, PACKETS, setField } from './memory';

/** From how many packets on it pays to take sixteen at a time. */
const ENOUGH = 10;

/** Whether the tables for sixteen at a time are those of the key. */
let hasLanes: bool = false;

/** Readies the key in KEYS: once, before packets of that key. */
export function ghashPrepare(): void {
  prepare();
  hasLanes = false;
}

/** Leaves the hashes of the jobs from `first` on in BLOCKS. */
function hashSixteen(first: i32, lanes: i32, suffixed: bool): void {
  if (!hasLanes) prepareLanes();
  hasLanes = true;
  let most = 0;
  for (let lane = 0; lane < lanes; lane++) most = max(most, beginBlocks(lane, first + lane, suffixed));
  for (let lane = 0; lane < lanes; lane++) alignBlocks(lane, most);
  beginLanes();
  for (let index = 0; index < most; index++) {
    for (let lane = 0; lane < lanes; lane++) {
      const isWhole = index >= wholeFrom(lane) && index < wholeTo(lane);
      const block = isWhole
        ? v128.load(wholeBase(lane) + (index << 4))
        : otherBlock(lane, first + lane, index);
      v128.store(BLOCKS + (lane << 4), block);
    }
    takeLanes();
  }
  endLanes();
  for (let lane = 0; lane < lanes; lane++) endBlocks(first + lane);
}

function hashOne(job: i32, suffixed: bool): v128 {
  const count = beginBlocks(0, job, suffixed);
  begin();
  const from = wholeFrom(0);
  const to = wholeTo(0);
  const base = wholeBase(0);
  for (let index = 0; index < from; index++) take(otherBlock(0, job, index));
  for (let index = from; index < to; index++) take(v128.load(base + (index << 4)));
  for (let index = to; index < count; index++) take(otherBlock(0, job, index));
  endBlocks(job);
  return end();
}

/** Writes or checks the tag: the hash, and the first block of key stream over it. */
@inline
function finish(job: i32, hash: v128, verify: bool): void {
  const at = PACKETS + field(job, TAG_AT);
  const tag = v128.xor(hash, v128.load(KEY_STREAM + field(job, KEY_STREAM_AT)));
  if (!verify) v128.store(at, tag);
  else setField(job, RESULT, v128.any_true(v128.xor(tag, v128.load(at))) ? 0 : 1);
}

/**
 * Writes each packet's tag, or, to verify it, sets its result: 1 where the tag is right, 0 where not. What `suffixed`
 * packets have as suffix ends their associated data.
 */
export function ghashTags(count: i32, suffixed: bool, verify: bool): void {
  for (let job = 0; job < count; ) {
    const lanes = min(count - job, LANES);
    if (lanes >= ENOUGH && areAlike(job, lanes, 16, 8)) {
      hashSixteen(job, lanes, suffixed);
      for (let lane = 0; lane < lanes; lane++) finish(job + lane, v128.load(BLOCKS + (lane << 4)), verify);
      job += lanes;
    } else {
      finish(job, hashOne(job, suffixed), verify);
      job++;
    }
  }
}
