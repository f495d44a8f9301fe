import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReplayWindow } from '../src/bytes/replay-window.ts';
import { readOptions } from '../src/connection/config.ts';
import type { DtlsConnectionOptions } from '../src/connection/options.ts';
import { readServerOptions } from '../src/connection/server-options.ts';
import { RSA_MODULUS_MAX, RSA_MODULUS_MIN } from '../src/crypto/public-key-info.ts';
import { ALERTS } from '../src/errors/dtls-error.ts';
import { RING_SLOT_LENGTH, RING_SLOTS } from '../src/handshake/server/fragment-ring.ts';
import { HelloGate } from '../src/handshake/server/gate.ts';
import { AEAD } from '../src/registry/algorithms.ts';
import { readSrtpOptions } from '../src/srtp/options.ts';
import { SRTP_SUITES, srtpParameters } from '../src/srtp/profiles.ts';
import { MAX_PACKET_LENGTH } from '../src/srtp/rtp.ts';
import { MAX_CHAIN_LENGTH } from '../src/wire/messages/certificate.ts';
import { MAX_SESSION_ID_LENGTH } from '../src/wire/messages/client-hello.ts';
import { MAX_PLAINTEXT_LENGTH } from '../src/wire/record.ts';
import { clientHello, helloDatagram, peerOf, replyOf } from './flood/lib/hellos.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

interface Row {
  readonly where: string;
  readonly what: string;
  readonly limit: string;
  readonly option: string;
  readonly beyond: string;
}

const ROWS: readonly Row[] = read('docs/limits.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| where '))
  .map((line) => {
    const [where = '', what = '', limit = '', option = '', beyond = ''] = line.slice(2, -2).split(' | ');
    return { where, what, limit, option, beyond };
  });

/** What is in the source where `pattern` has its group: one place, and no other. */
function found(path: string, pattern: RegExp): string {
  const matches = [...read(`src/${path}`).matchAll(new RegExp(pattern, `g${pattern.flags}`))];
  const [[, text] = []] = matches;
  if (matches.length !== 1 || text === undefined)
    throw new Error(`src/${path} has ${pattern} ${matches.length} times`);
  return text;
}

/** A number of the source, or a product of some; of samples, their seconds. */
function numberAt(path: string, pattern: RegExp): number {
  const factors = found(path, pattern).replace(' * TELEPHONE_RATE', '').replaceAll('_', '').split(' * ');
  return factors.map(Number).reduce((product, factor) => product * factor);
}

/** A constant that its file keeps to itself. */
const constant = (path: string, name: string): number =>
  numberAt(path, new RegExp(`^(?:const|export const) ${name}(?:: number)? = (.*);$`, 'm'));

const n = (value: number): string => value.toLocaleString('en-US');
const power = (value: number): string => `2^${Math.log2(value)}`;

const options = (more: Partial<DtlsConnectionOptions> = {}): ReturnType<typeof readOptions> =>
  readOptions({ role: 'client', insecureNoPeerCheck: true, ...more });

function timesOf(more: Partial<DtlsConnectionOptions>): string {
  const { initialTimeout, maximumTimeout } = options(more);
  return `${n(initialTimeout)} ms, doubling to ${n(maximumTimeout)} ms`;
}

function windowOf(window: ReplayWindow): number {
  window.accept(1_000_000);
  let size = 0;
  while (!window.isTooOld(1_000_000 - size)) size++;
  return size;
}

const key = new Uint8Array(16);
const srtp = readSrtpOptions({
  profile: 'SRTP_AES128_CM_SHA1_80',
  masterKey: key,
  masterSalt: key.subarray(2),
}).config;

const lifetimes = [
  ...new Set(SRTP_SUITES.flatMap((name) => srtpParameters(name)?.lifetime ?? []).sort((a, b) => a - b)),
];

