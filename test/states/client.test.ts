import { describe, expect, it } from 'vitest';
import { testCampaign, withRememberedCrypto } from './campaign-tests.ts';
import { Campaign } from './campaigns.ts';
import type { Move } from './moves.ts';
import { playAll } from './play.ts';

withRememberedCrypto();

describe('a client completes legal sequences of messages and no others (RFC 5246 §7.4, S16)', () => {
  testCampaign('a client with a certificate', {
    arrangements: [2833, 10, 2797, 26],
    singleChanges: [2229, 526, 756, 947],
    doubleOmissions: [79, 4, 20, 55],
    doubleInsertions: [2397, 1017, 913, 467],
    randomWalks: [885, 60, 527, 298],
  });

  testCampaign('a client without', {
    asked: [2229, 526, 756, 947],
    doubleOmissions: [79, 4, 20, 55],
    randomWalks: [885, 60, 527, 298],
  });

  it('four requests for a cookie are borne, and no fifth', () => {
    const { setting, legal } = new Campaign('a client without');
    const [withRequest = []] = legal;
    const asking = (times: number): Move[] => [
      ...Array.from({ length: times }, (): Move => 'hello_verify_request'),
      ...withRequest.slice(1),
    ];
    const tally = playAll(setting, [0, 1, 2, 3, 4, 5, 6].map(asking));
    expect(tally).toEqual({ played: 7, complete: 5, wait: 0, refuse: 2, deviations: [] });
  });
});
