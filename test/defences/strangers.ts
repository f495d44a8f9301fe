import type { Defence } from './defence.ts';

const HOSTILE = 'src/connection/hostile-input.test.ts';
const LATCH = 'src/net/hello-latch.test.ts';

/** S1 to S5. */
export const STRANGERS: readonly Defence[] = [
  {
    line: 'S1',
    what: 'Pieces of a stranger’s hello stand in the way of the true one.',
    file: 'src/handshake/core/driver.ts',
    text: "if (pieces === undefined || verdict !== 'stored') {",
    replacement: 'if (pieces === undefined) {',
    tests: [[HOSTILE, 'a ClientHello from anyone, before one is accepted (S1)']],
  },
  {
    line: 'S1',
    what: 'Before a hello is accepted, other messages are for the state machine.',
    file: 'src/handshake/core/driver.ts',
    text: 'if (fragment.type !== HandshakeType.client_hello || epoch !== 0) {',
    replacement: 'if (epoch !== 0) {',
    tests: [[HOSTILE, 'a ClientHello from anyone, before one is accepted (S1)']],
  },
  {
    line: 'S1',
    what: 'A malformed hello gets an alert though a cookie is wanted.',
    file: 'src/handshake/server/v12.ts',
    text: 'return state; // from whom is not known',
    replacement: "throw malformed('ClientHello', body); //",
    tests: [
      [HOSTILE, 'a malformed one gets no alert where a cookie is wanted: from whom it came is not known'],
    ],
  },
  {
    line: 'S1',
    what: 'An alert ends a server that nobody has called yet.',
    file: 'src/connection/dtls-connection.ts',
    text: 'if (alert === undefined || (record.epoch === 0 && !this.#driver.underway)) {',
    replacement: 'if (alert === undefined) {',
    tests: [
      [
        'src/connection/alerts.test.ts',
        'before a ClientHello none is believed: who sent it is not known (S1)',
      ],
    ],
  },
  {
    line: 'S1',
    what: 'A new hello ends a handshake under way.',
    file: 'src/handshake/core/driver.ts',
    text: 'if (beginsAgain(fragment, this.#reassembly.nextMessageSeq)) {',
    replacement: 'if (fragment.type === HandshakeType.hello_request) {',
    tests: [
      [
        'src/connection/loss.test.ts',
        'a ClientHello to the %s, whatever its number, is of no effect once the flights go to and fro (S1)',
      ],
    ],
  },
  {
    line: 'S1',
    what: 'A hello without protection reaches a live association.',
    file: 'src/record/record-layer.ts',
    text: "this.#peerKeysSeen ? 'plaintext_after_keys' : { plaintext",
    replacement: '{ plaintext',
    tests: [
      [
        'src/connection/live-session.test.ts',
        'a new ClientHello in epoch 0 does not end a live association (S1)',
      ],
    ],
  },
  {
    line: 'S1',
    what: 'A cookie proves an address to which it was not sent.',
    file: 'src/net/hello-latch.ts',
    text: 'return this.#cookies.get(toHex(cookie)) === keyOf(source);',
    replacement: 'return this.#cookies.get(toHex(cookie)) !== undefined && source !== undefined;',
    tests: [
      [LATCH, 'spoils a cookie from an address to which it was not sent: it counts as none'],
      [LATCH, 'does not take for the peer who says hello and then shows a cookie that went elsewhere'],
    ],
  },
  {
    line: 'S1',
    what: 'A hello may hide behind another in its datagram.',
    file: 'src/wire/sole-fragment.ts',
    text: ' || records.remaining > 0',
    replacement: '',
    tests: [[LATCH, 'does not read a datagram of two records or two fragments, whatever their cookies']],
  },
  {
    line: 'S1',
    what: 'A hello may hide behind another in its record.',
    file: 'src/wire/sole-fragment.ts',
    text: ' || fragments.remaining > 0',
    replacement: '',
    tests: [[LATCH, 'does not read a datagram of two records or two fragments, whatever their cookies']],
  },
  {
    line: 'S1',
    what: 'Others than the peer are heard on its socket.',
    file: 'src/net/udp-socket.ts',
    text: "if (!sameAddress(source, this.#peer)) return 'other_source';",
    replacement: '',
    tests: [['src/net/udp-socket.test.ts', 'hears nobody but its peer, from the same address either (S1)']],
  },
  {
    line: 'S2',
    what: 'Any cookie is good.',
    file: 'src/handshake/server/cookies.ts',
    text: 'return this.#crypto.equal(cookie, this.#sign(cookie.subarray(0, NUMBER_LENGTH)));',
    replacement: 'return cookie.length > 0;',
    tests: [[HOSTILE, 'one that %s is as good as none']],
  },
  {
    line: 'S2',
    what: 'A hello without a cookie moves the server on.',
    file: 'src/handshake/server/v12.ts',
    text: 'sendHelloVerifyRequest(port, state.cookies.make());\n    return state;',
    replacement:
      "sendHelloVerifyRequest(port, state.cookies.make());\n    return { ...state, name: 'awaitCertificate' };",
    tests: [[HOSTILE, 'with a wrong cookie it is asked again, and the server holds nothing of it (S2)']],
  },
  {
    line: 'S3',
    what: 'The whole flight goes to whoever says hello, without a cookie.',
    file: 'src/handshake/server/v12.ts',
    text: 'cookies: config.cookieExchange ? new Cookies(config) : undefined,',
    replacement: 'cookies: undefined,',
    tests: [[HOSTILE, 'with a wrong cookie it is asked again, and the server holds nothing of it (S2)']],
  },
  {
    line: 'S3',
    what: 'Each hello of a datagram gets an answer of its own.',
    file: 'src/handshake/core/driver.ts',
    text: '    this.#helloTurns = 0;\n    this.#takeHello(state, hello);',
    replacement: '    this.#takeHello(state, hello);',
    tests: [
      [
        'src/connection/limits.test.ts',
        'gets one HelloVerifyRequest for the end of a hello and a whole other behind it',
      ],
    ],
  },
  {
    line: 'S3',
    what: 'The flight is sent again each time the hello is.',
    file: 'src/handshake/core/retransmission-timer.ts',
    text: 'return this.#deadline === undefined || now >= this.#deadline - this.#timeout / 2;',
    replacement: 'return this.#deadline === undefined || now >= 0;',
    tests: [
      [
        'src/connection/loss.test.ts',
        'a client that repeats its whole hello gets the flight again, but not more often than half the timeout',
      ],
    ],
  },
  {
    line: 'S4',
    what: 'Readers read past the end.',
    file: 'src/bytes/reader.ts',
    text: 'if (!this.#failed && length <= this.#bytes.length - this.#offset) return true;',
    replacement: 'if (!this.#failed) return true;',
    tests: [
      ['src/bytes/reader.test.ts', 'fails the read that would overrun, and gives zero or nothing for it'],
      [
        'src/bytes/reader.test.ts',
        'never throws, never reads past the end, and stays failed once it has failed',
      ],
    ],
  },
  {
    line: 'S4',
    what: 'A length of one byte has a sign: 255 is -1.',
    file: 'src/bytes/reader.ts',
    text: 'return this.bytes(this.u8());',
    replacement: 'return this.bytes((this.u8() << 24) >> 24);',
    tests: [['src/wire/messages/client-hello.test.ts', 'takes a cookie of %i bytes (S4)']],
  },
  {
    line: 'S5',
    what: 'An error that nobody foresaw leaves the connection, and ends whoever called it.',
    file: 'src/connection/dtls-connection.ts',
    text: '} catch (error) {\n      this.#fail(',
    replacement:
      '} catch (error) {\n      if (!(error instanceof DtlsError)) throw error;\n      this.#fail(',
    tests: [['src/connection/options.test.ts', 'that gives %s ends the handshake and nothing else']],
  },
  {
    line: 'S5',
    what: 'What a callback throws goes to whoever brought the datagram.',
    file: 'src/handshake/core/peer.ts',
    text: '} catch (cause) {\n',
    replacement: '} catch (cause) {\n    queueMicrotask(() => { throw cause; });\n    throw cause;\n',
    tests: [
      [
        'src/connection/authentication.test.ts',
        'what it throws ends this handshake of the %s, and goes no further',
      ],
    ],
  },
  {
    line: 'S5',
    what: 'What a logger throws ends the call.',
    file: 'src/connection/dtls-connection.ts',
    text: '} catch {\n          // A logger that fails is no reason for a call to fail.',
    replacement: '} catch (error) {\n          throw error;',
    tests: [['src/connection/reentrancy.test.ts', 'a logger that throws harms nobody']],
  },
  {
    line: 'S5',
    what: 'Datagrams that nobody reads fill memory.',
    file: 'src/net/datagram-queue.ts',
    text: 'return this.#arrivals.length < MAX_DATAGRAMS && this.#bytes + datagram.length <= MAX_BYTES;',
    replacement: 'return datagram.length <= MAX_BYTES;',
    tests: [
      ['src/net/udp-socket.test.ts', 'keeps a bounded queue and counts the rest'],
      [
        'src/net/udp-socket-media.test.ts',
        'keeps the newest 128 that nobody reads, counts the rest, and hears DTLS all the same',
      ],
    ],
  },
];
