import { fingerprintOf } from '../../lib/ends.ts';
import type { Case } from '../lib/edit.ts';
import { identity } from '../lib/identities.ts';
import { hasLied, MESSAGE_OPERATIONS, misbehave } from '../lib/insider.ts';
import { LivePair } from '../lib/live-pair.ts';
import { MUTATION_NAMES } from '../lib/mutate.ts';
import { optionsOf, otherSide, SETUPS, SIDES, type Side, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { insist } from '../lib/watched.ts';

/** `SETUP: SIDE` */
function partsOf(name: string): { readonly setup: string; readonly side: Side } {
  const [setup = '', side] = name.split(': ');
  return { setup, side: side === 'client' ? 'client' : 'server' };
}

/** What the honest side has agreed to must be something that it offers, with the peer it was told of. */
function checkHonest(pair: LivePair, honest: Side): void {
  const { connection, connected, secrets } = pair.ends[honest];
  if (!connected) return;
  insist(!hasLied(), 'connected with one whose signature or Finished is wrong');
  const [secret] = secrets;
  insist(
    secret !== undefined && pair.ends[otherSide(honest)].secrets.includes(secret),
    'connected with no one',
  );
  const options = optionsOf(pair.setup, honest);
  const { srtpProfile, alpnProtocol, extendedMasterSecret } = connection;
  insist(
    srtpProfile === undefined
      ? options.srtpProfiles === undefined || options.srtpRequired === false
      : options.srtpProfiles?.includes(srtpProfile) === true,
    `connected with SRTP profile ${srtpProfile}`,
  );
  const offered = [
    ...(options.alpnProtocols ?? []),
    ...(options.selectContext === undefined ? [] : ['webrtc']),
  ];
  insist(alpnProtocol === undefined || offered.includes(alpnProtocol), `connected with ALPN ${alpnProtocol}`);
  insist(
    extendedMasterSecret === true || options.srtpProfiles === undefined,
    'connected without extended master secret',
  );
  if (options.insecureNoPeerCheck === true || options.verifyPeer !== undefined) return;
  const expected = fingerprintOf(identity(pair.setup.identities[otherSide(honest)]));
  insist(
    `sha-256 ${connection.remoteFingerprint()}` === expected,
    'connected with a peer that is not the one',
  );
}

function run({ setup: name, edits }: Case): void {
  const { setup, side } = partsOf(name);
  misbehave(side, edits, () => {
    const pair = new LivePair(setupOf(setup), [], [], { misbehaving: side }).start().run();
    checkHonest(pair, otherSide(side));
    pair.talk().sayGoodbye();
    checkHonest(pair, otherSide(side));
  });
}

export const insider: Target = {
  name: 'insider',
  about: 'a client or server that sends edited messages, and whose Finished is right for them',
  setups: Object.keys(SETUPS).flatMap((setup) => SIDES.map((side) => `${setup}: ${side}`)),
  places: () => 8,
  operations: [...MUTATION_NAMES, ...MUTATION_NAMES, ...MESSAGE_OPERATIONS],
  weight: 3,
  run,
};
