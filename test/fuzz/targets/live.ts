import type { Case, Edit } from '../lib/edit.ts';
import { ACTIONS, checkAgreement, LivePair } from '../lib/live-pair.ts';
import { allDatagrams, recordings } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS } from '../lib/road.ts';
import { otherSide, SETUPS, SIDES, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { insist } from '../lib/watched.ts';

/** Edits that make things which the holder of the keys alone can make, or do what the application alone can do. */
const INSIDERS: readonly string[] = ['reseal', 'sealed', ...ACTIONS];

/** What a bad network does, and some that it does not; none of it may stop a handshake. */
const WEATHER: readonly string[] = ['drop', 'double', 'late', 'split', 'crowd', 'refragment', 'renumber'];

/** Each message came once at most, and is one that the other side has sent. */
function checkMessages(pair: LivePair): void {
  for (const side of SIDES) {
    const heard = pair.ends[side].messages.map((message) => Buffer.from(message).toString());
    const said = pair.said.filter(({ from }) => from !== side).map(({ text }) => text);
    for (const text of heard) insist(said.includes(text), `the ${side} was told "${text}" by nobody`);
    insist(new Set(heard).size === heard.length, `the ${side} was told something twice`);
  }
}

/** What is done to a live session by who has no keys harms nothing but the datagrams it is done to. */
function checkUnharmed(pair: LivePair, edits: readonly Edit[]): void {
  for (const { from, text, number } of pair.said) {
    const heard = pair.ends[otherSide(from)].messages.some(
      (message) => Buffer.from(message).toString() === text,
    );
    insist(
      heard || edits.some(({ at }) => at === number),
      `"${text}" did not arrive, although nothing was done to it`,
    );
  }
  for (const side of SIDES) {
    const { error } = pair.ends[side].connection;
    insist(error === undefined, `the ${side} was ended by who has no keys: ${error?.message}`);
  }
}

function run({ setup, edits }: Case): void {
  const pair = new LivePair(setupOf(setup), edits, allDatagrams()).start().run();
  checkAgreement(pair);
  const { client, server } = pair.ends;
  if (edits.every(({ operation }) => WEATHER.includes(operation))) {
    insist(client.connected && server.connected, 'a bad network has stopped the handshake');
  }
  const outsiders = !edits.some(({ operation }) => INSIDERS.includes(operation));
  const established = pair.sent.length;
  pair.talk();
  if (outsiders && edits.every(({ at }) => at >= established)) checkUnharmed(pair, edits);
  pair.sayGoodbye();
  checkAgreement(pair);
  if (!outsiders) return;
  checkMessages(pair);
  if (edits.every(({ at }) => at >= established))
    for (const side of SIDES)
      insist(pair.ends[side].connection.error === undefined, `the ${side} has failed`);
}

export const live: Target = {
  name: 'live',
  about: 'a client and a server of ours, and a man in the middle who makes the edits',
  setups: Object.keys(SETUPS),
  places: (setup) =>
    recordings()
      .filter((recording) => SIDES.some((side) => recording.name === `${setup}, ${side}`))
      .reduce((sum, { inbound }) => sum + inbound.length, 2),
  operations: [...DATAGRAM_OPERATIONS, ...ACTIONS],
  weight: 4,
  run,
};
