import type { Defence, NamedTest } from './defence.ts';

const REASSEMBLY = 'src/handshake/core/reassembly.ts';
const PARTIAL = 'src/handshake/core/partial-message.ts';
const TESTS = 'src/handshake/core/reassembly.test.ts';

const LIMITS: NamedTest = [TESTS, 'refuses a message over 65,536 bytes, and a ClientHello over 16,384'];
const TOGETHER: NamedTest = [
  TESTS,
  'holds at most 131,072 bytes for all messages, and counts what was taken as free',
];
const NEWER: NamedTest = [TESTS, '%s: the newer takes the place of pieces, and of the older nothing is left'];
const STALLED: NamedTest = [
  'src/connection/loss.test.ts',
  'a handshake that stalls after %i datagrams ends after 60 s, timer and all',
];

/** S6 to S8. */
export const FRAGMENTS: readonly Defence[] = [
  {
    line: 'S6',
    what: 'A message may say that it is as long as it likes.',
    file: REASSEMBLY,
    text: 'return length <= limit && ',
    replacement: 'return limit > 0 && ',
    tests: [LIMITS],
  },
  {
    line: 'S6',
    what: 'A hello of a stranger may be as long as any message.',
    file: REASSEMBLY,
    text: 'type === HandshakeType.client_hello ? MAX_CLIENT_HELLO_LENGTH : MAX_MESSAGE_LENGTH;',
    replacement: 'type === 0 ? MAX_CLIENT_HELLO_LENGTH : MAX_MESSAGE_LENGTH;',
    tests: [LIMITS],
  },
  {
    line: 'S6',
    what: 'All messages of a connection together may hold as much as they like.',
    file: REASSEMBLY,
    text: 'while (this.#buffered + length > MAX_BUFFERED) {',
    replacement: 'while (length > MAX_BUFFERED) {',
    tests: [TOGETHER],
  },
  {
    line: 'S6',
    what: 'What was taken still counts as held.',
    file: REASSEMBLY,
    text: 'this.#buffered -= partial.body.length;\n    const messageSeq = this.#next++;',
    replacement: 'const messageSeq = this.#next++;',
    tests: [TOGETHER],
  },
  {
    line: 'S6',
    what: 'What was dropped for a newer message still counts as held.',
    file: REASSEMBLY,
    text: 'this.#buffered -= partial.body.length;\n      if (this.add(fragment, epoch)',
    replacement: 'if (this.add(fragment, epoch)',
    tests: [[TESTS, 'lets go of the memory of what it drops']],
  },
  {
    line: 'S6',
    what: 'At the end nothing is let go.',
    file: REASSEMBLY,
    text: 'this.#partial.clear();\n    this.#buffered = 0;',
    replacement: '',
    tests: [TOGETHER],
  },
  {
    line: 'S6',
    what: 'A message may be in any number of pieces.',
    file: PARTIAL,
    text: 'if (apart.length >= MAX_PIECES) return false;',
    replacement: '',
    tests: [[TESTS, 'keeps 64 separate pieces of a message; more must wait until gaps have closed']],
  },
  {
    line: 'S6',
    what: 'A datagram may begin any number of messages.',
    file: REASSEMBLY,
    text: ' && this.#begun < MAX_BEGUN',
    replacement: '',
    tests: [[TESTS, 'one datagram begins twelve messages at most, replacements counted']],
  },
  {
    line: 'S6',
    what: 'The messages that a datagram begins may claim any number of bytes.',
    file: REASSEMBLY,
    text: ' && this.#begunBytes + length <= MAX_BEGUN_BYTES',
    replacement: '',
    tests: [[TESTS, 'one datagram begins 131,072 bytes of messages at most, replacements counted']],
  },
  {
    line: 'S6',
    what: 'Messages are kept however far ahead they are.',
    file: REASSEMBLY,
    text: "if (messageSeq > this.#next + WINDOW) return { discard: 'message_ahead' };",
    replacement: '',
    tests: [[TESTS, 'keeps messages up to seven ahead']],
  },
  {
    line: 'S6',
    what: 'Empty fragments of a message that is not empty are taken.',
    file: REASSEMBLY,
    text: "if (fragment.fragment.length === 0 && length > 0) return { discard: 'malformed_fragment' };",
    replacement: '',
    tests: [[TESTS, 'empty fragments of a message that is not empty make no progress and hold nothing']],
  },
  {
    line: 'S6',
    what: 'Any number of records wait for their keys.',
    file: 'src/connection/early-records.ts',
    text: 'this.#records.length > MAX_RECORDS || ',
    replacement: '',
    tests: [
      ['src/connection/early-records.test.ts', 'keeps the newest 16'],
      ['src/connection/loss.test.ts', 'records of epoch 1 before their keys: 16 are kept, then no more'],
    ],
  },
  {
    line: 'S6',
    what: 'Records that wait for their keys may hold any number of bytes.',
    file: 'src/connection/early-records.ts',
    text: ' || this.#bytes > MAX_BYTES',
    replacement: '',
    tests: [['src/connection/early-records.test.ts', 'keeps 8 KiB at most']],
  },
  {
    line: 'S6',
    what: 'Any number of messages wait until the peer is authenticated.',
    file: 'src/connection/dtls-connection.ts',
    text: '} else if (this.#held.length < MAX_HELD) {',
    replacement: '} else if (this.#held.length >= 0) {',
    tests: [['src/connection/fingerprints.test.ts', 'holds 16 messages and no more']],
  },
  {
    line: 'S6',
    what: 'A chain may have any number of certificates.',
    file: 'src/wire/messages/certificate.ts',
    text: ' || chain.length === MAX_CHAIN_LENGTH',
    replacement: '',
    tests: [['src/wire/messages/certificate.test.ts', 'Certificate (RFC 5246 §7.4.2)']],
  },
  {
    line: 'S7',
    what: 'Fragments of another type join.',
    file: PARTIAL,
    text: 'fragment.type !== this.type || ',
    replacement: '',
    tests: [NEWER],
  },
  {
    line: 'S7',
    what: 'Fragments of a message of another length join.',
    file: PARTIAL,
    text: 'fragment.length !== this.body.length || ',
    replacement: '',
    tests: [NEWER],
  },
  {
    line: 'S7',
    what: 'Fragments without protection join those under keys.',
    file: PARTIAL,
    text: ' || epoch !== this.epoch',
    replacement: '',
    tests: [NEWER],
  },
  {
    line: 'S7',
    what: 'Overlaps may differ.',
    file: PARTIAL,
    text: 'if (this.body[i] !== fragment.fragment[i - fragment.fragmentOffset]) return false;',
    replacement: '',
    tests: [NEWER, [TESTS, 'what was dropped leaves no trace: all bytes of a message are of one version']],
  },
  {
    line: 'S7',
    what: 'A forged fragment drops a message that is whole.',
    file: REASSEMBLY,
    text: ' && !partial.complete);',
    replacement: ');',
    tests: [[TESTS, 'a message that is whole stays, for nobody can tell which is the forgery']],
  },
  {
    line: 'S7',
    what: 'What has no protection drops what came under keys.',
    file: REASSEMBLY,
    text: 'const newerWins = epoch > 0 || (partial.epoch === 0 && ',
    replacement: 'const newerWins = epoch > 0 || (',
    tests: [[TESTS, 'what came under keys is not moved by what did not']],
  },
  {
    line: 'S7',
    what: 'A peer may contradict itself under keys.',
    file: REASSEMBLY,
    text: "if (partial.epoch > 0 && epoch > 0) return 'conflict';",
    replacement: '',
    tests: [
      [TESTS, 'under keys a conflict is told as such: it cannot be a forgery'],
      [
        'src/connection/hostile-input.test.ts',
        'that contradict each other under keys are fatal: nobody else can have sent them',
      ],
    ],
  },
  {
    line: 'S8',
    what: 'A handshake that stalls goes on for ever.',
    file: 'src/connection/dtls-connection.ts',
    text: 'if (this.#handshakeDeadline !== undefined && now >= this.#handshakeDeadline) {',
    replacement: 'if (this.#handshakeDeadline === null) {',
    tests: [
      STALLED,
      [
        'src/connection/requests.test.ts',
        'without an answer the handshake ends at its limit (S8); an answer after that is dropped',
      ],
    ],
  },
  {
    line: 'S8',
    what: 'nextTimeout says nothing of the limit.',
    file: 'src/connection/dtls-connection.ts',
    text: 'return deadline ?? this.#handshakeDeadline;\n    return Math.min(deadline, this.#handshakeDeadline);',
    replacement: 'return deadline;\n    return deadline;',
    tests: [
      STALLED,
      [
        'src/connection/requests.test.ts',
        'without an answer the handshake ends at its limit (S8); an answer after that is dropped',
      ],
    ],
  },
  {
    line: 'S8',
    what: 'What an open handshake holds is kept after the end.',
    file: 'src/connection/dtls-connection.ts',
    text: 'this.#driver.destroy();\n',
    replacement: '',
    tests: [['src/connection/loss.test.ts', 'lets go of what it held, though the connection is kept']],
  },
];
