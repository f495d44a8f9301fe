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
const LIVE = 'src/connection/live-session.test.ts';
const AGREEMENT = 'src/crypto/node/agreement.ts';
const AGREEMENT_TESTS = 'src/crypto/node/agreement.test.ts';
const KEYS = 'src/crypto/node/keys.ts';
const KEY_INFO = 'src/crypto/public-key-info.ts';
const KEYS_TESTS = 'src/crypto/node/keys.test.ts';
const MISBEHAVIOUR = 'src/connection/misbehaviour.test.ts';

const BINDING = 'src/handshake/core/external-binding.ts';
const UNKNOWN_KEY_SHARE = 'src/connection/unknown-key-share.test.ts';

const INSIDE: NamedTest = [FINGERPRINTS, 'remoteFingerprints of the %s, checked inside the handshake (S18)'];
const LOCKED: NamedTest = [
  FINGERPRINTS,
  'given after the handshake: until then all is locked, and messages are held',
];
const ONE_WAY: NamedTest = [OPTIONS, 'who checks the peer is said in exactly one way'];
const RENEGOTIATION: NamedTest = [
  LIVE,
  'asked by the %s under its keys: no_renegotiation, a few times, then silence',
];

const CORRECTLY_SIGNED: NamedTest = [MISBEHAVIOUR, '%s, correctly signed (S21)'];

