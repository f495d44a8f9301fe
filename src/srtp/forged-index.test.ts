import { describe, expect, it } from 'vitest';
import { rtpPacket, SSRC, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  DTLS_SUITES,
  discarded,
  hex,
  receiverOf,
  type Suite,
  senderOf,
  titled,
} from '../../test/lib/srtp.ts';
import type { SrtpReceiver } from './index.ts';

const UNKNOWN = 0x0bad_0bad;
/** The highest before the roll-over, those behind it, and far on the other side. */
const SEQUENCE_NUMBERS = [
  65_531, 65_535, 0, 1, 5, 100, 16_000, 32_000, 32_761, 32_762, 32_767, 32_768, 65_529,
];

/** What is sent across the roll-over: sequence number to SRTP packet. */
function traffic(row: Suite): Map<number, Uint8Array> {
  const sender = senderOf(row);
  const packets = new Map<number, Uint8Array>();
  for (let index = 65_500; index < 65_560; index++) {
    const sequenceNumber = index % 65_536;
    packets.set(sequenceNumber, new Uint8Array(sender.protect(rtpPacket({ sequenceNumber }))));
  }
  return packets;
}

function must(packets: Map<number, Uint8Array>, sequenceNumber: number): Uint8Array {
  const found = packets.get(sequenceNumber);
  if (found === undefined) throw new Error(`no packet ${sequenceNumber}`);
  return found;
}

/** A packet with another sequence number and SSRC than it was made for. */
function forge(packet: Uint8Array, sequenceNumber: number, ssrc: number): Uint8Array {
  const forged = Buffer.from(packet);
  forged.writeUInt16BE(sequenceNumber, 2);
  forged.writeUInt32BE(ssrc, 8);
  return new Uint8Array(forged);
}

function forgeries(packets: Map<number, Uint8Array>): Uint8Array[] {
  return SEQUENCE_NUMBERS.flatMap((sequenceNumber) =>
    [SSRC, UNKNOWN].map((ssrc) => forge(must(packets, 65_520), sequenceNumber, ssrc)),
  );
}

/** Everything is as after the packet 65530: what is within the window before it, and what comes after it, is taken. */
function expectUnmoved(receiver: SrtpReceiver, packets: Map<number, Uint8Array>): void {
  expect([receiver.rollOverCounter(SSRC), receiver.rollOverCounter(UNKNOWN)]).toEqual([0, undefined]);
  const before = receiver.stats.discards.replayed ?? 0;
  expect(receiver.unprotect(must(packets, 65_530))).toBeUndefined();
  expect(receiver.stats.discards.replayed).toBe(before + 1);
  for (const sequenceNumber of [65_500, 65_529, 65_531, 65_535]) {
    const opened = receiver.unprotect(must(packets, sequenceNumber));
    expect(hex(opened), `${sequenceNumber}`).toBe(hex(rtpPacket({ sequenceNumber })));
  }
  expect(receiver.rollOverCounter(SSRC)).toBe(0);
  expect(hex(receiver.unprotect(must(packets, 3)))).toBe(hex(rtpPacket({ sequenceNumber: 3 })));
  expect(receiver.rollOverCounter(SSRC)).toBe(1);
}

