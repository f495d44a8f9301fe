import type { Case } from '../lib/edit.ts';
import { checkAgreement, LivePair } from '../lib/live-pair.ts';
import { allDatagrams } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS } from '../lib/road.ts';
import { SETUPS, SIDES, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { insist } from '../lib/watched.ts';

/** Edits that make things which the holder of the keys alone can make. */
const INSIDERS: readonly string[] = ['reseal', 'sealed'];

function run({ setup, edits }: Case): void {
  const pair = new LivePair(setupOf(setup), edits, allDatagrams()).start().run();
  checkAgreement(pair);
  pair.talk();
  checkAgreement(pair);
  if (edits.some(({ operation }) => INSIDERS.includes(operation))) return;
  for (const side of SIDES) {
    for (const message of pair.ends[side].messages) {
      const text = Buffer.from(message).toString();
      insist(/^(client|server) [0-2]$/.test(text) && !text.startsWith(side), `the ${side} was told ${text}`);
    }
    insist(
      new Set(pair.ends[side].messages.map(String)).size === pair.ends[side].messages.length,
      'told twice',
    );
  }
}

export const live: Target = {
  name: 'live',
  about: 'a client and a server of ours, and a man in the middle who makes the edits',
  setups: Object.keys(SETUPS),
  places: () => 16,
  operations: DATAGRAM_OPERATIONS,
  weight: 4,
  run,
};
