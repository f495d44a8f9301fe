import type { Defence, NamedTest } from './defence.ts';

const FINGERPRINT = 'src/certificate/fingerprint.ts';
const FINGERPRINT_TESTS = 'src/certificate/fingerprint.test.ts';
const CONNECTION = 'src/connection/dtls-connection.ts';
const CONFIG = 'src/connection/config.ts';
const FINGERPRINTS = 'src/connection/fingerprints.test.ts';
const OPTIONS = 'src/connection/options.test.ts';
const CLIENT_HELLO = 'src/handshake/client/hello.ts';
const SERVER_HELLO = 'src/handshake/server/hello.ts';
const REFUSAL = 'src/connection/hello-refusal.test.ts';
const BINDING = 'src/handshake/core/external-binding.ts';
const UNKNOWN_KEY_SHARE = 'src/connection/unknown-key-share.test.ts';
const INSIDE: NamedTest = [FINGERPRINTS, 'remoteFingerprints of the %s, checked inside the handshake (S18)'];
const LOCKED: NamedTest = [
  FINGERPRINTS,
  'given after the handshake: until then all is locked, and messages are held',
];
const ONE_WAY: NamedTest = [OPTIONS, 'who checks the peer is said in exactly one way'];

/** S18 and S19. */
export const AUTHENTICATION: readonly Defence[] = [
  {
    line: 'S18',
    what: 'Any fingerprint matches.',
    file: FINGERPRINT,
    text: 'let matched = false;',
    replacement: 'let matched = true;',
    tests: [[FINGERPRINT_TESTS, '%s: a mismatch, with what was found and what was expected'], INSIDE],
  },
  {
    line: 'S18',
    what: 'The weakest hash counts.',
    file: FINGERPRINT,
    text: "['sha-512', 'sha-384', 'sha-256', 'sha-224', 'sha-1']",
    replacement: "['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']",
    tests: [
      [
        FINGERPRINT_TESTS,
        'counts the most preferred hash only: a match of a weaker one beside a mismatch is none',
      ],
      INSIDE,
    ],
  },
  {
    line: 'S18',
    what: 'Where no hash is known, that is a match.',
    file: FINGERPRINT,
    text: 'if (algorithm === undefined) return { matched: false,',
    replacement: 'if (algorithm === undefined) return { matched: true,',
    tests: [[FINGERPRINT_TESTS, 'does not match by unknown hashes alone'], INSIDE],
  },
  {
    line: 'S18',
    what: 'Of several fingerprints only the last counts.',
    file: FINGERPRINT,
    text: ' || matched;',
    replacement: ';',
    tests: [[FINGERPRINT_TESTS, '%s: several of one hash with one match, in any place'], INSIDE],
  },
  {
    line: 'S18',
    what: 'The beginning of a fingerprint is enough.',
    file: FINGERPRINT,
    text: 'if (isHashName(algorithm) && length !== HASH_LENGTH[algorithm]) {',
    replacement: 'if (length < 0) {',
    tests: [[FINGERPRINT_TESTS, 'refuses a digest of the wrong length for %s']],
  },
  {
    line: 'S18',
    what: 'Fingerprints by md5 are taken.',
    file: FINGERPRINT,
    text: 'if (REFUSED.includes(algorithm)) {',
    replacement: 'if (algorithm === REFUSED.join()) {',
    tests: [[FINGERPRINT_TESTS, 'refuses %s and says why']],
  },
  {
    line: 'S18',
    what: 'The certificate is not held against the fingerprints.',
    file: CONNECTION,
    text: 'checkFingerprint(certificate, fingerprints);\n      },',
    replacement: 'void certificate;\n      },',
    tests: [INSIDE],
  },
  {
    line: 'S18',
    what: 'Fingerprints that come later are not held against the certificate.',
    file: CONNECTION,
    text: 'checkFingerprint(certificate, fingerprints);\n      this.#authenticate();',
    replacement: 'this.#authenticate();',
    tests: [[FINGERPRINTS, 'a mismatch, given %s the handshake, ends it']],
  },
  {
    line: 'S18',
    what: 'Keys and messages are there before the fingerprints.',
    file: CONNECTION,
    text: "this.#remoteFingerprints === 'later' || ",
    replacement: '',
    tests: [LOCKED],
  },
  {
    line: 'S18',
    what: 'Keys can be had as soon as there are any.',
    file: CONNECTION,
    text: 'if (this.#session !== undefined && this.#unlocked) return this.#session;',
    replacement: 'if (this.#session !== undefined) return this.#session;',
    tests: [LOCKED],
  },
  {
    line: 'S18',
    what: 'Nobody need say how the peer is known.',
    file: CONFIG,
    text: 'if (ways + insecure === 1) return;',
    replacement: 'if (ways + insecure <= 1) return;',
    tests: [ONE_WAY],
  },
  {
    line: 'S18',
    what: 'A check and none may be asked for at once.',
    file: CONFIG,
    text: 'if (ways + insecure === 1) return;',
    replacement: 'if (ways + insecure >= 1) return;',
    tests: [ONE_WAY],
  },
  {
    line: 'S18',
    what: 'A polluted prototype says that nobody is checked.',
    file: CONFIG,
    text: 'Object.hasOwn(options, name) ? options[name] : undefined;',
    replacement: 'options[name];',
    tests: [[OPTIONS, 'not by what options have inherited: a polluted prototype decides nothing (S18)']],
  },
  {
    line: 'S18',
    what: 'What is only like true is a yes of verifyPeer.',
    file: 'src/handshake/core/peer.ts',
    text: "if (typeof verdict !== 'boolean') {",
    replacement: "if (typeof verdict === 'bigint') {",
    tests: [['src/connection/authentication.test.ts', '%s is no answer, and refuses']],
  },
  {
    line: 'S18',
    what: 'The no of verifyPeer is not heard.',
    file: 'src/handshake/core/peer.ts',
    text: 'if (!accepted)',
    replacement: 'if (accepted === undefined)',
    tests: [
      ['src/connection/authentication.test.ts', 'false refuses, at the %s'],
      ['src/connection/requests.test.ts', 'shows the %s the chain; false refuses it'],
    ],
  },
  {
    line: 'S19',
    what: 'The extended master secret is not offered.',
    file: CLIENT_HELLO,
    text: 'add(ExtensionType.extended_master_secret, EMPTY);',
    replacement: '',
    tests: [['src/connection/handshake.test.ts', 'handshake of DTLS 1.2: all pairs of choices']],
  },
  {
    line: 'S19',
    what: 'A client does without it though it is required.',
    file: CLIENT_HELLO,
    text: "if (data === undefined && config.extendedMasterSecret === 'required') throw extendedMasterSecretRequired();",
    replacement: '',
    tests: [[REFUSAL, 'without extended_master_secret (S19)']],
  },
  {
    line: 'S19',
    what: 'A server does without it though it is required.',
    file: SERVER_HELLO,
    text: "if (!offer.extendedMasterSecret && config.extendedMasterSecret === 'required')",
    replacement: 'if (config.extendedMasterSecret === undefined)',
    tests: [[REFUSAL, 'without extended_master_secret (S19)']],
  },
  {
    line: 'S19',
    what: 'It is not required with SRTP.',
    file: CONFIG,
    text: "return srtp ? 'required' : 'preferred';",
    replacement: "return 'preferred';",
    tests: [[REFUSAL, 'without extended_master_secret (S19)']],
  },
  {
    line: 'S19',
    what: 'It is agreed on, and the old derivation used.',
    file: 'src/handshake/core/session-v12.ts',
    text: 'const masterSecret = negotiated.extendedMasterSecret',
    replacement: 'const masterSecret = negotiated === undefined',
    tests: [
      [
        'src/connection/keys.test.ts',
        'with extended_master_secret is of all messages up to the ClientKeyExchange (S19, RFC 7627 §4)',
      ],
    ],
  },
  {
    line: 'S19',
    what: 'A client takes the extension with bytes in it.',
    file: CLIENT_HELLO,
    text: "if (data !== undefined && data.length > 0) throw malformed('extended_master_secret', data);",
    replacement: '',
    tests: [[REFUSAL, 'with bytes in extended_master_secret']],
  },
  {
    line: 'S19',
    what: 'What binds the handshake to what was signalled is not compared.',
    file: BINDING,
    text: 'remote === undefined || sameBytes(value, remote)) continue;',
    replacement: 'true) continue;',
    tests: [
      [UNKNOWN_KEY_SHARE, 'not the one that was signalled: the %s refuses it with illegal_parameter (S19)'],
      [UNKNOWN_KEY_SHARE, 'fails with externalSessionId'],
    ],
  },
  {
    line: 'S19',
    what: 'What binds the handshake to what was signalled may be left out though it is required.',
    file: BINDING,
    text: 'if (value === undefined ? !required : ',
    replacement: 'if (value === undefined ? true : ',
    tests: [[UNKNOWN_KEY_SHARE, 'absent, where it is required: the %s refuses']],
  },
  {
    line: 'S19',
    what: 'What binds the handshake to what was signalled may be of the wrong length.',
    file: BINDING,
    text: 'if (data !== undefined && value === undefined) throw malformed(name, data);',
    replacement: '',
    tests: [[UNKNOWN_KEY_SHARE, 'the %s refuses it with decode_error, compared or not (S19)']],
  },
];
