import type { Defence, NamedTest } from './defence.ts';

const RTP_RECEIVER = 'src/srtp/rtp-receiver.ts';
const RTCP_RECEIVER = 'src/srtp/rtcp-receiver.ts';
const PASS = 'src/srtp/packet-pass.ts';
const ENGINE = 'src/crypto/packets/kernel-engine.ts';
const OPENSSL = 'src/crypto/node/openssl-engine.ts';
const FORGED = 'src/srtp/forged.test.ts';
const INDEX = 'src/srtp/forged-index.test.ts';
const STREAMS = 'src/srtp/many-streams.test.ts';
const ENGINES = 'src/crypto/node/packet-engine.test.ts';
const CONSTANT_TIME = 'test/kernel-constant-time.test.ts';

const COMPARED = 'test/defences-constant-time.test.ts';

const TAGS: NamedTest = [FORGED, '%s: a tag of zeros, of noise, and of another packet'];
const NOT_WRITTEN: NamedTest = [FORGED, '%s: `out` is not written, in place or elsewhere'];
const BITS: NamedTest = [ENGINES, 'every bit of header, body and tag'];
const TIMES: NamedTest = [CONSTANT_TIME, 'do not tell which bytes of a tag are wrong, %i packets'];
const ONCE: NamedTest = [
  'src/srtp/exchange.test.ts',
  'what goes in comes out, once, in any order within the window, also over a roll-over',
];
const RTCP_INDICES: NamedTest = [INDEX, 'SRTCP: forged indices, the highest too'];
const RTCP_STREAMS: NamedTest = [STREAMS, 'SRTCP: nothing is kept of a forged SSRC'];
const MOST_STREAMS: NamedTest = [
  STREAMS,
  'a peer with more SSRCs than `maximumStreams`: the first keep going, the rest are told',
];

