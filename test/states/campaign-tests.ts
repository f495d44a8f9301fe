import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATES } from './bodies.ts';
import { Campaign, type SettingName } from './campaigns.ts';
import { rememberCrypto } from './crypto-cache.ts';
import { judge } from './grammar.ts';
import { playAll } from './play.ts';
import { distinct, type Sequence } from './sequences.ts';

/** How many sequences are played, and how many of them complete, wait and are refused. */
type Counts = readonly [played: number, complete: number, wait: number, refuse: number];

/** What is left out is not played: another setting stands for it, and test/states/states.ts plays it all. */
export interface ExpectedCounts {
  readonly arrangements?: Counts;
  readonly singleChanges?: Counts;
  /** The same, where the application is asked to sign and to judge the peer. */
  readonly asked?: Counts;
  readonly doubleOmissions: Counts;
  readonly doubleRepetitions?: Counts;
  /** The first of them shows that its sender has the keys, after which nothing counts that comes without them. */
  readonly doubleInsertions?: Counts;
  readonly randomWalks: Counts;
}

/** For the tests of one file, what is dear to compute is computed once. */
export function withRememberedCrypto(): void {
  let forget = (): void => undefined;
  beforeAll(() => {
    forget = rememberCrypto(Object.values(CERTIFICATES));
  });
  afterAll(() => forget());
}

/** The tests of one setting. A player that played nothing, or not what it should, would count something else. */
export function testCampaign(name: SettingName, expected: ExpectedCounts): void {
  const campaign = new Campaign(name);
  const { setting, legal } = campaign;
  const play = (
    what: string,
    sequences: () => Sequence[],
    counts: Counts | undefined,
    asked = false,
  ): void => {
    if (counts === undefined) return;
    const [played, complete, wait, refuse] = counts;
    it(`${what}: ${played} sequences, of which ${complete} complete`, () => {
      const tally = playAll(asked ? { ...setting, asks: 'at once' } : setting, sequences());
      expect(tally).toEqual({ played, complete, wait, refuse, deviations: [] });
    });
  };

  describe(name, () => {
    play('the legal ones', () => [...legal], [legal.length, legal.length, 0, 0]);
    play('each subset of the messages in each order', () => campaign.arrangements(), expected.arrangements);
    play('each change of one move, each swap of two', () => campaign.singleChanges(), expected.singleChanges);
    play('the same with questions', () => campaign.singleChanges(), expected.asked, true);
    play('two omissions', () => campaign.doubleOmissions(), expected.doubleOmissions);
    play('two repetitions', () => campaign.doubleRepetitions(), expected.doubleRepetitions);
    play(
      'two insertions',
      () => campaign.doubleInsertions(['protected application_data']),
      expected.doubleInsertions,
    );
    play('at random', () => campaign.randomWalks(1, 1000), expected.randomWalks);

    it('of all orders those complete in which a legal sequence comes first', () => {
      const completed = campaign
        .arrangements()
        .filter((moves) => judge(setting, moves).outcome === 'complete')
        .map((moves) => moves.slice(0, moves.indexOf('protected finished') + 1));
      const bare = legal.map((moves) => moves.filter((move) => move !== 'change_cipher_spec'));
      expect(new Set(distinct(completed))).toEqual(new Set(bare));
    });
  });
}
