import { expect } from 'vitest';
import { EMPTY } from '../../../src/bytes/bytes.ts';
import type { HelloGate } from '../../../src/handshake/server/gate.ts';
import type { PeerAddress } from '../../../src/handshake/server/peer-address.ts';
import type { ClientHello } from '../../../src/wire/messages/client-hello.ts';
import { described, helloDatagram, peerOf, replyOf } from './hellos.ts';

/** What became of each datagram, in words. */
export function receiveAll(
  gate: HelloGate,
  datagrams: readonly Uint8Array[],
  peer: PeerAddress = peerOf(1),
): string[] {
  return datagrams.map((datagram) => described(gate.receive(datagram, peer, 0)));
}

/** The last of these datagrams completes a hello, which the gate asks for a cookie that this very hello is good with. */
export function expectWhole(
  gate: HelloGate,
  hello: ClientHello,
  datagrams: readonly Uint8Array[],
  peer: PeerAddress = peerOf(1),
): void {
  const before = datagrams.slice(0, -1);
  expect(receiveAll(gate, before, peer)).toEqual(before.map(() => 'waiting'));
  const { cookie } = replyOf(gate.receive(datagrams.at(-1) ?? EMPTY, peer, 0));
  expect(described(gate.receive(helloDatagram({ ...hello, cookie }), peer, 0))).toBe('admission');
}
