import type { Defence, NamedTest } from './defence.ts';

const LAYER = 'src/record/record-layer.ts';
const LAYER_TESTS = 'src/record/record-layer.test.ts';
const CONNECTION = 'src/connection/dtls-connection.ts';
const HOSTILE = 'src/connection/hostile-input.test.ts';
const SUITES = 'src/registry/cipher-suites.ts';
const NO_OTHER_SUITE: NamedTest = [
  'src/registry/registry.test.ts',
  'has no static RSA, no CBC, no NULL and no anonymous suite (S15)',
];

/** S13 to S15. */
export const LIMITS_OF_KEYS: readonly Defence[] = [
  {
    line: 'S13',
    what: 'The numbers of an epoch have no end.',
    file: LAYER,
    text: 'if (sequenceNumber >= write.protection.sealLimit)',
    replacement: 'if (sequenceNumber < 0)',
    tests: [
      [
        LAYER_TESTS,
        'is exhausted with room for last words, and stops at the limit of the key, the last number used once (S13)',
      ],
    ],
  },
  {
    line: 'S13',
    what: 'The numbers of records without protection have no end.',
    file: 'src/record/protection-plaintext.ts',
    text: 'sealLimit: 2 ** 48 - 1,',
    replacement: 'sealLimit: Number.POSITIVE_INFINITY,',
    tests: [[LAYER_TESTS, 'numbers without protection end before they wrap (S13)']],
  },
  {
    line: 'S13',
    what: 'Nothing is left for an alert when a key is used up.',
    file: LAYER,
    text: 'return nextSequenceNumber >= protection.sealLimit - LAST_WORDS;',
    replacement: 'return nextSequenceNumber >= protection.sealLimit;',
    tests: [
      [HOSTILE, 'sealed as many as is safe: the connection ends, the peer is told, nothing is sealed twice'],
    ],
  },
  {
    line: 'S13',
    what: 'A key that is used up does not end the connection.',
    file: CONNECTION,
    text: 'if (this.#records.isExhausted(this.#driver.writeEpoch)) throw keyUsedUp();',
    replacement: '',
    tests: [
      [HOSTILE, 'sealed as many as is safe: the connection ends, the peer is told, nothing is sealed twice'],
    ],
  },
  {
    line: 'S13',
    what: 'Flights are sent again though the key is used up.',
    file: CONNECTION,
    text: 'if (records.isExhausted(epoch)) throw keyUsedUp();',
    replacement: '',
    tests: [[HOSTILE, 'a peer that repeats its Finished for ever cannot make receive() throw']],
  },
  {
    line: 'S13',
    what: 'AES-GCM seals as many records as there are numbers.',
    file: 'src/registry/algorithms.ts',
    text: "'aes-128-gcm': {\n    keyLength: 16,\n    fixedIvLength: 4,\n    explicitNonceLength: 8,\n    sealLimit: 23_726_566,",
    replacement:
      "'aes-128-gcm': {\n    keyLength: 16,\n    fixedIvLength: 4,\n    explicitNonceLength: 8,\n    sealLimit: 2 ** 48 - 1,",
    tests: [[LAYER_TESTS, '%s: seals at most %i records (RFC 9147 §4.5.3)']],
  },
  {
    line: 'S13',
    what: 'Forged records are not counted.',
    file: LAYER,
    text: 'read.failures++;',
    replacement: '',
    tests: [
      [LAYER_TESTS, 'counts forgeries up to the limit of the key (S13)'],
      [HOSTILE, 'forged as many as is safe: the %s ends the connection'],
    ],
  },
  {
    line: 'S13',
    what: 'Forged records without end do not end the connection.',
    file: CONNECTION,
    text: "if (opened === 'bad_tag' && this.#records.forgeryLimitReached) {",
    replacement: "if (opened === 'not_open') {",
    tests: [[HOSTILE, 'forged as many as is safe: the %s ends the connection']],
  },
  {
    line: 'S14',
    what: 'A client takes HelloVerifyRequests without end.',
    file: 'src/handshake/client/hello.ts',
    text: 'if (state.helloVerifyRequests === MAX_HELLO_VERIFY_REQUESTS) {',
    replacement: 'if (state.helloVerifyRequests < 0) {',
    tests: [['src/connection/message-order.test.ts', 'but not for ever']],
  },
  {
    line: 'S15',
    what: 'There is a suite with static RSA.',
    file: SUITES,
    text: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,',
    replacement:
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,\n  TLS_RSA_WITH_AES_128_GCM_SHA256: 0x009c,',
    tests: [NO_OTHER_SUITE],
  },
  {
    line: 'S15',
    what: 'There is a suite in CBC mode.',
    file: SUITES,
    text: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,',
    replacement:
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,\n  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 0xc009,',
    tests: [NO_OTHER_SUITE],
  },
  {
    line: 'S15',
    what: 'A client takes a suite that it did not offer.',
    file: 'src/handshake/client/hello.ts',
    text: 'if (suite === undefined || !config.cipherSuites.includes(suite)) {',
    replacement: 'if (suite === undefined) {',
    tests: [['src/connection/hello-refusal.test.ts', 'with a suite that was not offered']],
  },
];