/** S22 to S24. */
export const SRTP: readonly Defence[] = [
  {
    line: 'S22',
    what: 'The kernel finds any tag of HMAC-SHA1 right.',
    file: 'kernel/hmac.ts',
    text: 'i32((difference - 1) >>> 31)',
    replacement: 'i32(difference | 1) != 0 ? 1 : 0',
    tests: [TAGS, BITS],
  },
  {
    line: 'S22',
    what: 'The kernel looks at four bytes of a tag.',
    file: 'kernel/hmac.ts',
    text: 'for (let i = 0; i < tagLength; i++) difference |=',
    replacement: 'for (let i = 0; i < 4; i++) difference |=',
    tests: [BITS],
  },
  {
    line: 'S22',
    what: 'The kernel stops at the first byte of a tag that is wrong.',
    file: 'kernel/hmac.ts',
    text: 'for (let i = 0; i < tagLength; i++) difference |=',
    replacement: 'for (let i = 0; i < tagLength && difference == 0; i++) difference |=',
    tests: [TIMES],
  },
  {
    line: 'S22',
    what: 'The kernel finds any tag of AES-GCM right.',
    file: 'kernel/gcm-tags.ts',
    text: 'v128.any_true(v128.xor(tag, v128.load(at))) ? 0 : 1',
    replacement: 'v128.any_true(v128.xor(tag, v128.load(at))) ? 1 : 1',
    tests: [TAGS, BITS],
  },
  {
    line: 'S22',
    what: 'What the kernel says of a tag is not asked.',
    file: PASS,
    text: 'return this.#jobs[job * JOB_WORDS + field.RESULT] === 1;',
    replacement: 'return this.#jobs[job * JOB_WORDS + field.RESULT] !== 2;',
    tests: [
      [FORGED, '%s, MKI %s: every bit changed'],
      [FORGED, 'srtp: every bit changed, all in one batch'],
      [FORGED, 'keys that differ in one bit open nothing'],
      TAGS,
    ],
  },
  {
    line: 'S22',
    what: 'An SRTCP packet is handed out whatever its tag.',
    file: RTCP_RECEIVER,
    text: "if (!pass.isAuthentic(0)) return this.#discard('bad_tag', ssrc);",
    replacement: '',
    tests: [TAGS],
  },
  {
    line: 'S22',
    what: 'A packet that was refused is written to its output.',
    file: RTP_RECEIVER,
    text: 'if (!pass.isAuthentic(job)) continue;',
    replacement: '',
    tests: [NOT_WRITTEN],
  },
  {
    line: 'S22',
    what: 'Without WebAssembly, any tag of HMAC-SHA1 is right.',
    file: OPENSSL,
    text: 'if (!timingSafeEqual(tag, this.#tag(job))) return false;',
    replacement: 'timingSafeEqual(tag, this.#tag(job));',
    tests: [[ENGINES, '1 to 64 packets of any shape, some changed on the way']],
  },
  {
    line: 'S22',
    what: 'Without WebAssembly, any tag of AES-GCM is right.',
    file: OPENSSL,
    text: 'wipe(...plaintexts);\n      return false;',
    replacement: '',
    tests: [[ENGINES, '1 to 64 packets of any shape, some changed on the way']],
  },
  {
    line: 'S22',
    what: 'Without WebAssembly, the time tells how much of a tag is right.',
    file: OPENSSL,
    text: '!timingSafeEqual(tag, this.#tag(job))',
    replacement: 'tag.join() !== this.#tag(job).join()',
    tests: [[COMPARED, 'tags without WebAssembly, %s']],
  },
  {
    line: 'S22',
    what: 'The time tells how much of a Finished is right.',
    file: 'src/handshake/core/session-v12.ts',
    text: '!crypto.equal(expected, body)',
    replacement: 'expected.join() !== body.join()',
    tests: [[COMPARED, 'the verify_data of both Finished messages']],
  },
  {
    line: 'S22',
    what: 'The time tells how much of what is compared is right.',
    file: 'src/crypto/node/digest.ts',
    text: 'timingSafeEqual(a, b);',
    replacement: 'a.every((byte, i) => byte === b[i]);',
    tests: [
      [COMPARED, 'the verify_data of both Finished messages'],
      [COMPARED, 'cookies, of a connection and of a gate'],
    ],
  },
  {
    line: 'S22',
    what: 'The tag of a DTLS record is not looked at.',
    file: 'src/crypto/node/aead.ts',
    text: 'wipe(plaintext);\n      return undefined;',
    replacement: '',
    tests: [
      [
        'src/record/protection-v12.test.ts',
        'opens nothing in which one bit differs: header, nonce, ciphertext or tag',
      ],
      ['src/crypto/node/aead.test.ts', '%s: opens nothing that was changed'],
    ],
  },
  {
    line: 'S22',
    what: 'The header of a DTLS record is not authenticated.',
    file: 'src/crypto/node/aead.ts',
    text: 'decipher.setAAD(aad);',
    replacement: 'decipher.setAAD(new Uint8Array(aad.length));',
    tests: [['src/crypto/node/aead.test.ts', '$name: the published vector, sealed and opened']],
  },
  {
    line: 'S23',
    what: 'The roll-over counter and the window move for a packet that is only looked at.',
    file: RTP_RECEIVER,
    text: 'const refusal = this.#refusal(key, stream, rollOverCounter, sequenceNumber);',
    replacement:
      'const refusal = this.#refusal(key, stream, rollOverCounter, sequenceNumber);\n    if (refusal === undefined) stream?.accept(rollOverCounter, sequenceNumber);',
    tests: [
      [INDEX, 'one by one, across the roll-over'],
      [INDEX, 'in a batch with true packets before, between and behind'],
    ],
  },
  {
    line: 'S23',
    what: 'A forged packet is remembered as one that was seen.',
    file: RTP_RECEIVER,
    text: 'if (refusal !== undefined) {\n      pass.reject(job);',
    replacement:
      "if (refusal !== undefined) {\n      if (refusal === 'bad_tag') known?.accept(rollOverCounter, sequenceNumber);\n      pass.reject(job);",
    tests: [
      [INDEX, 'one by one, across the roll-over'],
      [INDEX, 'in a batch, across the roll-over'],
      [INDEX, 'in a batch with true packets before, between and behind'],
    ],
  },
  {
    line: 'S23',
    what: 'A roll-over counter that was set is used up by a forged packet.',
    file: 'src/srtp/rtp-stream.ts',
    text: 'if (this.#set !== undefined) return this.#set;',
    replacement:
      'if (this.#set !== undefined) {\n      this.#rollOverCounter = this.#set;\n      this.#set = undefined;\n      return this.#rollOverCounter;\n    }',
    tests: [[INDEX, 'a roll-over counter that was set waits for a true packet']],
  },
  {
    line: 'S23',
    what: 'The window of SRTCP moves for a forged packet.',
    file: RTCP_RECEIVER,
    text: "if (!pass.isAuthentic(0)) return this.#discard('bad_tag', ssrc);",
    replacement:
      "if (!pass.isAuthentic(0)) {\n      known?.accept(index);\n      return this.#discard('bad_tag', ssrc);\n    }",
    tests: [RTCP_INDICES],
  },
  {
    line: 'S23',
    what: 'An SRTP packet may be taken twice.',
    file: RTP_RECEIVER,
    text: "if (stream?.isFresh(index) === false) return stream.isTooOld(index) ? 'too_old' : 'replayed';",
    replacement: '',
    tests: [ONCE],
  },
  {
    line: 'S23',
    what: 'An SRTCP packet may be taken twice.',
    file: RTCP_RECEIVER,
    text: 'if (known?.isFresh(index) === false)',
    replacement: 'if (known === null)',
    tests: [
      ['src/srtp/rtcp.test.ts', 'any order within the window, each once'],
      ['src/srtp/rtcp.test.ts', 'behind the window: too old, the last within it: not'],
    ],
  },
  {
    line: 'S23',
    what: 'In a batch, what was guessed of a packet is not looked at again.',
    file: RTP_RECEIVER,
    text: "if ((known?.estimate(sequenceNumber) ?? newStream) !== rollOverCounter) return 'stale';",
    replacement: '',
    tests: [['src/srtp/batch.test.ts', 'takes what a leap of the sequence numbers before it has made fresh']],
  },
  {
    line: 'S23',
    what: 'A forged packet takes the key stream that was made for the next true one.',
    file: ENGINE,
    text: 'if (count === 1 && this.kernel.jobs[RESULT] !== 0) this.#ahead.remember();',
    replacement: 'if (count === 1) this.#ahead.remember();',
    tests: [
      [
        'src/crypto/packets/key-stream-ahead.test.ts',
        'a packet that is forged changes nothing for those that follow',
      ],
    ],
  },
  {
    line: 'S24',
    what: 'An SSRC is remembered as soon as it is seen.',
    file: RTP_RECEIVER,
    text: 'const stream = this.#streams.get(ssrc);',
    replacement: 'const stream = this.#streams.get(ssrc) ?? this.#streams.add(ssrc);',
    tests: [[STREAMS, 'forged SSRCs that may have rolled over already, one by one and in batches']],
  },
  {
    line: 'S24',
    what: 'An SSRC is remembered when the tag is wrong.',
    file: RTP_RECEIVER,
    text: 'if (refusal !== undefined) {\n      pass.reject(job);',
    replacement:
      'if (refusal !== undefined) {\n      if (known === undefined) this.#streams.add(ssrc);\n      pass.reject(job);',
    tests: [[STREAMS, 'forged SSRCs that may have rolled over already, one by one and in batches']],
  },
  {
    line: 'S24',
    what: 'An SSRC of SRTCP is remembered as soon as it is seen.',
    file: RTCP_RECEIVER,
    text: 'key.rtcp.unprotect(1);',
    replacement:
      'if (known === undefined) this.#windows.set(ssrc, new ReplayWindow(replayWindow));\n    key.rtcp.unprotect(1);',
    tests: [RTCP_STREAMS],
  },
  {
    line: 'S24',
    what: 'A peer may have any number of SSRCs.',
    file: RTP_RECEIVER,
    text: 'if (refusal === undefined && known === undefined && this.#streams.size >= this.#maximumStreams)',
    replacement: 'if (refusal === undefined && known === null)',
    tests: [MOST_STREAMS, [STREAMS, '4,096 if nothing is said']],
  },
  {
    line: 'S24',
    what: 'A peer may have any number of SSRCs in SRTCP.',
    file: RTCP_RECEIVER,
    text: 'if (known === undefined && this.#windows.size >= this.#maximumStreams)',
    replacement: 'if (known === null)',
    tests: [[STREAMS, 'SRTCP is counted apart from SRTP']],
  },
  {
    line: 'S24',
    what: 'Key stream is kept for any number of SSRCs.',
    file: 'src/crypto/packets/key-stream-ahead.ts',
    text: 'if (this.#streams.size >= MOST_STREAMS) this.#forgetOne();',
    replacement: '',
    tests: [
      [
        'src/crypto/packets/key-stream-ahead.test.ts',
        'of 64 SSRCs at a time: one more, and the oldest begins anew (S24)',
      ],
    ],
  },
];