/** How long a gate takes a cookie: from the least to the most, by trying. */
function cookieLifetimes(): string {
  const good = (madeAt: number, age: number): boolean => {
    const gate = new HelloGate();
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello()), peerOf(1), madeAt));
    return gate.receive(helloDatagram(clientHello({ cookie })), peerOf(1), madeAt + age).type === 'admission';
  };
  const longest = (madeAt: number): number => {
    let [low, high] = [0, 10_000_000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (good(madeAt, middle)) low = middle;
      else high = middle;
    }
    return high;
  };
  const lifetime = longest(0) / 2;
  return `${n(longest(lifetime - 1) - 1)} to ${n(longest(0))} ms`;
}

const answered = replyOf(new HelloGate().receive(helloDatagram(clientHello()), peerOf(1), 0)).datagram.length;
const server = readServerOptions({ accept: () => undefined });

const REASSEMBLY = 'handshake/core/reassembly.ts';
const DRIVER = 'handshake/core/driver.ts';
const CONNECTION = 'connection/dtls-connection.ts';
const EARLY = 'connection/early-records.ts';
const QUEUE = 'net/datagram-queue.ts';
const RECORDING = 'cli/call/recording.ts';

const ahead = (name: string): number => constant('crypto/packets/key-stream-ahead.ts', name);
const messageLength = constant(REASSEMBLY, 'MAX_MESSAGE_LENGTH');
const pieces = constant('handshake/core/partial-message.ts', 'MAX_PIECES');
const queue = `${n(constant(QUEUE, 'MAX_DATAGRAMS'))} of ${n(constant(QUEUE, 'MAX_BYTES'))} in all`;
const backOff = (repeats: number): number => numberAt(DRIVER, new RegExp(`repeats: ${repeats}, mtu: (\\d+)`));
const exponent = (end: '<' | '>'): number =>
  numberAt('crypto/public-key-info.ts', new RegExp(`bitLength\\(exponent\\) ${end} (\\d+)`));

