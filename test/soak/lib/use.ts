import { sameBytes, utf8 } from '../../../src/bytes/bytes.ts';
import type { SrtpKeys } from '../../../src/connection/exporter.ts';
import { SrtpReceiver, SrtpSender } from '../../../src/srtp/index.ts';
import { rtpPacket } from '../../interop/lib/rtp.ts';
import { otherSide, type Road, SIDES, type Side } from './road.ts';

/** The same bytes, or the soak has found something worse than a leak. */
function expectSame(what: string, a: Uint8Array, b: Uint8Array): void {
  if (!sameBytes(a, b)) throw new Error(`${what} differ between client and server`);
}

function keysOf(road: Road, side: Side): SrtpKeys {
  const { connection } = road[side];
  if (connection === undefined) throw new Error(`the ${side} has no connection`);
  return connection.srtpKeys();
}

/** Exports keys at both ends, and sends a packet each way through senders and receivers made of them if `media`. */
export function useKeys(road: Road, media: boolean): void {
  const exported = SIDES.map((side) => road[side].connection?.exportKeyingMaterial(32, 'EXPERIMENTAL soak'));
  expectSame('exported keys', exported[0] ?? utf8('none'), exported[1] ?? utf8('none at all'));
  for (const side of SIDES) {
    const [ours, theirs] = [keysOf(road, side), keysOf(road, otherSide(side))];
    expectSame('SRTP keys', ours.local.masterKey, theirs.remote.masterKey);
    if (!media) continue;
    const sender = new SrtpSender({ profile: ours.profile, ...ours.local });
    const receiver = new SrtpReceiver({ profile: theirs.profile, ...theirs.remote });
    const packet = rtpPacket();
    const opened = receiver.unprotect(sender.protect(packet));
    expectSame('RTP packets', packet, opened ?? utf8('none'));
    sender.destroy();
    receiver.destroy();
  }
}

/** Sends a message from each end, and waits until both have come. */
export async function exchangeMessages(
  road: Road,
  received: Readonly<Record<Side, readonly Uint8Array[]>>,
): Promise<void> {
  for (const side of SIDES) road[side].send(utf8(`from the ${side}`));
  const come = await road.until(() => SIDES.every((side) => received[side].length > 0));
  if (!come) throw new Error('a message did not come');
  for (const side of SIDES)
    expectSame('messages', received[side][0] ?? utf8('none'), utf8(`from the ${otherSide(side)}`));
}
