import { fromHex, toHex } from '../../../src/bytes/bytes.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { fragmentsOf, recordsOf } from '../../lib/records.ts';
import { projectFile, readJson, readLines } from './files.ts';
import { LivePair } from './live-pair.ts';
import { otherSide, SETUPS, SIDES, type Side, setupOf } from './setups.ts';

/** What a peer sent in one handshake, and what our end was. */
export interface Recording {
  readonly name: string;
  readonly setup: string;
  /** Which side we were. */
  readonly side: Side;
  /** What came to us, in order. */
  readonly inbound: readonly Uint8Array[];
  /** What the exporter gives, where the recording leads to the end of the handshake. */
  readonly exported: Uint8Array | undefined;
  /** Our random, where it is not the fixed one. */
  readonly random: Uint8Array | undefined;
}

/** A line of corpus/recordings.jsonl. */
export interface StoredRecording {
  readonly name: string;
  readonly setup: string;
  readonly side: Side;
  readonly inbound: readonly string[];
  readonly exported: string;
}

/** Ours with ours: as everything in them is fixed, they are made when they are wanted. */
function ownRecordings(): Recording[] {
  return Object.keys(SETUPS).flatMap((setup) => {
    const pair = new LivePair(setupOf(setup), [], [], { name: '' }).start().run();
    const { exported } = pair.ends.client;
    pair.talk().sayGoodbye();
    return SIDES.map((side): Recording => {
      const inbound = pair.sent.filter(({ from }) => from !== side).map(({ bytes }) => bytes);
      return { name: `${setup}, ${side}`, setup, side, inbound, exported, random: undefined };
    });
  });
}

/** With OpenSSL. */
function storedRecordings(): Recording[] {
  return readLines('recordings.jsonl').map((line) => {
    const stored: StoredRecording = JSON.parse(line);
    const inbound = stored.inbound.map(fromHex);
    return { ...stored, inbound, exported: fromHex(stored.exported), random: undefined };
  });
}

/** The UDP payloads of a capture of two Firefox; who sent the first DTLS datagram is the client. */
function capturedDatagrams(name: string): { readonly from: Side; readonly bytes: Uint8Array }[] {
  const file = projectFile(`test/vectors/captures/firefox-153-${name}.json`);
  const { datagrams } = readJson<{ readonly datagrams: readonly { from: number; hex: string }[] }>(file);
  const client = datagrams.find(({ hex }) => isDtls(fromHex(hex)))?.from;
  return datagrams.map(({ from, hex }) => ({
    from: from === client ? 'client' : 'server',
    bytes: fromHex(hex),
  }));
}

/** Its first byte says so (RFC 7983 §7). */
function isDtls([first = 0]: Uint8Array): boolean {
  return first >= 20 && first < 64;
}

/** Of two Firefox: with the random of the one we stand in for, signatures are right as far as the key exchange. */
function capturedRecordings(): Recording[] {
  const datagrams = capturedDatagrams('dtls12').filter(({ bytes }) => isDtls(bytes));
  const fragments = recordsOf(...datagrams.map(({ bytes }) => bytes)).flatMap(fragmentsOf);
  const random = (type: number): Uint8Array | undefined =>
    fragments.find((fragment) => fragment.type === type)?.fragment.subarray(2, 34);
  return SIDES.map((side) => ({
    name: `firefox 153, ${side}`,
    setup: 'firefox',
    side,
    inbound: datagrams.filter(({ from }) => from === otherSide(side)).map(({ bytes }) => bytes),
    exported: undefined,
    random: random(side === 'client' ? HandshakeType.client_hello : HandshakeType.server_hello),
  }));
}

let all: readonly Recording[] | undefined;

export function recordings(): readonly Recording[] {
  all ??= [...ownRecordings(), ...storedRecordings(), ...capturedRecordings()];
  return all;
}

let pool: readonly Uint8Array[] | undefined;

/** Every datagram there is, for putting into other handshakes. STUN, DTLS 1.3 and SRTP are among them. */
export function allDatagrams(): readonly Uint8Array[] {
  if (pool !== undefined) return pool;
  const others = capturedDatagrams('dtls13-x25519').slice(0, 40);
  const datagrams = [...recordings().flatMap(({ inbound }) => inbound), ...others.map(({ bytes }) => bytes)];
  pool = [...new Map(datagrams.map((bytes) => [toHex(bytes), bytes])).values()];
  return pool;
}
