import type { Defence, NamedTest } from './defence.ts';

const RTP_SENDER = 'src/srtp/rtp-sender.ts';
const RTCP_SENDER = 'src/srtp/rtcp-sender.ts';
const PROFILES = 'src/srtp/profiles.ts';
const OPTIONS = 'src/srtp/options.ts';
const SENDER_INDEX = 'src/srtp/sender-index.test.ts';
const LIFETIME = 'src/srtp/lifetime.test.ts';
const RTCP = 'src/srtp/rtcp.test.ts';
const TWICE: NamedTest = [
  SENDER_INDEX,
  'whatever the order, the roll-over counters set and the keys: no key stream comes twice',
];
const SENDER_LIFE: NamedTest = [
  LIFETIME,
  'a sender protects `lifetime` packets of each kind, of all SSRCs together, and no more',
];
const RECEIVER_LIFE: NamedTest = [
  LIFETIME,
  'a receiver takes `lifetime` packets of each kind; forged ones do not count',
];
const DEFAULT_LIFE: NamedTest = [LIFETIME, 'the lifetime of a master key, where nothing is said (S25)'];
const RTCP_INDEX: NamedTest = [RTCP, 'an index for each SSRC, which can be raised and not lowered'];
const LAST_RTCP: NamedTest = [LIFETIME, 'the last index of SRTCP: 2^31 - 1'];

