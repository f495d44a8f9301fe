import type { Defence, NamedTest } from './defence.ts';

const EXTENSIONS = 'src/wire/extensions/extension-block.test.ts';
const NEVER_PAST: NamedTest = [
  'src/bytes/reader.test.ts',
  'fails the read that would overrun, and gives zero or nothing for it',
];

/** S27. */
export const PARSERS: readonly Defence[] = [
  {
    line: 'S27',
    what: 'A reader goes on after it has failed.',
    file: 'src/bytes/reader.ts',
    text: 'this.#failed = true;\n    return false;',
    replacement: 'return false;',
    tests: [NEVER_PAST],
  },
  {
    line: 'S27',
    what: 'A reader throws at the end.',
    file: 'src/bytes/reader.ts',
    text: 'this.#failed = true;\n    return false;',
    replacement: "throw new RangeError('past the end');",
    tests: [
      ['src/wire/record.test.ts', 'never throws, and always gets on or fails (S27)'],
      ['src/wire/handshake.test.ts', 'never throws (S27)'],
      ['src/wire/extensions/extension-block.test.ts', 'never throws, and reads each byte once (S27)'],
      ['src/wire/extensions/extensions.test.ts', 'never throws, whatever the bytes (S27)'],
      ['src/handshake/server/gate.test.ts', 'never throws, whatever the bytes (S27)'],
    ],
  },
  {
    line: 'S27',
    what: 'The reader of certificates and keys throws.',
    file: 'src/bytes/der-reader.ts',
    text: '#fail(): number {\n    this.#failed = true;',
    replacement: "#fail(): number {\n    throw new RangeError('no DER');",
    tests: [
      [
        'src/certificate/parse.test.ts',
        'never throws on arbitrary bytes, nor does the import of what it finds',
      ],
      ['src/crypto/node/keys.test.ts', 'never throws: bytes at random, cut keys and keys with bytes changed'],
    ],
  },
  {
    line: 'S27',
    what: 'A handshake message that is far ahead throws.',
    file: 'src/handshake/core/reassembly.ts',
    text: "if (messageSeq > this.#next + WINDOW) return { discard: 'message_ahead' };",
    replacement: "if (messageSeq > this.#next + WINDOW) throw new RangeError('far ahead');",
    tests: [['src/handshake/core/reassembly.test.ts', 'never throws, whatever the fragments']],
  },
  {
    line: 'S27',
    what: 'An SRTP packet that is none throws.',
    file: 'src/srtp/rtp.ts',
    text: 'if (end - start < RTP_HEADER_LENGTH || !isVersion2(packets, start)) return -1;',
    replacement:
      "if (end - start < RTP_HEADER_LENGTH || !isVersion2(packets, start)) throw new RangeError('no RTP');",
    tests: [
      [
        'test/srtp-hostile.test.ts',
        'never throws; what is opened is what was sent, once; the rest is counted',
      ],
    ],
  },
  {
    line: 'S27',
    what: 'A DER element may be longer than what there is.',
    file: 'src/bytes/der-reader.ts',
    text: 'if (length > bytes.length - at) return this.#fail();',
    replacement: '',
    tests: [['src/bytes/der-reader.test.ts', 'DerReader']],
  },
  {
    line: 'S27',
    what: 'A DER length may be of any form.',
    file: 'src/bytes/der-reader.ts',
    text: 'if (length < 0x80 || length < 2 ** (8 * (size - 1))) return this.#fail();',
    replacement: '',
    tests: [['src/bytes/der-reader.test.ts', 'DerReader']],
  },
  {
    line: 'S27',
    what: 'A fragment may lie beyond the end of its message.',
    file: 'src/wire/handshake.ts',
    text: ' || fragmentOffset + fragment.length > length',
    replacement: '',
    tests: [['src/wire/handshake.test.ts', 'handshake fragments (RFC 6347 §4.2.2)']],
  },
  {
    line: 'S27',
    what: 'A record may be longer than records are.',
    file: 'src/wire/record.ts',
    text: ' || fragment.length > MAX_FRAGMENT_LENGTH',
    replacement: '',
    tests: [['src/wire/record.test.ts', 'readRecord(), writeRecordHeader() (RFC 6347 §4.1)']],
  },
  {
    line: 'S27',
    what: 'What a record decrypts to may be longer than a record holds.',
    file: 'src/record/record-layer.ts',
    text: "if (plaintext.length > MAX_PLAINTEXT_LENGTH) return 'malformed_record';",
    replacement: '',
    tests: [
      [
        'src/record/record-layer.test.ts',
        'what decrypts to more than 16,384 bytes is malformed (RFC 5246 §6.2.1)',
      ],
    ],
  },
  {
    line: 'S27',
    what: 'Anything is a DTLS record.',
    file: 'src/wire/record.ts',
    text: 'if (version >> 8 !== 0xfe) return undefined;',
    replacement: '',
    tests: [['src/wire/record.test.ts', 'readRecord(), writeRecordHeader() (RFC 6347 §4.1)']],
  },
  {
    line: 'S27',
    what: 'An extension may come twice.',
    file: 'src/wire/extensions/extension-block.ts',
    text: 'if (extensions.has(type)) reader.fail();',
    replacement: '',
    tests: [[EXTENSIONS, 'extensions (RFC 5246 §7.4.1.4)']],
  },
  {
    line: 'S27',
    what: 'Extensions may be cut short.',
    file: 'src/wire/extensions/extension-block.ts',
    text: 'if (!list.ok) reader.fail();',
    replacement: '',
    tests: [[EXTENSIONS, 'extensions (RFC 5246 §7.4.1.4)']],
  },
  {
    line: 'S27',
    what: 'A hello may have bytes behind its end.',
    file: 'src/wire/messages/client-hello.ts',
    text: 'if (!reader.finished || cipherSuites === undefined',
    replacement: 'if (!reader.ok || cipherSuites === undefined',
    tests: [['src/wire/messages/client-hello.test.ts', 'ClientHello (RFC 6347 §4.2.1)']],
  },
  {
    line: 'S27',
    what: 'An alert may have any length.',
    file: 'src/wire/alert.ts',
    text: 'bytes.length !== 2 || ',
    replacement: '',
    tests: [['src/wire/alert.test.ts', 'is two bytes long and nothing else (S27)']],
  },
  {
    line: 'S27',
    what: 'An RTP header may reach beyond the packet.',
    file: 'src/srtp/rtp.ts',
    text: 'return offset <= end ? offset : -1;',
    replacement: 'return offset;',
    tests: [['src/srtp/forged.test.ts', '%s: cut short anywhere, and with bytes behind it']],
  },
  {
    line: 'S27',
    what: 'An SRTCP packet may be shorter than its header.',
    file: 'src/srtp/rtp.ts',
    text: 'return end - start >= RTCP_HEADER_LENGTH && isVersion2(packets, start);',
    replacement: 'return isVersion2(packets, start);',
    tests: [['src/srtp/forged.test.ts', '%s: cut short anywhere, and with bytes behind it']],
  },
  {
    line: 'S27',
    what: 'An SRTP packet may be somewhat longer than UDP carries.',
    file: 'src/srtp/rtp-receiver.ts',
    text: 'if (length - trailer.length > MAX_PACKET_LENGTH)',
    replacement: 'if (length - trailer.length > MAX_PACKET_LENGTH + 1000)',
    tests: [
      [
        'src/srtp/exchange.test.ts',
        'a receiver discards what is longer than UDP carries, and what is no packet',
      ],
    ],
  },
];
