import type { Defence, NamedTest } from './defence.ts';

const RTCP_SENDER = 'src/srtp/rtcp-sender.ts';
const OPTIONS = 'src/srtp/options.ts';
const RTCP = 'src/srtp/rtcp.test.ts';
const PROFILE_TESTS = 'src/srtp/profiles.test.ts';
const REFUSAL = 'src/connection/hello-refusal.test.ts';
const FROM_DTLS = 'test/srtp-from-dtls.test.ts';
const MEDIA = 'src/net/udp-socket-media.test.ts';
const CLIENT_HELLO = 'src/handshake/client/hello.ts';
const E_BIT: NamedTest = [RTCP, 'E = 0 is sent and taken where it is allowed, and nowhere else'];

/** S26. */
export const SRTP_PROFILE: readonly Defence[] = [
  {
    line: 'S26',
    what: 'A client takes an SRTP profile that it did not offer.',
    file: CLIENT_HELLO,
    text: ' || !config.srtpProfiles.includes(profile)) {',
    replacement: ') {',
    tests: [
      [REFUSAL, 'with an SRTP profile that was not offered'],
      [REFUSAL, 'with a NULL profile (S26)'],
    ],
  },
  {
    line: 'S26',
    what: 'A client takes the first of several SRTP profiles.',
    file: CLIENT_HELLO,
    text: 'if (useSrtp.profiles.length !== 1 || ',
    replacement: 'if (',
    tests: [[REFUSAL, 'with two SRTP profiles (RFC 5764 §4.1.1)']],
  },
  {
    line: 'S26',
    what: 'A client does without SRTP though it is a must.',
    file: CLIENT_HELLO,
    text: 'if (config.srtpProfiles.length === 0 || !config.srtpRequired) return undefined;',
    replacement: 'return undefined;',
    tests: [[REFUSAL, 'without use_srtp, where SRTP is a must']],
  },
  {
    line: 'S26',
    what: 'A server does without SRTP though it is a must.',
    file: 'src/handshake/server/hello.ts',
    text: 'if (profile === undefined && config.srtpRequired) {',
    replacement: 'if (profile === null) {',
    tests: [
      [REFUSAL, 'without use_srtp, where SRTP is a must'],
      [REFUSAL, 'with NULL profiles only (S26)'],
    ],
  },
  {
    line: 'S26',
    what: 'SRTP is not a must with srtpProfiles.',
    file: 'src/connection/config.ts',
    text: 'srtpRequired: options.srtpRequired ?? srtp,',
    replacement: 'srtpRequired: options.srtpRequired ?? false,',
    tests: [[REFUSAL, 'without use_srtp, where SRTP is a must']],
  },
  {
    line: 'S26',
    what: 'A server chooses its first profile, whatever was offered.',
    file: 'src/handshake/negotiate/srtp-profile.ts',
    text: 'offered.includes(profile.id)',
    replacement: 'offered.length >= 0 || offered.includes(profile.id)',
    tests: [
      [FROM_DTLS, 'are not accepted by a server that puts them first, where the client does not offer them'],
      [REFUSAL, 'with NULL profiles only (S26)'],
    ],
  },
  {
    line: 'S26',
    what: 'A server takes a NULL profile that it does not name.',
    file: 'src/handshake/server/hello.ts',
    text: 'const profile = chooseSrtpProfile(config.srtpProfiles, offer.srtpProfiles ?? []);',
    replacement:
      "const none = { name: 'SRTP_NULL_SHA1_80', id: 5, masterKeyLength: 16, masterSaltLength: 14 } as const;\n  const profile = chooseSrtpProfile([none, ...config.srtpProfiles], offer.srtpProfiles ?? []);",
    tests: [[FROM_DTLS, 'are not accepted unless named, though the client puts them first']],
  },
  {
    line: 'S26',
    what: 'Plain packets pass for protected ones.',
    file: 'src/srtp/packet-pass.ts',
    text: 'return this.#jobs[job * JOB_WORDS + field.RESULT] === 1;',
    replacement: 'return job >= 0;',
    tests: [
      [PROFILE_TESTS, 'plain RTP and RTCP are not taken'],
      [PROFILE_TESTS, 'SRTCP is not taken for SRTP with the same keys, nor SRTP for SRTCP'],
    ],
  },
  {
    line: 'S26',
    what: 'The NULL profiles are among those that are offered by default.',
    file: 'src/registry/srtp-profiles.ts',
    text: "({ name }) => !name.includes('NULL'),",
    replacement: "({ name }) => !name.includes('NONE'),",
    tests: [[FROM_DTLS, 'are not among the profiles that encrypt']],
  },
  {
    line: 'S26',
    what: 'The keys of the two directions are swapped.',
    file: 'src/connection/exporter.ts',
    text: "const [local, remote] = role === 'client' ? [client, server] : [server, client];",
    replacement: "const [local, remote] = role === 'server' ? [client, server] : [server, client];",
    tests: [['src/connection/keys.test.ts', '$name: of its lengths, in the order of RFC 5764 §4.2']],
  },
  {
    line: 'S26',
    what: 'Both directions have the same keys.',
    file: 'src/connection/exporter.ts',
    text: "const [local, remote] = role === 'client' ? [client, server] : [server, client];",
    replacement: 'const [local, remote] = role === undefined ? [client, server] : [client, client];',
    tests: [
      ['src/connection/keys.test.ts', '$name: of its lengths, in the order of RFC 5764 §4.2'],
      [FROM_DTLS, 'what a side has sent does not open at that side, nor in another call'],
    ],
  },
  {
    line: 'S26',
    what: 'Packets are authenticated and not encrypted.',
    file: OPTIONS,
    text: "encrypts: parameters.cipher !== 'null',",
    replacement: "encrypts: parameters.cipher === 'null',",
    tests: [[PROFILE_TESTS, '%s: nothing falls back (S26)']],
  },
  {
    line: 'S26',
    what: 'SRTCP is sent without encryption.',
    file: RTCP_SENDER,
    text: 'const encrypted = encrypts && !unencryptedRtcp;',
    replacement: 'const encrypted = encrypts && unencryptedRtcp;',
    tests: [E_BIT, [PROFILE_TESTS, '%s: nothing falls back (S26)']],
  },
  {
    line: 'S26',
    what: 'SRTCP without encryption is taken.',
    file: 'src/srtp/rtcp-receiver.ts',
    text: "if (encrypts && !encrypted && !unencryptedRtcp) return this.#discard('not_encrypted', ssrc);",
    replacement: '',
    tests: [E_BIT],
  },
  {
    line: 'S26',
    what: 'SRTP and SRTCP have the same session keys.',
    file: 'src/srtp/key-derivation.ts',
    text: 'srtcp: { cipherKey: 3, authenticationKey: 4, salt: 5 },',
    replacement: 'srtcp: { cipherKey: 0, authenticationKey: 1, salt: 2 },',
    tests: [['test/vectors/firefox-dtls12.test.ts', 'RFC 5764 §4.2: the SRTP keys of two Firefox 153']],
  },
  {
    line: 'S26',
    what: 'A sender goes on after destroy().',
    file: 'src/srtp/sender.ts',
    text: "if (this.#destroyed) throw invalidState('The SrtpSender was destroyed.');",
    replacement: '',
    tests: [[PROFILE_TESTS, 'after destroy() a sender throws, and a receiver discards']],
  },
  {
    line: 'S26',
    what: 'A receiver goes on after destroy().',
    file: 'src/srtp/receiver.ts',
    text: 'this.#destroyed = true;',
    replacement: '',
    tests: [[PROFILE_TESTS, 'after destroy() a sender throws, and a receiver discards']],
  },
  {
    line: 'S26',
    what: 'Media are taken from anyone before there is a peer.',
    file: 'src/net/udp-socket.ts',
    text: '} else if (isMedia || this.#latch?.admits(datagram, source) !== true) {',
    replacement: '} else if (!isMedia && this.#latch?.admits(datagram, source) !== true) {',
    tests: [[MEDIA, 'keeps media of nobody: not before there is a peer, nor of others than that (S26)']],
  },
  {
    line: 'S26',
    what: 'Media go to whoever said hello last.',
    file: 'src/net/udp-socket.ts',
    text: 'const left = this.#transmit(packet, this.#peer);',
    replacement: 'const left = this.#transmit(packet, this.#peer ?? this.#latch?.candidate);',
    tests: [
      [MEDIA, 'sends nothing before there is a peer, not even to whoever said hello last, nor after the end'],
    ],
  },
  {
    line: 'S26',
    what: 'What another sent before the peer was known stays in the queue.',
    file: 'src/net/udp-socket.ts',
    text: 'this.#discards.other_source += queue.filter(({ source }) => sameAddress(source, peer));',
    replacement: 'this.#discards.other_source += queue.filter(() => true);',
    tests: [[MEDIA, 'drops what waits when another becomes the peer, and when it is closed']],
  },
];
