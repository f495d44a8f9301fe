import { expect, test } from 'vitest';
import { toHex } from '../../src/bytes/bytes.ts';
import { isRtcp, SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import { type Capture, packetKind, type Side } from './capture.ts';

const SIDES: readonly Side[] = ['client', 'server'];

export interface SrtpMasterKeys {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
}

/** What the keys of a capture must open. */
export interface CapturedSrtp {
  readonly capture: Capture;
  readonly profile: string;
  readonly keys: Readonly<Record<Side, SrtpMasterKeys>>;
  readonly rtpPackets: Readonly<Record<Side, number>>;
  readonly rtcpPackets: Readonly<Record<Side, number>>;
}

interface OpenedPacket {
  readonly from: Side;
  readonly protectedBytes: Uint8Array;
  readonly plain: Uint8Array;
}

/** The four parts of exported keying material (RFC 5764 §4.2). */
export function splitKeyingMaterial(
  material: Uint8Array,
  keyLength: number,
  saltLength: number,
): Record<Side, SrtpMasterKeys> {
  const salts = 2 * keyLength;
  return {
    client: {
      masterKey: material.subarray(0, keyLength),
      masterSalt: material.subarray(salts, salts + saltLength),
    },
    server: {
      masterKey: material.subarray(keyLength, salts),
      masterSalt: material.subarray(salts + saltLength, salts + 2 * saltLength),
    },
  };
}

/** What the SRTP demultiplexer would hand on: RTP and RTCP packets in order of capture. */
export function srtpDatagrams(capture: Capture, side?: Side): { from: Side; bytes: Uint8Array }[] {
  return capture.datagrams.filter(
    ({ from, bytes }) => packetKind(bytes) === 'srtp' && (side === undefined || from === side),
  );
}

/** The index of an SRTCP packet with E = 1, of which the last word is all that follows the tag (RFC 7714 §9.1). */
function rtcpIndexOf(packet: Uint8Array): number {
  const word = Buffer.from(packet).readUInt32BE(packet.length - 4);
  expect(word >>> 31).toBe(1);
  return word & 0x7fffffff;
}

/** The packets of a compound RTCP packet lie end to end (RFC 3550 §6.1), which one badly decrypted would not. */
function expectCompound(rtcp: Uint8Array): void {
  const view = Buffer.from(rtcp);
  let offset = 0;
  while (offset + 4 <= view.length) {
    expect(view.readUInt8(offset) >> 6).toBe(2);
    expect(isRtcp(view.subarray(offset))).toBe(true);
    offset += 4 * (view.readUInt16BE(offset + 2) + 1);
  }
  expect(offset).toBe(view.length);
}

/** Padding counts itself and is of the payload (RFC 3550 §5.1), which one badly decrypted might not. */
function expectRtp(rtp: Uint8Array, packet: Uint8Array): void {
  expect(toHex(rtp.subarray(0, 12))).toBe(toHex(packet.subarray(0, 12)));
  if (((rtp[0] ?? 0) & 0x20) === 0) return;
  const padding = rtp[rtp.length - 1] ?? 0;
  expect(padding).toBeGreaterThan(0);
  expect(padding).toBeLessThanOrEqual(rtp.length - 12);
}

/** Registers the tests that all SRTP of a capture is opened and made again. */
export function testCapturedSrtp({ capture, profile, keys, rtpPackets, rtcpPackets }: CapturedSrtp): void {
  function open(from: Side, receiver: SrtpReceiver, bytes: Uint8Array): OpenedPacket {
    const plain = isRtcp(bytes) ? receiver.unprotectRtcp(bytes) : receiver.unprotect(bytes);
    if (plain === undefined) throw new Error(`discarded: ${JSON.stringify(receiver.stats.discards)}`);
    return { from, protectedBytes: bytes, plain: Uint8Array.from(plain) };
  }

  function openAll(side: Side): OpenedPacket[] {
    const receiver = new SrtpReceiver({ profile, ...keys[side] });
    const packets = srtpDatagrams(capture, side).map(({ bytes }) => open(side, receiver, bytes));
    expect(receiver.stats).toEqual({
      packets: rtpPackets[side],
      rtcpPackets: rtcpPackets[side],
      discards: {},
    });
    return packets;
  }

  test.each(SIDES)('every SRTP and SRTCP packet of the %s is opened by the keys of its sender', (side) => {
    for (const { protectedBytes, plain } of openAll(side)) {
      if (isRtcp(protectedBytes)) expectCompound(plain);
      else expectRtp(plain, protectedBytes);
    }
  });

  test.each(SIDES)('what the %s sent, protected again, is what it sent, byte for byte', (side) => {
    const sender = new SrtpSender({ profile, ...keys[side] });
    for (const { protectedBytes, plain } of openAll(side)) {
      if (isRtcp(plain)) {
        sender.setRtcpIndex(Buffer.from(plain).readUInt32BE(4), rtcpIndexOf(protectedBytes));
        expect(toHex(sender.protectRtcp(plain))).toBe(toHex(protectedBytes));
      } else {
        expect(toHex(sender.protect(plain))).toBe(toHex(protectedBytes));
      }
    }
  });

  test.each(SIDES)('all SRTP of the %s in one batch gives the same, both ways', (side) => {
    const packets = openAll(side).filter(({ plain }) => !isRtcp(plain));
    const srtp = packets.map(({ protectedBytes }) => protectedBytes);
    const opened = new SrtpReceiver({ profile, ...keys[side] }).unprotectBatch(srtp);
    expect(opened.map((plain) => plain && toHex(plain))).toEqual(packets.map(({ plain }) => toHex(plain)));
    const sealed = new SrtpSender({ profile, ...keys[side] }).protectBatch(packets.map(({ plain }) => plain));
    expect(sealed.map(toHex)).toEqual(srtp.map(toHex));
  });

  test.each(SIDES)("the keys of the other side open nothing of the %s's", (side) => {
    const other = side === 'client' ? 'server' : 'client';
    const receiver = new SrtpReceiver({ profile, ...keys[other] });
    for (const { bytes } of srtpDatagrams(capture, side)) {
      expect(isRtcp(bytes) ? receiver.unprotectRtcp(bytes) : receiver.unprotect(bytes)).toBeUndefined();
    }
    const packets = rtpPackets[side] + rtcpPackets[side];
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 0, discards: { bad_tag: packets } });
  });

  test.each(SIDES)('a second time, every packet of the %s is a replay', (side) => {
    const receiver = new SrtpReceiver({ profile, ...keys[side] });
    for (const { bytes } of srtpDatagrams(capture, side)) {
      open(side, receiver, bytes);
      expect(isRtcp(bytes) ? receiver.unprotectRtcp(bytes) : receiver.unprotect(bytes)).toBeUndefined();
    }
    expect(receiver.stats.discards).toEqual({ replayed: rtpPackets[side] + rtcpPackets[side] });
  });
}
