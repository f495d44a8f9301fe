import { toHex } from '../../../src/bytes/bytes.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { HelloGate } from '../../../src/handshake/server/gate.ts';
import { type PeerAddress, peerKey } from '../../../src/handshake/server/peer-address.ts';
import { writeHandshakeMessage } from '../../../src/wire/handshake.ts';
import { readClientHello, writeClientHello } from '../../../src/wire/messages/client-hello.ts';
import { soleFragment } from '../../../src/wire/sole-fragment.ts';
import { plaintextRecord } from '../../lib/records.ts';
import type { Case } from '../lib/edit.ts';
import { allDatagrams } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS, travel } from '../lib/road.ts';
import type { Target } from '../lib/target.ts';
import { insist, mustNotThrow } from '../lib/watched.ts';

/** From where hellos come; to the last nothing can be sent. */
const ADDRESSES: readonly PeerAddress[] = [
  { address: '192.0.2.1', port: 1001 },
  { address: '2001:db8::3', port: 1003 },
  { address: '203.0.113.9', port: 9 },
  { address: '192.0.2.8', port: 0 },
];
const STRANGER: PeerAddress = { address: '203.0.113.9', port: 9 };

/** The gate by itself, with what it is to let in known beforehand. */
function runGate({ edits }: Case): void {
  const gate = new HelloGate({ secret: new Uint8Array(32).fill(9) });
  const given = new Set<string>();
  const balance = new Map<string, number>();
  let received = 0;
  const receive = (bytes: Uint8Array, peer: PeerAddress, now: number): Uint8Array | undefined => {
    received++;
    const key = peerKey(peer);
    const result = mustNotThrow('HelloGate.receive()', () => gate.receive(bytes, peer, now));
    balance.set(key, (balance.get(key) ?? 0) + bytes.length);
    if (result.type === 'reply') {
      const left = (balance.get(key) ?? 0) - result.datagram.length;
      insist(left >= 0 && peer.port > 0, `a reply of ${result.datagram.length} bytes to ${key}`);
      balance.set(key, left);
      given.add(`${key} ${toHex(cookieOf(result.datagram))}`);
      return result.datagram;
    }
    const cookies = [...given].filter((pair) => pair.startsWith(`${key} `));
    insist(result.type !== 'admission' || cookies.length > 0, `${key} was let in without a cookie`);
    return undefined;
  };
  for (const [i, hello] of hellos().entries()) {
    const peer = ADDRESSES[i % ADDRESSES.length] ?? STRANGER;
    const bag = { corpus: allDatagrams(), history: hellos(), seal: undefined };
    const now = 1000 + 20_000 * (i % 7);
    for (const { bytes, back } of travel(
      hello,
      edits.filter(({ at }) => at === i),
      bag,
    )) {
      const reply = receive(bytes, peer, now);
      // The same from elsewhere must not be taken for the same.
      receive(bytes, back === true ? peer : STRANGER, now + 1);
      const again = reply && withCookie(bytes, cookieOf(reply));
      if (again === undefined) continue;
      receive(again, STRANGER, now + 2);
      receive(again, peer, now + 3);
    }
  }
  const { replies, admissions, waiting, discards, received: counted } = gate.stats;
  const { fragment_limit: evicted = 0, conflicting_fragment: replaced = 0, ...others } = discards;
  const sum = Object.values(others).reduce((total, count) => total + count, replies + admissions + waiting);
  insist(counted === received, `${counted} of ${received} counted`);
  insist(sum <= received && received <= sum + evicted + replaced, `${sum} of ${received} accounted for`);
}

let hellosKnown: readonly Uint8Array[] | undefined;

/** What begins handshakes in the recordings. */
function hellos(): readonly Uint8Array[] {
  hellosKnown ??= allDatagrams().filter((bytes) => bytes[0] === 22 && bytes[13] === 1);
  return hellosKnown;
}

/** Of a HelloVerifyRequest of the gate's, which is all of the datagram. */
function cookieOf(reply: Uint8Array): Uint8Array {
  const reader = new Reader(reply.subarray(13 + 12 + 2));
  const cookie = reader.vector8();
  insist(reader.finished && cookie.length === 32, 'a reply that is no HelloVerifyRequest');
  return cookie;
}

/** The hello with this cookie in it; undefined when it is in pieces, or none. */
function withCookie(datagram: Uint8Array, cookie: Uint8Array): Uint8Array | undefined {
  const fragment = soleFragment(datagram);
  const hello =
    fragment?.length === fragment?.fragment.length && fragment && readClientHello(fragment.fragment);
  if (!hello || fragment === undefined) return undefined;
  const body = writeClientHello({ ...hello, cookie });
  const message = writeHandshakeMessage({ ...fragment, body });
  return plaintextRecord(22, message, fragment.recordSequenceNumber + 1);
}

export const gate: Target = {
  name: 'gate',
  about: 'a HelloGate, to which the hellos of all recordings come from several addresses',
  setups: ['all'],
  places: () => hellos().length,
  operations: DATAGRAM_OPERATIONS,
  weight: 1,
  run: runGate,
};
