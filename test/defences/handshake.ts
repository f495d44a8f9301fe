import type { Defence, NamedTest } from './defence.ts';

const CLIENT = 'src/handshake/client/v12.ts';
const SERVER = 'src/handshake/server/v12.ts';
const PEER = 'src/handshake/core/peer.ts';
const CONFIG = 'src/connection/config.ts';
const ORDER = 'src/connection/message-order.test.ts';
const AUTHENTICATION = 'src/connection/authentication.test.ts';
const MISBEHAVIOUR = 'src/connection/misbehaviour.test.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the test
const MACHINE: NamedTest = ['src/handshake/core/machine.test.ts', '${state} refuses %s (S16)'];
const SERVERS_ORDERS: NamedTest = [
  ORDER,
  'of all orders of the server’s messages a client completes the legal one only (S16)',
];
const CLIENTS_ORDERS: NamedTest = [
  ORDER,
  'of all orders of the client’s messages a server completes the legal one only (S16)',
];
const WRONG_FINISHED: NamedTest = [MISBEHAVIOUR, 'a wrong Finished under the right keys is refused (S16)'];
const ON_THE_WAY: NamedTest = [
  MISBEHAVIOUR,
  'what only Finished covers: a change on the way ends with decrypt_error (S16)',
];

/** S16 and S17. */
export const HANDSHAKE: readonly Defence[] = [
  {
    line: 'S16',
    what: 'A message that is not expected is passed over.',
    file: 'src/handshake/core/machine.ts',
    text: 'if (handler === undefined) {',
    replacement: 'if (handler === undefined) return state;\n  if (handler === null) {',
    tests: [MACHINE, SERVERS_ORDERS, CLIENTS_ORDERS],
  },
  {
    line: 'S16',
    what: 'A client goes on without a ServerKeyExchange, and so without a proof.',
    file: CLIENT,
    text: 'awaitServerKeyExchange: { server_key_exchange: onServerKeyExchange },',
    replacement:
      'awaitServerKeyExchange: { server_key_exchange: onServerKeyExchange, certificate_request: (state) => state },',
    tests: [MACHINE],
  },
  {
    line: 'S16',
    what: 'A client takes CertificateRequests again and again.',
    file: CLIENT,
    text: 'awaitServerHelloDone: { server_hello_done: onServerHelloDone },',
    replacement:
      'awaitServerHelloDone: { server_hello_done: onServerHelloDone, certificate_request: (state) => state },',
    tests: [
      [
        'test/states/client.test.ts',
        'a client completes legal sequences of messages and no others (RFC 5246 §7.4, S16)',
      ],
      SERVERS_ORDERS,
    ],
  },
  {
    line: 'S16',
    what: 'A client takes a HelloVerifyRequest after the ServerHello.',
    file: CLIENT,
    text: 'awaitCertificate: { certificate: onCertificate },',
    replacement: 'awaitCertificate: { certificate: onCertificate, hello_verify_request: (state) => state },',
    tests: [[ORDER, 'a HelloVerifyRequest after the ServerHello is refused']],
  },
  {
    line: 'S16',
    what: 'A server takes a CertificateVerify that it did not ask for.',
    file: SERVER,
    text: 'awaitFinished: { finished: onFinished },',
    replacement: 'awaitFinished: { finished: onFinished, certificate_verify: (state) => state },',
    tests: [
      [
        'test/states/server.test.ts',
        'a server completes legal sequences of messages and no others (RFC 5246 §7.4, S16)',
      ],
      [ORDER, 'a %s that was not asked for'],
    ],
  },
  {
    line: 'S16',
    what: 'A server takes a Certificate that it did not ask for.',
    file: SERVER,
    text: 'awaitClientKeyExchange: { client_key_exchange: onClientKeyExchange },',
    replacement:
      'awaitClientKeyExchange: { client_key_exchange: onClientKeyExchange, certificate: (state) => state },',
    tests: [[ORDER, 'a %s that was not asked for']],
  },
  {
    line: 'S16',
    what: 'A certificate counts without a CertificateVerify.',
    file: SERVER,
    text: 'return peer === undefined ? expectFinished(',
    replacement: 'return peer !== null ? expectFinished(',
    tests: [[ORDER, 'a client that leaves out its %s and counts on']],
  },
  {
    line: 'S16',
    what: 'The signature of a CertificateVerify is not checked.',
    file: SERVER,
    text: "checkSignature(port, 'CertificateVerify', peer.key, verify.scheme, signed, verify.signature);",
    replacement: '',
    tests: [
      [AUTHENTICATION, 'with a CertificateVerify %s is refused (S16)'],
      [
        AUTHENTICATION,
        'with the private key of another is refused: a stolen certificate proves nothing (S16)',
      ],
    ],
  },
  {
    line: 'S16',
    what: 'The signature of a ServerKeyExchange is not checked.',
    file: CLIENT,
    text: "checkSignature(port, 'ServerKeyExchange', peer.key, keyExchange.scheme, signed, keyExchange.signature);",
    replacement: '',
    tests: [
      [MISBEHAVIOUR, 'with a bit of the signature changed'],
      [MISBEHAVIOUR, 'with another key in the parameters'],
      [AUTHENTICATION, 'of another server of the same kind is refused by the signature'],
    ],
  },
  {
    line: 'S16',
    what: 'A signature may be by a scheme that was not offered.',
    file: PEER,
    text: '!port.config.signatureSchemes.includes(scheme) ||',
    replacement: '',
    tests: [[MISBEHAVIOUR, 'signed with a scheme that we know and did not offer']],
  },
  {
    line: 'S16',
    what: 'Anything counts as a signature.',
    file: PEER,
    text: 'if (!key.verify(scheme, data, signature)) {',
    replacement: 'if (scheme === undefined) {',
    tests: [
      [MISBEHAVIOUR, 'with an empty signature'],
      [AUTHENTICATION, 'with a CertificateVerify %s is refused (S16)'],
    ],
  },
  {
    line: 'S16',
    what: 'A client does not look at the Finished.',
    file: CLIENT,
    text: 'checkFinished(port, keyed, body);',
    replacement: '',
    tests: [
      ['test/states/finished.test.ts', '%s and a wrong Finished under the right keys (RFC 5246 §7.4.9, S16)'],
      WRONG_FINISHED,
    ],
  },
  {
    line: 'S16',
    what: 'A server does not look at the Finished.',
    file: SERVER,
    text: 'checkFinished(port, keyed, body);',
    replacement: '',
    tests: [
      ['test/states/finished.test.ts', '%s and a wrong Finished under the right keys (RFC 5246 §7.4.9, S16)'],
      WRONG_FINISHED,
      ON_THE_WAY,
    ],
  },
  {
    line: 'S16',
    what: 'The Finished of both sides are the same.',
    file: 'src/crypto/key-schedule-v12.ts',
    text: "sender === 'client' ? 'client finished' : 'server finished'",
    replacement: "sender === 'client' ? 'client finished' : 'client finished'",
    tests: [['test/vectors/firefox-dtls12.test.ts', 'verify_data of the %s is what the transcript gives']],
  },
  {
    line: 'S16',
    what: 'A Finished is believed without protection.',
    file: 'src/handshake/core/reassembly.ts',
    text: 'if (fragment.type === HandshakeType.finished && epoch === 0)',
    replacement: 'if (fragment.type === HandshakeType.finished && epoch < 0)',
    tests: [
      ['src/handshake/core/reassembly.test.ts', 'a Finished without protection is nobody’s'],
      [ORDER, 'a Finished of the %s without protection is not believed'],
    ],
  },
  {
    line: 'S16',
    what: 'A ServerHelloDone may have any content.',
    file: CLIENT,
    text: "if (body.length > 0) throw malformed('ServerHelloDone', body);",
    replacement: '',
    tests: [[ORDER, 'a ServerHelloDone with a body is malformed']],
  },
  {
    line: 'S16',
    what: 'The certificate need not be of the kind that the suite wants.',
    file: CLIENT,
    text: "if ((peer.key.keyType === 'rsa') !== (authentication === 'rsa')) {",
    replacement: 'if (authentication === undefined) {',
    tests: [[AUTHENTICATION, 'of the wrong kind for the suite is refused']],
  },
  {
    line: 'S16',
    what: 'The application is asked about a peer that has proved nothing.',
    file: SERVER,
    text: 'const signed = port.transcript.bytesBeforeLast;',
    replacement:
      "const signed = port.transcript.bytesBeforeLast;\n  if (typeof port.config.verifyPeer === 'function') port.config.verifyPeer(peer.chain);",
    tests: [[AUTHENTICATION, 'is not asked before the signature was checked']],
  },
  {
    line: 'S17',
    what: 'A server takes an empty Certificate.',
    file: SERVER,
    text: 'peer: identifyPeer(port, body)',
    replacement: 'peer: body.length === 3 ? undefined : identifyPeer(port, body)',
    tests: [[AUTHENTICATION, 'an empty one is fatal with %s (S17)']],
  },
  {
    line: 'S17',
    what: 'A server with SRTP asks for no certificate unless told to.',
    file: CONFIG,
    text: 'const request = options.requestCertificate ?? (checked || srtp);',
    replacement: 'const request = options.requestCertificate ?? (checked || !srtp === srtp);',
    tests: [
      [AUTHENTICATION, 'a server then asks for no certificate, unless there is SRTP or it is told to'],
      [AUTHENTICATION, 'an empty one is fatal with %s (S17)'],
    ],
  },
  {
    line: 'S17',
    what: 'A server that is to check its peer may be told to ask for no certificate.',
    file: CONFIG,
    text: "if (options.role === 'server' && checked && !request) {",
    replacement: "if (options.role === 'server' && checked && request === undefined) {",
    tests: [['src/connection/options.test.ts', 'new DtlsConnection(): an option that is wrong is named']],
  },
];
