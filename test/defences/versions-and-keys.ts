import type { Defence, NamedTest } from './defence.ts';

const CONNECTION = 'src/connection/dtls-connection.ts';
const CONFIG = 'src/connection/config.ts';
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
const RENEGOTIATION: NamedTest = [
  LIVE,
  'asked by the %s under its keys: no_renegotiation, a few times, then silence',
];
const CORRECTLY_SIGNED: NamedTest = [MISBEHAVIOUR, '%s, correctly signed (S21)'];

/** S20 and S21. */
export const VERSIONS_AND_KEYS: readonly Defence[] = [
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
    what: 'X25519 has a secret for keys of any length.',
    file: AGREEMENT,
    text: 'if (peer.length !== X25519_LENGTH) return undefined;',
    replacement: 'if (peer.length !== X25519_LENGTH) return new Uint8Array(32);',
    tests: [[AGREEMENT_TESTS, 'refuses a key of any other length (S21)']],
  },
  {
    line: 'S21',
    what: 'A certificate’s key that is no point goes with any signature.',
    file: KEYS,
    text: '} catch {\n    return undefined;\n  }\n}\n\n/** OpenSSL 3 decodes',
    replacement:
      '} catch {\n    return { keyType: info.keyType, modulusLength: undefined, verify: () => true };\n  }\n}\n\n/** OpenSSL 3 decodes',
    tests: [[KEYS_TESTS, 'refuses points that are not on the curve, or not uncompressed']],
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