/** Every row of the table, in its order, with what the source has. */
const EXPECTED: readonly (readonly [what: string, limit: string])[] = [
  ['plaintext of a record', n(MAX_PLAINTEXT_LENGTH)],
  [
    'a protected record, without its header',
    n(
      MAX_PLAINTEXT_LENGTH +
        numberAt('wire/record.ts', /MAX_FRAGMENT_LENGTH = MAX_PLAINTEXT_LENGTH \+ (\d+);/),
    ),
  ],
  ['replay window', `${windowOf(new ReplayWindow())} records`],
  [
    'records kept that come before their keys',
    `${constant(EARLY, 'MAX_RECORDS')} records of ${n(constant(EARLY, 'MAX_BYTES'))} in all`,
  ],
  [
    'records that fail to open under one key',
    power(Math.min(...Object.values(AEAD).map((aead) => aead.openLimit))),
  ],
  ['records sealed under one key, AES-GCM', n(AEAD['aes-128-gcm'].sealLimit)],
  [
    'records sealed under one key, ChaCha20-Poly1305',
    `${power(AEAD['chacha20-poly1305'].sealLimit + 1)} - 1`,
  ],
  ['one handshake message', n(messageLength)],
  ['a ClientHello in fragments', n(constant(REASSEMBLY, 'MAX_CLIENT_HELLO_LENGTH'))],
  ['messages kept ahead of the one wanted', n(constant(REASSEMBLY, 'WINDOW'))],
  ['unfinished messages of one connection, together', n(constant(REASSEMBLY, 'MAX_BUFFERED'))],
  ['separate pieces of one message', n(pieces)],
  ['messages that one datagram may begin', n(constant(REASSEMBLY, 'MAX_BEGUN'))],
  ['bytes of the messages that one datagram begins', n(constant(REASSEMBLY, 'MAX_BUFFERED'))],
  [
    'hellos that one datagram may begin, before one is accepted',
    found(DRIVER, /beginDatagram\(\): void {\n {4}this\.#helloTurns = (\d+);$/m),
  ],
  [
    'HelloVerifyRequests that a client follows',
    n(constant('handshake/client/hello.ts', 'MAX_HELLO_VERIFY_REQUESTS')),
  ],
  ['session ID of a hello', n(MAX_SESSION_ID_LENGTH)],
  ['host name of a client (SNI)', found('wire/extensions/server-name.ts', /name\.length > (\d+)/)],
  ['suites, groups, schemes, profiles, ALPN names and extensions of a hello', 'what fits the message'],
  [
    "names of a peer's list that an error's sentence repeats",
    n(constant('registry/name-of.ts', 'MAX_NAMES')),
  ],
  ["certificates in a peer's chain", n(MAX_CHAIN_LENGTH)],
  ['all certificates of a chain, with their lengths', n(messageLength)],
  ["an RSA key of the peer's", `${n(RSA_MODULUS_MIN)} to ${n(RSA_MODULUS_MAX)} bits`],
  ["the exponent of an RSA key of the peer's", `${exponent('<')} to ${exponent('>')} bits`],
  ['requests to the application that are open', '1'],
  ['time of a handshake', `${n(options().handshakeTimeout)} ms`],
  ['time before a flight is sent again', timesOf({})],
  ['the same, with `srtpProfiles`', timesOf({ srtpProfiles: ['SRTP_AES128_CM_SHA1_80'] })],
  ['answers to a peer that repeats itself in the handshake', '1 for each half of that time'],
  ['datagrams of a handshake that we send', n(options().mtu)],
  ['the same, from the third repeat of a flight on', n(backOff(3))],
  ['the same, from the sixth repeat of a flight on', n(backOff(6))],
  [
    'messages held until the peer is authenticated',
    `${constant(CONNECTION, 'MAX_HELD')}, of at most ${n(MAX_PLAINTEXT_LENGTH)} each`,
  ],
  ['a message that we send', n(MAX_PLAINTEXT_LENGTH)],
  [
    '`no_renegotiation` warnings that a peer gets for asking',
    n(constant(CONNECTION, 'MAX_RENEGOTIATION_REFUSALS')),
  ],
  ['answers to other warnings', 'none'],
  [
    'answers to a repeated Finished',
    `${found(DRIVER, /^ {4}this\.#answerTurns = (\d+);$/m)} for each datagram`,
  ],
  ['hellos in fragments that wait, of all peers together', n(RING_SLOTS)],
  ['a hello in fragments', n(RING_SLOT_LENGTH)],
  ['separate pieces of one hello', n(pieces)],
  ['the answer to a hello without a good cookie', `${answered}, and never more than the hello`],
  ['how long a cookie is good', cookieLifetimes()],
  ['addresses with a connection', n(server.maximumPeers)],
  ['of these, with one IP address', n(server.maximumPeersPerHost)],
  ['handshakes under way', n(server.maximumHandshakes)],
  ['handshakes of one address, beside its live connection', '1'],
  [
    'addresses remembered whose handshake has failed, for 1,000 ms',
    n(constant('connection/dtls-server.ts', 'MAX_FAILED')),
  ],
  ['datagrams that wait to be read', queue],
  ['SRTP and SRTCP packets that wait to be read', queue],
  ['cookies remembered until the peer is found', n(constant('net/hello-latch.ts', 'MAX_COOKIES'))],
  ['SSRCs remembered, of SRTP and of SRTCP each', n(numberAt('srtp/receiver.ts', /maximumStreams = (\d+),/))],
  ['replay window of an SSRC', `${srtp.replayWindow} packets`],
  ['a packet without what protection adds', n(MAX_PACKET_LENGTH)],
  [
    'packets under one master key, of SRTP and of SRTCP each',
    `${lifetimes.map(power).join(' or ')}, as the profile says`,
  ],
  [
    'key stream made ahead',
    `${n(ahead('MOST_BYTES'))} for ${ahead('MOST_PACKETS')} packets at most, of ${ahead('MOST_STREAMS')} SSRCs`,
  ],
  ['packets kept back to put a recording in order', n(constant('cli/call/reorder.ts', 'DEPTH'))],
  ['a recording', `${n(constant(RECORDING, 'MAX_SAMPLES'))} s`],
  [
    'silence filled in for what did not come',
    `${constant(RECORDING, 'SILENCE_MARGIN')} s more than time has passed`,
  ],
];

/** The members of a union of strings in the source. */
function membersOf(path: string, type: string): string[] {
  const [, body = ''] = new RegExp(`^(?:export )?type ${type} =([\\s\\S]*?');$`, 'm').exec(read(path)) ?? [];
  const members = [...body.matchAll(/'([^']+)'/g)].map(([, member]) => member ?? '');
  if (members.length === 0) throw new Error(`${path} has no ${type}`);
  return members;
}

/** The names of the properties of an interface in the source. */
function propertiesOf(path: string, type: string): string[] {
  const [, body = ''] =
    new RegExp(`^export interface ${type} [^{]*\\{([\\s\\S]*?)^\\}`, 'm').exec(read(path)) ?? [];
  const names = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name ?? '');
  if (names.length === 0) throw new Error(`${path} has no ${type}`);
  return names;
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');

describe('docs/limits.md', () => {
  test('has each limit with the number that the source has', () => {
    expect(ROWS.map(({ what, limit }) => [what, limit])).toEqual(EXPECTED);
  });

  test('has the numbers that stand behind them, too', () => {
    const beyond = ROWS.map((row) => row.beyond).join('\n');
    const reserve = constant('record/record-layer.ts', 'LAST_WORDS');
    const youth = constant('connection/dtls-server.ts', 'LEAST_TIME');
    expect(beyond).toContain(`with the last ${reserve} kept for saying so`);
    expect(beyond.match(/younger than ([\d,]+) ms/g)).toEqual(Array(2).fill(`younger than ${n(youth)} ms`));
    expect(AEAD['aes-256-gcm']).toMatchObject({ sealLimit: AEAD['aes-128-gcm'].sealLimit });
    for (const { openLimit } of Object.values(AEAD)) expect(power(openLimit)).toBe('2^36');
    expect(read('docs/limits.md')).toContain('save by 2^36 forged records');
  });

  test('names options that there are, of the class that it says', () => {
    const known: Readonly<Record<string, readonly string[]>> = {
      HelloGate: propertiesOf('src/handshake/server/gate.ts', 'HelloGateOptions'),
      DtlsServer: propertiesOf('src/connection/server-options.ts', 'DtlsServerOptions'),
      SrtpReceiver: [
        ...propertiesOf('src/srtp/options.ts', 'SrtpOptions'),
        ...propertiesOf('src/srtp/receiver.ts', 'SrtpReceiverOptions'),
      ],
    };
    const ofConnection = propertiesOf('src/connection/options.ts', 'DtlsConnectionOptions');
    let named = 0;
    for (const { where, what, option } of ROWS) {
      for (const name of [...quoted(option), ...quoted(what).filter((text) => text === 'srtpProfiles')]) {
        named++;
        expect(known[quoted(where)[0] ?? ''] ?? ofConnection, `${where}: ${what}`).toContain(name);
      }
      if (!option.includes('`')) expect(option).toBe('fixed');
    }
    expect(named).toBeGreaterThan(12);
  });

  test('names reasons and errors that there are, where they come from', () => {
    const codes = [...Object.keys(ALERTS), ...membersOf('src/errors/arguments.ts', 'NodeErrorCode')];
    const ofRecords = membersOf('src/registry/discard-reasons.ts', 'DiscardReason');
    const known: Readonly<Record<string, readonly string[]>> = {
      '`HelloGate`': membersOf('src/handshake/server/gate.ts', 'HelloDiscardReason'),
      '`DtlsServer`': membersOf('src/connection/dtls-server.ts', 'DtlsServerRefusal'),
      '`SrtpReceiver`': membersOf('src/srtp/discard.ts', 'SrtpDiscardReason'),
      'UDP socket of the command and of `dtlslib/prosody`': membersOf('src/net/udp-socket.ts', 'UdpDiscard'),
    };
    let named = 0;
    for (const { where, what, beyond } of ROWS) {
      for (const name of quoted(beyond).filter((text) => /^(ERR_)?[a-zA-Z]+(_[a-zA-Z]+)+$/.test(text))) {
        named++;
        const names = name.startsWith('ERR_') ? codes : (known[where] ?? ofRecords);
        expect(names, `${where}: ${what}`).toContain(name);
      }
    }
    expect(named).toBeGreaterThan(30);
  });
});
