// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what stands in the source

import type { Defence, NamedTest } from './defence.ts';

const GATE = 'src/handshake/server/gate.ts';
const COOKIES = 'src/handshake/server/address-cookies.ts';
const RING = 'src/handshake/server/fragment-ring.ts';
const SERVER = 'src/connection/dtls-server.ts';
const GATE_TESTS = 'src/handshake/server/gate.test.ts';
const COOKIE_TESTS = 'src/handshake/server/gate-cookies.test.ts';
const FRAGMENTS = 'src/handshake/server/gate-fragments.test.ts';
const FRAGMENT_LIMITS = 'src/handshake/server/gate-fragment-limits.test.ts';
const SERVER_TESTS = 'src/connection/dtls-server.test.ts';
const AGAIN = 'src/connection/dtls-server-again.test.ts';
const LIMITS = 'src/connection/dtls-server-limits.test.ts';
const FLOODS = 'src/connection/dtls-server-floods.test.ts';
const REPEATS = 'src/connection/dtls-server-repeats.test.ts';

const FLIPPED: NamedTest = [COOKIE_TESTS, 'every flipped bit: asked again'];
const ELSEWHERE: NamedTest = [COOKIE_TESTS, 'cookies that were collected at other addresses: asked again'];
const NOTHING_KEPT: NamedTest = [
  GATE_TESTS,
  '100,000 hellos without a cookie, each from another address: memory is flat, and none is admitted',
];
const OLDEST: NamedTest = [LIMITS, 'the oldest gives way once it has had a second, and nobody before'];

