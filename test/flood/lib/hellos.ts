import { concat, EMPTY } from '../../../src/bytes/bytes.ts';
import type { HelloGateResult } from '../../../src/handshake/server/gate.ts';
import type { PeerAddress } from '../../../src/handshake/server/peer-address.ts';
import { ContentType } from '../../../src/registry/content-types.ts';
import { ExtensionType } from '../../../src/registry/extension-types.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { type HandshakeFragment, writeHandshakeFragment } from '../../../src/wire/handshake.ts';
import { type ClientHello, writeClientHello } from '../../../src/wire/messages/client-hello.ts';
import { readHelloVerifyRequest } from '../../../src/wire/messages/hello-verify-request.ts';
import type { DtlsRecord } from '../../../src/wire/record.ts';
import { fragmentsOf, plaintextRecord, recordsOf } from '../../lib/records.ts';

/** The peer of that number: of all numbers below 2^24 no two have the same address. */
export function peerOf(number: number, port = 5000): PeerAddress {
  return { address: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`, port };
}

/** A random that differs from number to number. */
export function randomOf(number: number): Uint8Array {
  const random = new Uint8Array(32).fill(0x5a);
  new DataView(random.buffer).setUint32(0, number);
  return random;
}

/** A ClientHello that a server of ours can answer, but for what is changed; it has no cookie. */
export function clientHello(changes: Partial<ClientHello> = {}): ClientHello {
  return {
    version: 0xfefd,
    random: randomOf(1),
    sessionId: EMPTY,
    cookie: EMPTY,
    cipherSuites: [0xc02b, 0xc02f],
    compressionMethods: Uint8Array.of(0),
    extensions: new Map([
      [ExtensionType.extended_master_secret, EMPTY],
      [ExtensionType.renegotiation_info, Uint8Array.of(0)],
      [ExtensionType.supported_groups, Uint8Array.of(0, 4, 0, 29, 0, 23)],
      [ExtensionType.signature_algorithms, Uint8Array.of(0, 2, 4, 3)],
      [ExtensionType.use_srtp, Uint8Array.of(0, 2, 0, 1, 0)],
    ]),
    ...changes,
  };
}

/** As long as hellos of browsers with post-quantum key shares are: 1,400 bytes and more. */
export function longHello(changes: Partial<ClientHello> = {}): ClientHello {
  const hello = clientHello(changes);
  return { ...hello, extensions: new Map([...hello.extensions, [51, new Uint8Array(1300).fill(7)]]) };
}

/** Where a hello stands; by default a client's first, or its second if it has a cookie. */
export interface Numbers {
  readonly messageSeq?: number;
  readonly sequenceNumber?: number;
}

/** The hello in one datagram. */
export function helloDatagram(hello: ClientHello, numbers: Numbers = {}): Uint8Array {
  const [datagram = EMPTY] = helloPieces(hello, [], numbers);
  return datagram;
}

/** The hello cut at these offsets, a piece in each datagram. */
export function helloPieces(
  hello: ClientHello,
  cuts: readonly number[],
  { messageSeq = hello.cookie.length > 0 ? 1 : 0, sequenceNumber = messageSeq }: Numbers = {},
): Uint8Array[] {
  const body = writeClientHello(hello);
  const ends = [...cuts, body.length];
  return ends.map((end, i) => {
    const start = ends[i - 1] ?? 0;
    const message = { type: HandshakeType.client_hello, messageSeq, body };
    return plaintextRecord(
      ContentType.handshake,
      writeHandshakeFragment(message, start, end - start),
      sequenceNumber + i,
    );
  });
}

/** A fragment that says whatever it likes of itself. */
export function fragment(length: number, offset: number, bytes: Uint8Array, messageSeq = 0): Uint8Array {
  const u24 = (n: number): number[] => [(n >> 16) & 255, (n >> 8) & 255, n & 255];
  const header = [
    HandshakeType.client_hello,
    ...u24(length),
    0,
    messageSeq,
    ...u24(offset),
    ...u24(bytes.length),
  ];
  return plaintextRecord(ContentType.handshake, Uint8Array.from([...header, ...bytes]));
}

/** What a gate replied, read; throws when it did not. */
export interface Reply {
  readonly datagram: Uint8Array;
  readonly record: DtlsRecord;
  readonly fragment: HandshakeFragment;
  readonly cookie: Uint8Array;
}

export function replyOf(result: HelloGateResult): Reply {
  if (result.type !== 'reply') throw new Error(`not a reply: ${described(result)}`);
  const { datagram } = result;
  const [record, ...records] = recordsOf(datagram);
  if (record === undefined || records.length > 0) throw new Error('not one record');
  const [fragment, ...fragments] = fragmentsOf(record);
  if (fragment?.type !== HandshakeType.hello_verify_request || fragments.length > 0)
    throw new Error('not one HelloVerifyRequest');
  const cookie = readHelloVerifyRequest(fragment.fragment)?.cookie;
  if (cookie === undefined) throw new Error('malformed HelloVerifyRequest');
  return { datagram, record, fragment, cookie };
}

/** A result in a word or two. */
export function described(result: HelloGateResult): string {
  return result.type === 'discard' ? `discard, ${result.reason}` : result.type;
}

/** Records one behind the other in one datagram. */
export function together(...datagrams: readonly Uint8Array[]): Uint8Array {
  return concat(...datagrams);
}
