import { describe, expect, it } from 'vitest';
import { flip } from '../lib/middle.ts';
import { withRememberedCrypto } from './campaign-tests.ts';
import { Campaign, type SettingName } from './campaigns.ts';
import { Play } from './play.ts';
import type { Player } from './player.ts';

withRememberedCrypto();

const REFUSED =
  'ERR_DTLS_BAD_FINISHED; srtpKeys locked; exporter locked; send locked; ' +
  'outputs connected 0, message 0, closed 1; sent decrypt_error';

/** Everything of the legal sequence but its Finished. */
function playUntilFinished(name: SettingName): Play {
  const { setting, legal } = new Campaign(name);
  const play = new Play(setting);
  for (const move of legal[0] ?? []) if (move !== 'protected finished') play.move(move);
  return play;
}

/** What a Finished may hold instead of what it should. */
function wrongBodies(player: Player): Readonly<Record<string, Uint8Array>> {
  const { transcript, role } = player;
  const right = player.verifyData();
  const over = (messages: readonly Uint8Array[]): Uint8Array => player.verifyData(role, messages);
  const bodies: Record<string, Uint8Array> = {
    'nothing but zeros': new Uint8Array(12),
    nothing: new Uint8Array(0),
    'a byte too few': right.subarray(0, 11),
    'a byte too many': Uint8Array.of(...right, 0),
    'that of the other role': player.verifyData(role === 'client' ? 'server' : 'client'),
    'that of an empty transcript': over([]),
  };
  for (let i = 0; i < right.length; i++) bodies[`another byte at ${i}`] = flip(right, i);
  transcript.forEach((message, i) => {
    const [before, after] = [transcript.slice(0, i), transcript.slice(i + 1)];
    const type = message[0];
    bodies[`that of a transcript without message ${i}, of type ${type}`] = over([...before, ...after]);
    bodies[`that of one with message ${i} twice`] = over([...before, message, message, ...after]);
    bodies[`that of one with a bit of message ${i} changed`] = over([...before, flip(message), ...after]);
    const [next, ...rest] = after;
    if (next !== undefined)
      bodies[`that of one where message ${i} has changed places`] = over([...before, next, message, ...rest]);
  });
  return bodies;
}

describe.each<readonly [SettingName, number]>([
  ['a client with a certificate', 57],
  ['a client without', 53],
  ['a server that requests a certificate', 53],
  ['a server that requests none', 41],
])('%s and a wrong Finished under the right keys (RFC 5246 §7.4.9, S16)', (name, count) => {
  it(`takes what is right, and none of ${count} others`, () => {
    expect(playUntilFinished(name).move('protected finished').finish()).toMatch(/^connected; keys agree;/);
    const wrong = Object.keys(wrongBodies(playUntilFinished(name).player));
    expect(wrong).toHaveLength(count);
    const outcomes = wrong.map((which) => {
      const play = playUntilFinished(name);
      return [which, play.move('protected finished', wrongBodies(play.player)[which]).finish()];
    });
    expect(outcomes).toEqual(wrong.map((which) => [which, REFUSED]));
  });

  it('the right one after a wrong one comes too late', () => {
    const play = playUntilFinished(name);
    const right = play.player.verifyData();
    play.move('protected finished', new Uint8Array(12)).move('protected finished', right);
    expect(play.finish()).toBe(REFUSED);
  });
});
