import { describe } from 'vitest';
import { testCampaign, withRememberedCrypto } from './campaign-tests.ts';

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
});