/** S18 to S21. */
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
  {
    line: 'S20',
    what: 'A client takes a ServerHello of any version.',
    file: CLIENT_HELLO,
    text: "if (hello.version !== WireVersion['DTLSv1.2']) {",
    replacement: 'if (hello.version === 0) {',
    tests: [
      [REFUSAL, 'of DTLS 1.0'],
      [REFUSAL, 'of a version above 1.2'],
    ],
  },
  {
    line: 'S20',
    what: 'A server takes a client of DTLS 1.0.',
    file: SERVER_HELLO,
    text: " || hello.version > WireVersion['DTLSv1.2']) {",
    replacement: ') {',
    tests: [[REFUSAL, 'of DTLS 1.0 at most']],
  },
  {
    line: 'S20',
    what: 'A server takes a client of TLS.',
    file: SERVER_HELLO,
    text: 'if (hello.version >> 8 !== 0xfe || ',
    replacement: 'if (',
    tests: [[REFUSAL, 'of TLS']],
  },
  {
    line: 'S20',
    what: 'DTLS 1.0 may be named, and is passed over.',
    file: CONFIG,
    text: "if (version !== 'DTLSv1.2')",
    replacement: "if (version === '')",
    tests: [[OPTIONS, '%s is refused rather than half done']],
  },
  {
    line: 'S20',
    what: 'A client takes a server that does not know secure renegotiation.',
    file: CLIENT_HELLO,
    text: "if (data === undefined) {\n    throw new DtlsError(\n      'ERR_DTLS_INSECURE_RENEGOTIATION'",
    replacement:
      "if (data === undefined) {\n    return;\n    throw new DtlsError(\n      'ERR_DTLS_INSECURE_RENEGOTIATION'",
    tests: [[REFUSAL, 'without renegotiation_info (RFC 5746 §3.4)']],
  },
  {
    line: 'S20',
    what: 'A client takes a first handshake for a renegotiation.',
    file: CLIENT_HELLO,
    text: 'if (readRenegotiationInfo(data)?.length !== 0) {',
    replacement: 'if (readRenegotiationInfo(data) === undefined) {',
    tests: [[REFUSAL, 'with a renegotiation_info that is not empty']],
  },
  {
    line: 'S20',
    what: 'A server takes a first handshake for a renegotiation.',
    file: SERVER_HELLO,
    text: 'if (renegotiated !== undefined && renegotiated.length > 0) {',
    replacement: 'if (renegotiated === null) {',
    tests: [[REFUSAL, 'with a renegotiation_info that is not empty']],
  },
  {
    line: 'S20',
    what: 'A request for renegotiation is not refused.',
    file: CONNECTION,
    text: 'if (this.#driver.takeRenegotiationRequest()) this.#refuseRenegotiation();',
    replacement: '',
    tests: [RENEGOTIATION],
  },
  {
    line: 'S20',
    what: 'Each request for renegotiation gets an answer, without end.',
    file: CONNECTION,
    text: 'if (this.#renegotiationRefusals === MAX_RENEGOTIATION_REFUSALS) return;',
    replacement: '',
    tests: [RENEGOTIATION],
  },
  {
    line: 'S20',
    what: 'A request for renegotiation ends the session.',
    file: CONNECTION,
    text: "this.#sendAlert(AlertLevel.warning, 'no_renegotiation');",
    replacement:
      "this.#sendAlert(AlertLevel.warning, 'no_renegotiation');\n    throw new DtlsError('ERR_DTLS_UNEXPECTED_MESSAGE', 'The peer asked to renegotiate.');",
    tests: [RENEGOTIATION],
  },
  {
    line: 'S21',
    what: 'X25519 has a secret for points of low order: zeros.',
    file: AGREEMENT,
    text: 'publicKey: x25519PublicKey(peer) });\n    } catch {\n      return undefined;',
    replacement: 'publicKey: x25519PublicKey(peer) });\n    } catch {\n      return new Uint8Array(32);',
    tests: [[AGREEMENT_TESTS, 'refuses a point of low order: %s (S21, RFC 8422 §5.11)'], CORRECTLY_SIGNED],
  },
  {
    line: 'S21',
    what: 'ECDH has a secret for points off the curve.',
    file: AGREEMENT,
    text: 'not on the curve\n    } catch {\n      return undefined;',
    replacement: 'not on the curve\n    } catch {\n      return new Uint8Array(32);',
    tests: [
      [
        AGREEMENT_TESTS,
        'refuses points off the curve, the point at infinity, and other forms of a point (S21, RFC 8422 §5.1.2)',
      ],
      CORRECTLY_SIGNED,
    ],
  },
  {
    line: 'S21',
    what: 'Compressed points are taken.',
    file: AGREEMENT,
    text: 'if (peer.length !== CURVE[this.group].pointLength || peer[0] !== UNCOMPRESSED) return undefined;',
    replacement: '',
    tests: [
      [
        AGREEMENT_TESTS,
        'refuses points off the curve, the point at infinity, and other forms of a point (S21, RFC 8422 §5.1.2)',
      ],
    ],
  },
  {
    line: 'S21',
    what: 'Where there is no shared secret, zeros are one.',
    file: 'src/handshake/core/session-v12.ts',
    text: 'const premaster = share.agree(peerPublicKey);',
    replacement: 'const premaster = share.agree(peerPublicKey) ?? new Uint8Array(32);',
    tests: [CORRECTLY_SIGNED],
  },
  {
    line: 'S21',
    what: 'The server may choose a group that was not offered.',
    file: 'src/handshake/client/v12.ts',
    text: 'if (group === undefined || !port.config.groups.includes(group)) {',
    replacement: 'if (group === undefined) {',
    tests: [CORRECTLY_SIGNED],
  },
  {
    line: 'S21',
    what: 'A signature that OpenSSL does not find right is right.',
    file: KEYS,
    text: 'return nodeVerify(digest(scheme.hash), data, keyInput(scheme, this.#key), signature);',
    replacement:
      'return nodeVerify(digest(scheme.hash), data, keyInput(scheme, this.#key), signature) || signature.length < 60;',
    tests: [
      [KEYS_TESTS, 'ECDSA: false when %s'],
      [MISBEHAVIOUR, 'with r and s of zero (S21)'],
    ],
  },
  {
    line: 'S21',
    what: 'An RSA signature may be shorter than the modulus.',
    file: KEYS,
    text: 'if (this.modulusLength !== undefined && signature.length !== Math.ceil(this.modulusLength / 8))',
    replacement: 'if (signature.length > 10_000)',
    tests: [
      [KEYS_TESTS, '%s: false without the zero that a signature begins with (RFC 8017 §8.1.2, §8.2.2)'],
    ],
  },
  {
    line: 'S21',
    what: 'Ed25519 keys of small order are taken.',
    file: KEY_INFO,
    text: "isSmallOrder(raw) ? undefined : { keyType: 'ed25519', raw };",
    replacement: "isSmallOrder(spki) ? undefined : { keyType: 'ed25519', raw };",
    tests: [[KEYS_TESTS, 'refuses an Ed25519 key of small order, whose y is %s (S21)']],
  },
  {
    line: 'S21',
    what: 'RSA keys of any size are taken.',
    file: KEY_INFO,
    text: 'if (modulusLength < RSA_MODULUS_MIN || modulusLength > RSA_MODULUS_MAX || ',
    replacement: 'if (',
    tests: [[KEYS_TESTS, 'takes RSA from 1024 to 8192 bits with odd numbers only']],
  },
  {
    line: 'S21',
    what: 'RSA exponents of any size are taken.',
    file: KEY_INFO,
    text: 'if (bitLength(exponent) < 2 || bitLength(exponent) > 33 || ',
    replacement: 'if (',
    tests: [[KEYS_TESTS, 'takes RSA from 1024 to 8192 bits with odd numbers only']],
  },
];
