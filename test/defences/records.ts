import type { Defence, NamedTest } from './defence.ts';

const LAYER = 'src/record/record-layer.ts';
const LAYER_TESTS = 'src/record/record-layer.test.ts';
const PROTECTION = 'src/record/protection-v12.ts';
const PROTECTION_TESTS = 'src/record/protection-v12.test.ts';
const CONNECTION = 'src/connection/dtls-connection.ts';
const LIVE = 'src/connection/live-session.test.ts';
const HOSTILE = 'src/connection/hostile-input.test.ts';
const OWN_NUMBER: NamedTest = [
  LAYER_TESTS,
  'gives each record of an epoch its own, rising number, and each epoch its own count',
];
const TAKEN_ONCE: NamedTest = [
  LIVE,
  'a record is taken once; forged highest numbers and epochs change nothing (S10)',
];
const IN_THE_MIDDLE: NamedTest = [
  LIVE,
  'a bad record in the middle of a datagram is dropped, and those behind it are read (S12)',
];
const UNTIL_KEYS: NamedTest = [
  LAYER_TESTS,
  'plaintext counts until the peer is seen to use its keys, and never again (S11)',
];

/** S9 to S12. */
export const RECORDS: readonly Defence[] = [
  {
    line: 'S9',
    what: 'The explicit nonce is random.',
    file: PROTECTION,
    text: 'writeSequence(record, RECORD_HEADER_LENGTH, epoch, sequenceNumber);',
    replacement: 'record.set(globalThis.crypto.getRandomValues(new Uint8Array(8)), RECORD_HEADER_LENGTH);',
    tests: [
      [
        PROTECTION_TESTS,
        '%s: the explicit nonce is epoch and sequence number, never random (S9, RFC 9325 §7.2.1)',
      ],
    ],
  },
  {
    line: 'S9',
    what: 'The nonce has only the lower 32 bits of the number.',
    file: PROTECTION,
    text: 'writeUint(out, offset + 2, sequenceNumber, 6);',
    replacement: 'writeUint(out, offset + 2, sequenceNumber % 2 ** 32, 6);',
    tests: [[PROTECTION_TESTS, 'never uses a nonce twice (S9): another number, another key stream']],
  },
  {
    line: 'S9',
    what: 'The nonce leaves out the epoch.',
    file: PROTECTION,
    text: 'writeUint(out, offset, epoch, 2);',
    replacement: '',
    tests: [
      [
        PROTECTION_TESTS,
        '%s: the explicit nonce is epoch and sequence number, never random (S9, RFC 9325 §7.2.1)',
      ],
    ],
  },
  {
    line: 'S9',
    what: 'The nonce of ChaCha20-Poly1305 leaves out the number.',
    file: PROTECTION,
    text: 'bytes[4 + i] = (bytes[4 + i] ?? 0) ^ (sequence[i] ?? 0);',
    replacement: 'bytes[4 + i] = bytes[4 + i] ?? 0;',
    tests: [[PROTECTION_TESTS, 'never uses a nonce twice (S9): another number, another key stream']],
  },
  {
    line: 'S9',
    what: 'Records have the same number.',
    file: LAYER,
    text: 'write.nextSequenceNumber++;',
    replacement: '',
    tests: [
      OWN_NUMBER,
      [
        'src/connection/loss.test.ts',
        'keeps messageSeq, and gives every record a new number (RFC 6347 §4.2.4)',
      ],
    ],
  },
  {
    line: 'S9',
    what: 'Keys may be installed again, and the count begins anew.',
    file: LAYER,
    text: 'if (this.#write.has(epoch)) throw new Error(',
    replacement: 'if (epoch < 0) throw new Error(',
    tests: [[LAYER_TESTS, 'keys of an epoch are installed once']],
  },
  {
    line: 'S9',
    what: 'The count begins anew with the version.',
    file: LAYER,
    text: 'const nextSequenceNumber = this.#write.get(0)?.nextSequenceNumber ?? 0;',
    replacement: 'const nextSequenceNumber = 0;',
    tests: [[LAYER_TESTS, 'writes version 1.0 until a version is known, and goes on counting then']],
  },
  {
    line: 'S10',
    what: 'The replay window moves for a record that is not authentic.',
    file: LAYER,
    text: 'const plaintext = read.protection.open(record);',
    replacement:
      'read.window.accept(record.sequenceNumber);\n    const plaintext = read.protection.open(record);',
    tests: [[LAYER_TESTS, 'a forged record with the highest number moves nothing (S10)'], TAKEN_ONCE],
  },
  {
    line: 'S10',
    what: 'The replay window moves by being asked.',
    file: 'src/bytes/replay-window.ts',
    text: 'if (number > this.#highest) return true;',
    replacement: 'if (number > this.#highest) {\n      this.#highest = number;\n      return true;\n    }',
    tests: [['src/bytes/replay-window.test.ts', 'does not move by asking (S10)']],
  },
  {
    line: 'S10',
    what: 'A record may be taken twice.',
    file: LAYER,
    text: "if (!read.window.isFresh(record.sequenceNumber)) return 'replayed';",
    replacement: '',
    tests: [
      [LAYER_TESTS, 'opens each record once'],
      [LAYER_TESTS, 'drops what is older than the window'],
      TAKEN_ONCE,
    ],
  },
  {
    line: 'S10',
    what: 'What is older than the replay window is taken.',
    file: 'src/bytes/replay-window.ts',
    text: 'if (this.isTooOld(number)) return false;',
    replacement: 'if (this.isTooOld(number)) return true;',
    tests: [[LAYER_TESTS, 'drops what is older than the window']],
  },
  {
    line: 'S10',
    what: 'A forged record of a later epoch moves the epoch.',
    file: LAYER,
    text: 'const read = this.#read.get(record.epoch);',
    replacement:
      'const read = this.#read.get(record.epoch);\n    this.#readEpoch = Math.max(this.#readEpoch, record.epoch);',
    tests: [[LAYER_TESTS, 'a forged record of the next epoch, or of one far away, moves nothing (S10)']],
  },
  {
    line: 'S10',
    what: 'Records of any epoch wait for its keys.',
    file: LAYER,
    text: "return this.#readEpoch === 0 && record.epoch === 1 ? 'too_early' : 'unknown_epoch';",
    replacement: "return 'too_early';",
    tests: [[LIVE, 'records of an epoch that will never come are not kept (S10)']],
  },
  {
    line: 'S10',
    what: 'An old record counts as the newest, and moves the address of the peer.',
    file: LAYER,
    text: 'const newest = read.window.accept(record.sequenceNumber) && record.epoch === this.#readEpoch;',
    replacement:
      'const newest = read.window.accept(record.sequenceNumber) || record.epoch === this.#readEpoch;',
    tests: [
      [LAYER_TESTS, 'takes records out of order, and says which was the newest'],
      [LIVE, 'says whether a datagram was authentic and the newest: then its sender has moved'],
    ],
  },
  {
    line: 'S11',
    what: 'A record without protection counts after keys are there.',
    file: LAYER,
    text: "this.#peerKeysSeen ? 'plaintext_after_keys' : { plaintext: record.fragment, newest: false }",
    replacement: '{ plaintext: record.fragment, newest: false }',
    tests: [
      UNTIL_KEYS,
      ['src/connection/alerts.test.ts', 'without protection: dropped, and the session lives (S11)'],
      [LIVE, 'asked by anyone without keys in the name of the %s: dropped'],
    ],
  },
  {
    line: 'S11',
    what: 'A forged record passes for the first one under keys, and what is true of the flight is dropped.',
    file: LAYER,
    text: "if (plaintext === undefined) {\n      read.failures++;\n      return 'bad_tag';\n    }\n    this.#peerKeysSeen = true;",
    replacement:
      "this.#peerKeysSeen = true;\n    if (plaintext === undefined) {\n      read.failures++;\n      return 'bad_tag';\n    }",
    tests: [UNTIL_KEYS],
  },
  {
    line: 'S11',
    what: 'Application data without protection is given to the application.',
    file: CONNECTION,
    text: "if (record.epoch === 0) {\n      this.#discard('unexpected_content_type');",
    replacement: "if (record.epoch < 0) {\n      this.#discard('unexpected_content_type');",
    tests: [[HOSTILE, '%s: dropped, and never given to the application']],
  },
  {
    line: 'S12',
    what: 'A bad record is answered with an alert.',
    file: CONNECTION,
    text: 'this.#discard(opened);\n      if (opened',
    replacement:
      "this.#discard(opened);\n      this.#sendAlert(AlertLevel.fatal, 'bad_record_mac');\n      if (opened",
    tests: [IN_THE_MIDDLE],
  },
  {
    line: 'S12',
    what: 'A bad record ends the connection.',
    file: CONNECTION,
    text: 'this.#discard(opened);\n      if (opened',
    replacement:
      "this.#discard(opened);\n      throw new DtlsError('ERR_DTLS_DECODE', 'A record was bad.');\n      if (opened",
    tests: [IN_THE_MIDDLE, TAKEN_ONCE],
  },
  {
    line: 'S12',
    what: 'The records behind a bad one are not read.',
    file: CONNECTION,
    text: 'if (this.#receiveRecord(record)) newest = true;',
    replacement: 'if (this.#receiveRecord(record)) newest = true;\n      else if (record.epoch > 0) break;',
    tests: [IN_THE_MIDDLE],
  },
];