/** Of S1 to S8, what a server with many peers adds. */
export const MANY_PEERS: readonly Defence[] = [
  {
    line: 'S1',
    what: 'A hello with a good cookie ends the live association of its address.',
    file: SERVER,
    text: 'const { pending } = place;\n    const [oldest] = this.#pending;',
    replacement:
      'const { pending, live } = place;\n    if (live !== undefined) this.#replace(live);\n    const [oldest] = this.#pending;',
    tests: [
      [AGAIN, 'after %i of its datagrams the old one goes on talking both ways'],
      [AGAIN, 'a new handshake that comes to nothing leaves the old association as it was (S5)'],
    ],
  },
  {
    line: 'S1',
    what: 'A new handshake replaces the live association before the peer is authenticated.',
    file: SERVER,
    text: "if (output?.type === 'connected') this.#promote(association);",
    replacement: 'this.#promote(association);',
    tests: [
      [AGAIN, 'after %i of its datagrams the old one goes on talking both ways'],
      [AGAIN, 'replaces it only once the peer is checked, where fingerprints come later'],
    ],
  },
  {
    line: 'S1',
    what: 'A hello goes to the connection of its address, cookie or not.',
    file: SERVER,
    text: 'if (place === undefined || (hello !== undefined && !isRepeated(hello, place.pending))) {',
    replacement: 'if (place === undefined) {',
    tests: [[AGAIN, 'after %i of them the new one has replaced it']],
  },
  {
    line: 'S2',
    what: 'The gate takes any cookie.',
    file: COOKIES,
    text: 'return this.#crypto.equal(cookie, this.#sign(key, this.#period - age, subject));',
    replacement: 'return key.length > 0 && subject.length > 0;',
    tests: [FLIPPED, ELSEWHERE],
  },
  {
    line: 'S4',
    what: 'The gate takes cookies of any length.',
    file: COOKIES,
    text: 'if (age === undefined) return false;',
    replacement: 'if (age === undefined) return cookie.length > 0;',
    tests: [[GATE_TESTS, 'a cookie of %i bytes that is not ours is as good as none (S4)']],
  },
  {
    line: 'S2',
    what: 'A cookie is good for other addresses.',
    file: GATE,
    text: 'concat(utf8(`${peerKey(peer)}\\0`), ...cookieParameters(hello, body))',
    replacement: 'concat(...cookieParameters(hello, body))',
    tests: [ELSEWHERE],
  },
  {
    line: 'S2',
    what: 'A cookie is good for other hellos.',
    file: GATE,
    text: ', ...cookieParameters(hello, body));',
    replacement: ');',
    tests: [
      [
        COOKIE_TESTS,
        'the cookie of a HelloGate is bound to what the client may not change (RFC 6347 §4.2.1)',
      ],
    ],
  },
  {
    line: 'S2',
    what: 'The secret does not change with time.',
    file: COOKIES,
    text: 'const period = Math.floor(now / this.#lifetime);',
    replacement: 'const period = Math.floor(now / this.#lifetime) * 0;',
    tests: [
      [COOKIE_TESTS, 'for two at most'],
      [COOKIE_TESTS, 'goes by the option secretLifetime'],
    ],
  },
  {
    line: 'S2',
    what: 'The gate remembers who said hello.',
    file: GATE,
    text: 'this.#replies++;',
    replacement:
      'this.#replies++;\n    Object.assign(this.#cookies, { last: { subject, before: Object(this.#cookies).last } });',
    tests: [NOTHING_KEPT],
  },
  {
    line: 'S3',
    what: 'The reply is padded.',
    file: 'src/wire/messages/hello-verify-request.ts',
    text: 'vector8(message.cookie)',
    replacement: 'vector8(new Uint8Array([...message.cookie, ...new Uint8Array(40)]))',
    tests: [[GATE_TESTS, 'the reply does not exceed the shortest hello there is']],
  },
  {
    line: 'S3',
    what: 'A hello that was answered is not answered again.',
    file: GATE,
    text: "return { type: 'reply', datagram: helloVerifyRequest(cookie, messageSeq, recordSequenceNumber) };",
    replacement:
      "return this.#replies > 1 ? WAITING : { type: 'reply', datagram: helloVerifyRequest(cookie, messageSeq, recordSequenceNumber) };",
    tests: [[GATE_TESTS, 'answers it again when it comes again, for the reply may be lost (S3)']],
  },
  {
    line: 'S4',
    what: 'The gate takes what is no whole hello.',
    file: GATE,
    text: "if (hello === undefined) return this.#discard('malformed_hello');",
    replacement: "if (hello === undefined) return { type: 'waiting' };",
    tests: [
      [GATE_TESTS, 'a cookie said to have %i bytes more than the message: malformed_hello (S4)'],
      [
        GATE_TESTS,
        'every truncation of a hello’s body, in a message of that length: malformed_hello, and no read past the end (S4)',
      ],
    ],
  },
  {
    line: 'S5',
    what: 'A server opens any number of handshakes.',
    file: SERVER,
    text: 'if (this.#pending.size < this.#config.maximumHandshakes) return undefined;',
    replacement: 'if (this.#pending.size >= 0) return undefined;',
    tests: [OLDEST],
  },
  {
    line: 'S5',
    what: 'A handshake gives way as soon as there is another.',
    file: SERVER,
    text: 'return now - since < LEAST_TIME;',
    replacement: 'return now - since < 0;',
    tests: [OLDEST],
  },
  {
    line: 'S5',
    what: 'One host may have all places.',
    file: SERVER,
    text: 'if ((this.#hosts.get(peer.address) ?? 0) >= this.#config.maximumPeersPerHost)',
    replacement: 'if (this.#hosts.size < 0)',
    tests: [
      [LIMITS, 'of more, the rest of that host gets silence, and other hosts do not'],
      [FLOODS, 'with good cookies from 1,000 ports of one host: it gets no more than its share'],
    ],
  },
  {
    line: 'S5',
    what: 'A server has any number of peers.',
    file: SERVER,
    text: "if (this.#places.size >= this.#config.maximumPeers) return 'too_many_peers';",
    replacement: '',
    tests: [[LIMITS, 'of more, the rest gets silence until one of them is gone']],
  },
  {
    line: 'S5',
    what: 'A hello of before opens a handshake again.',
    file: SERVER,
    text: "if (place?.live?.random === random) return 'repeated';",
    replacement: '',
    tests: [
      [
        REPEATS,
        'delayed duplicates of those that opened the live association open nothing, and cost no signature',
      ],
    ],
  },
  {
    line: 'S5',
    what: 'What accept throws goes to whoever brought the datagram.',
    file: SERVER,
    text: "} catch (cause) {\n      this.#refuse('not_accepted');",
    replacement:
      "} catch (cause) {\n      if (cause instanceof Error) throw cause;\n      this.#refuse('not_accepted');",
    tests: [[AGAIN, 'an accept that gives undefined, or throws']],
  },
  {
    line: 'S5',
    what: 'What comes goes to the candidate alone.',
    file: SERVER,
    text: 'place.live?.connection.receive(datagram, now);',
    replacement: 'if (place.pending === undefined) place.live?.connection.receive(datagram, now);',
    tests: [[AGAIN, 'after %i of its datagrams the old one goes on talking both ways']],
  },
  {
    line: 'S5',
    what: 'Whoever restarts may do so over and over, at a signature each time.',
    file: SERVER,
    text: "return pending.hurried && isYoung(pending, now) ? 'too_soon' : undefined;",
    replacement: 'return undefined;',
    tests: [
      [REPEATS, 'may do so at once, but again only after a second'],
      [
        FLOODS,
        'with good cookies, from the address of the live peer: one candidate at a time, a signature or two a second',
      ],
    ],
  },
  {
    line: 'S5',
    what: 'What one peer says reaches the connection of its host.',
    file: 'src/handshake/server/peer-address.ts',
    text: 'return `${address} ${port}`;',
    replacement: 'return `${address} ${typeof port}`;',
    tests: [[SERVER_TESTS, 'a DtlsServer with many peers']],
  },
  {
    line: 'S6',
    what: 'A hello in fragments may be of any length at the gate.',
    file: RING,
    text: "if (fragment.length > RING_SLOT_LENGTH) return 'too_long';",
    replacement: '',
    tests: [[FRAGMENT_LIMITS, 'of a hello over 4 KiB: hello_too_long; in one datagram it is taken']],
  },
  {
    line: 'S6',
    what: 'Empty fragments of a hello take places at the gate.',
    file: RING,
    text: "if (fragment.fragment.length === 0) return 'malformed';",
    replacement: '',
    tests: [[FRAGMENT_LIMITS, 'without content: refused, and they take no room from those that wait (S6)']],
  },
  {
    line: 'S6',
    what: 'At the gate nobody makes room.',
    file: RING,
    text: 'if (owner !== undefined && this.#waiting.delete(owner)) this.#evicted++;',
    replacement: 'if (owner === null) this.#evicted++;',
    tests: [
      [FRAGMENT_LIMITS, 'the oldest make room: memory is flat, each is counted'],
      [FRAGMENT_LIMITS, 'who had to make room starts afresh: no piece of before is joined with a new one'],
    ],
  },
  {
    line: 'S7',
    what: 'Fragments that differ are joined at the gate.',
    file: RING,
    text: '} else if (!waiting.message.agrees(fragment, 0)) {',
    replacement: '} else if (waiting.message === null) {',
    tests: [
      [FRAGMENTS, 'pieces that differ where they overlap are never joined (S7)'],
      [
        FRAGMENTS,
        'any pieces of two hellos: of those that disagree the newer count, and nothing else is joined (S7)',
      ],
    ],
  },
  {
    line: 'S7',
    what: 'Fragments of different peers are joined at the gate.',
    file: GATE,
    text: 'const verdict = this.#ring.add(peerKey(peer), fragment);',
    replacement: "const verdict = this.#ring.add('', fragment);",
    tests: [[FRAGMENTS, 'of many peers, interleaved']],
  },
  {
    line: 'S8',
    what: 'A handshake that has stalled keeps its place at the server.',
    file: SERVER,
    text: "if (output?.type === 'closed' || (output === undefined && hasEnded(connection)))",
    replacement: 'if (output === null && hasEnded(connection))',
    tests: [
      [SERVER_TESTS, 'one that stalls is gone at handshakeTimeout, with its timer (S8)'],
      [FLOODS, 'of handshakes that were begun and broken off nothing is left once they have timed out'],
    ],
  },
];