describe.each(titled(DTLS_SUITES))('%s: forged sequence numbers move nothing (S23)', (_, row) => {
  it('before the first packet: the first is still taken as the first', () => {
    const packets = traffic(row);
    const receiver = receiverOf(row);
    for (const forged of forgeries(packets)) expect(receiver.unprotect(forged)).toBeUndefined();
    expect(receiver.unprotectBatch(forgeries(packets)).every((opened) => opened === undefined)).toBe(true);
    expect([receiver.rollOverCounter(SSRC), receiver.stats.packets]).toEqual([undefined, 0]);
    expect(receiver.stats.discards).toEqual({ bad_tag: 4 * SEQUENCE_NUMBERS.length });
    receiver.unprotect(must(packets, 65_530));
    expectUnmoved(receiver, packets);
  });

  it('one by one, across the roll-over', () => {
    const packets = traffic(row);
    const receiver = receiverOf(row);
    receiver.unprotect(must(packets, 65_530));
    for (const forged of forgeries(packets)) {
      expect(receiver.unprotect(forged)).toBeUndefined();
      expect([receiver.rollOverCounter(SSRC), receiver.rollOverCounter(UNKNOWN)]).toEqual([0, undefined]);
    }
    expect(receiver.stats.packets).toBe(1);
    expectUnmoved(receiver, packets);
  });

  it('in a batch, across the roll-over', () => {
    const packets = traffic(row);
    const receiver = receiverOf(row);
    receiver.unprotect(must(packets, 65_530));
    for (let i = 0; i < 4; i++) {
      const opened = receiver.unprotectBatch(forgeries(packets));
      expect(opened.every((one) => one === undefined)).toBe(true);
    }
    expect(discarded(receiver)).toBe(8 * SEQUENCE_NUMBERS.length);
    expectUnmoved(receiver, packets);
  });

  it('in a batch with true packets before, between and behind', () => {
    const packets = traffic(row);
    const receiver = receiverOf(row);
    const order = [...packets.keys()];
    const batch = order.flatMap((sequenceNumber, i) => [
      forge(must(packets, 65_510), SEQUENCE_NUMBERS[i % SEQUENCE_NUMBERS.length] ?? 0, SSRC),
      must(packets, sequenceNumber),
      forge(must(packets, 65_510), i, UNKNOWN),
    ]);
    const opened = receiver.unprotectBatch(batch);
    expect(opened.map(hex)).toEqual(
      order.flatMap((sequenceNumber) => ['discarded', hex(rtpPacket({ sequenceNumber })), 'discarded']),
    );
    expect([receiver.rollOverCounter(SSRC), receiver.rollOverCounter(UNKNOWN)]).toEqual([1, undefined]);
    expect(receiver.stats.packets).toBe(packets.size);
  });

  it('after the roll-over: a late packet of before it is still taken', () => {
    const packets = traffic(row);
    const receiver = receiverOf(row);
    for (const sequenceNumber of [65_530, 2]) receiver.unprotect(must(packets, sequenceNumber));
    for (const forged of forgeries(packets)) expect(receiver.unprotect(forged)).toBeUndefined();
    receiver.unprotectBatch(forgeries(packets));
    expect(receiver.rollOverCounter(SSRC)).toBe(1);
    expect(receiver.unprotectBatch([must(packets, 65_535), must(packets, 1)]).map(hex)).toEqual(
      [65_535, 1].map((sequenceNumber) => hex(rtpPacket({ sequenceNumber }))),
    );
  });

  it('a roll-over counter that was set waits for a true packet', () => {
    const sender = senderOf(row);
    sender.setRollOverCounter(SSRC, 7);
    const packet = rtpPacket({ sequenceNumber: 40_000 });
    const srtp = sender.protect(packet);
    const receiver = receiverOf(row);
    receiver.setRollOverCounter(SSRC, 7);
    for (const sequenceNumber of SEQUENCE_NUMBERS)
      expect(receiver.unprotect(forge(srtp, sequenceNumber, SSRC))).toBeUndefined();
    expect(receiver.rollOverCounter(SSRC)).toBe(7);
    expect(hex(receiver.unprotect(srtp))).toBe(hex(packet));
  });

  it('SRTCP: forged indices, the highest too', () => {
    const sender = senderOf(row);
    const receiver = receiverOf(row);
    const [first, second] = [
      new Uint8Array(sender.protectRtcp(senderReport())),
      sender.protectRtcp(senderReport()),
    ];
    const at = second.length - (row.cipher === 'aes-gcm' ? 4 : 4 + row.rtcpTagLength);
    const forgeAll = (): void => {
      for (const index of [1, 2, 200, 2 ** 31 - 2, 2 ** 31 - 1]) {
        const forged = Buffer.from(first);
        forged.writeUInt32BE(index + (row.cipher === 'null' ? 0 : 2 ** 31), at);
        expect(receiver.unprotectRtcp(forged)).toBeUndefined();
      }
    };
    forgeAll();
    expect(hex(receiver.unprotectRtcp(first))).toBe(hex(senderReport()));
    forgeAll();
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 1, discards: { bad_tag: 10 } });
    expect(hex(receiver.unprotectRtcp(second))).toBe(hex(senderReport()));
  });
});