/** S25. */
export const SRTP_LIFETIME: readonly Defence[] = [
  {
    line: 'S25',
    what: 'A sender uses an index again.',
    file: RTP_SENDER,
    text: 'if (!stream.isFresh(packetIndex(rollOverCounter, sequenceNumber))) throw indexUsed(ssrc, sequenceNumber);',
    replacement: '',
    tests: [
      TWICE,
      [SENDER_INDEX, 'the same packet again, in a sentence; nothing changes'],
      [SENDER_INDEX, 'one behind the window; not the last within'],
    ],
  },
  {
    line: 'S25',
    what: 'The window of a sender forgets what was sent.',
    file: 'src/bytes/replay-window.ts',
    text: 'this.#seen[bit >>> 5] = (this.#seen[bit >>> 5] as number) | (1 << (bit & 31));',
    replacement: '',
    tests: [TWICE, [SENDER_INDEX, 'agrees with a set of all indices used, within the window']],
  },
  {
    line: 'S25',
    what: 'The roll-over counter of a sender may be set back.',
    file: RTP_SENDER,
    text: 'if (rollOverCounter < used) {',
    replacement: 'if (rollOverCounter < 0) {',
    tests: [
      [
        SENDER_INDEX,
        'the roll-over counter set back, in a sentence; raised and lowered again before its use',
      ],
    ],
  },
  {
    line: 'S25',
    what: 'Another master key begins with new counters.',
    file: 'src/srtp/sender.ts',
    text: 'this.#key = key;\n',
    replacement: 'this.#key = key;\n    this.#rtp.clear();\n',
    tests: [[SENDER_INDEX, 'another master key: indices go on']],
  },
  {
    line: 'S25',
    what: 'SRTCP packets have the same index.',
    file: RTCP_SENDER,
    text: 'this.#indices.set(ssrc, index + 1);',
    replacement: 'this.#indices.set(ssrc, index);',
    tests: [
      [RTCP, 'what goes in comes out; header and SSRC stay readable; the index goes up from 0'],
      RTCP_INDEX,
    ],
  },
  {
    line: 'S25',
    what: 'The SRTCP index may be set back.',
    file: RTCP_SENDER,
    text: 'if (index < next)',
    replacement: 'if (index < 0)',
    tests: [RTCP_INDEX],
  },
  {
    line: 'S25',
    what: 'The SRTCP index wraps.',
    file: RTCP_SENDER,
    text: "if (index > MAX_RTCP_INDEX) throw indicesExhausted('SRTCP', ssrc);",
    replacement: '',
    tests: [LAST_RTCP],
  },
  {
    line: 'S25',
    what: 'The roll-over counter wraps.',
    file: RTP_SENDER,
    text: "if (rollOverCounter > MAX_ROLL_OVER_COUNTER) throw indicesExhausted('SRTP', ssrc);",
    replacement: '',
    tests: [[LIFETIME, 'the last index of SRTP: roll-over counter 2^32 - 1, sequence number 65535']],
  },
  {
    line: 'S25',
    what: 'A sender has no end for SRTP.',
    file: RTP_SENDER,
    text: "if (key.packets >= this.#config.lifetime) throw keyExpired('SRTP', key.packets);",
    replacement: '',
    tests: [SENDER_LIFE, [LIFETIME, 'a batch past the end: those up to the end have gone through']],
  },
  {
    line: 'S25',
    what: 'A sender has no end for SRTCP.',
    file: RTCP_SENDER,
    text: "if (key.rtcpPackets >= rtcpLifetime) throw keyExpired('SRTCP', key.rtcpPackets);",
    replacement: '',
    tests: [SENDER_LIFE],
  },
  {
    line: 'S25',
    what: 'SRTP and SRTCP are counted together.',
    file: RTCP_SENDER,
    text: 'key.rtcpPackets++;',
    replacement: 'key.rtcpPackets++;\n    key.packets++;',
    tests: [[LIFETIME, 'SRTCP that has come to its end does not end SRTP']],
  },
  {
    line: 'S25',
    what: 'A receiver has no end for SRTP.',
    file: 'src/srtp/rtp-receiver.ts',
    text: "return key.packets >= this.#config.lifetime ? 'key_expired' : undefined;",
    replacement: 'return undefined;',
    tests: [RECEIVER_LIFE],
  },
  {
    line: 'S25',
    what: 'A receiver has no end for SRTCP.',
    file: 'src/srtp/rtcp-receiver.ts',
    text: "if (key.rtcpPackets >= rtcpLifetime) return this.#discard('key_expired', ssrc);",
    replacement: '',
    tests: [RECEIVER_LIFE],
  },
  {
    line: 'S25',
    what: 'A key of DTLS-SRTP lives as long as there are indices.',
    file: PROFILES,
    text: 'const DTLS_LIFETIME = 2 ** 31;',
    replacement: 'const DTLS_LIFETIME = 2 ** 48;',
    tests: [DEFAULT_LIFE],
  },
  {
    line: 'S25',
    what: 'SRTCP has as many indices as SRTP.',
    file: PROFILES,
    text: 'rtcpLifetime: Math.min(lifetime, RTCP_INDICES),',
    replacement: 'rtcpLifetime: lifetime,',
    tests: [DEFAULT_LIFE],
  },
  {
    line: 'S25',
    what: 'A caller may let a key live for longer.',
    file: OPTIONS,
    text: "checkInteger('options.lifetime', lifetime, 1, parameters.lifetime);",
    replacement: '',
    tests: [['src/srtp/options-refused.test.ts', 'both ends: %s']],
  },
  {
    line: 'S25',
    what: 'The same master key under two names lives twice as long.',
    file: OPTIONS,
    text: 'if (keys.some((key, i) => keys.slice(0, i).some((other) => sameBytes(key.masterKey, other.masterKey))))',
    replacement: 'if (keys.length === 0)',
    tests: [['src/srtp/options-refused.test.ts', 'the same key under two MKIs (S25)']],
  },
  {
    line: 'S25',
    what: 'Key stream made ahead is that of the first packet, for all of them.',
    file: 'src/crypto/packets/key-stream-ahead.ts',
    text: 'const at = (index - ahead.first) * ahead.length;',
    replacement: 'const at = 0 * (index - ahead.first) * ahead.length;',
    tests: [
      ['src/crypto/node/packet-engine.test.ts', 'over the roll-over counter, to the last index of all'],
    ],
  },
  {
    line: 'S25',
    what: 'Key stream made ahead is taken for another index.',
    file: 'src/crypto/packets/key-stream-ahead.ts',
    text: 'return index >= first && index < first + packets && needed <= length;',
    replacement: 'return packets > 0 && index >= first && needed <= length;',
    tests: [
      ['src/crypto/node/packet-engine.test.ts', 'over the roll-over counter, to the last index of all'],
    ],
  },
];
