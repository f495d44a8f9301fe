import { describe } from 'vitest';
import { testCampaign, withRememberedCrypto } from './campaign-tests.ts';

withRememberedCrypto();

describe('a server completes legal sequences of messages and no others (RFC 5246 §7.4, S16)', () => {
  testCampaign('a server that requests a certificate', {
    arrangements: [326, 1, 216, 109],
    singleChanges: [528, 154, 183, 191],
    asked: [528, 154, 183, 191],
    doubleOmissions: [15, 0, 9, 6],
    doubleRepetitions: [516, 169, 242, 105],
    doubleInsertions: [1495, 861, 388, 246],
    randomWalks: [801, 91, 447, 263],
  });

  testCampaign('a server that requests none', {
    arrangements: [16, 1, 15, 0],
    singleChanges: [361, 130, 117, 114],
    doubleOmissions: [6, 0, 6, 0],
    doubleRepetitions: [139, 68, 60, 11],
    doubleInsertions: [725, 500, 112, 113],
    randomWalks: [718, 164, 303, 251],
  });

  testCampaign('a server that wants a cookie and a certificate', {
    arrangements: [1011, 1, 779, 231],
    singleChanges: [613, 194, 226, 193],
    doubleOmissions: [16, 0, 10, 6],
    doubleRepetitions: [721, 274, 282, 165],
    randomWalks: [838, 104, 501, 233],
  });

  testCampaign('a server that wants a cookie', {
    arrangements: [35, 1, 34, 0],
    singleChanges: [444, 170, 160, 114],
    doubleOmissions: [7, 0, 7, 0],
    doubleRepetitions: [196, 107, 72, 17],
    randomWalks: [781, 190, 379, 212],
  });
});
