import { describe, expect, it } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import { CM, discarded, GCM, hex, receiverOf, senderOf, titled } from '../../test/lib/srtp.ts';

const SUITES = titled([CM, GCM]);
const FORGED = 1_000_000;
const BATCH = 1000;

/** `BATCH` packets of as many SSRCs, whose memory is used again and again. */
function forgedBatch(packet: Uint8Array): { batch: Buffer[]; next: (first: number) => void } {
  const batch = Array.from({ length: BATCH }, () => Buffer.from(packet));
  const next = (first: number): void => {
    for (const [i, forged] of batch.entries()) forged.writeUInt32BE(first + i, 8);
  };
  return { batch, next };
}

describe.each(SUITES)('%s: SSRCs without end (S24)', (_, row) => {
  it('a million forged SSRCs: nothing is kept of any', () => {
    const receiver = receiverOf(row, { maximumStreams: 2 });
    const sender = senderOf(row);
    const { batch, next } = forgedBatch(sender.protect(rtpPacket({ sequenceNumber: 40_000, payload: 0 })));
    next(1);
    receiver.unprotectBatch(batch);
    const before = process.memoryUsage().heapUsed;
    let opened = 0;
    for (let first = 1; first < FORGED; first += BATCH) {
      next(first);
      for (const result of receiver.unprotectBatch(batch)) if (result !== undefined) opened++;
    }
    // A window for each would be some 200 bytes and more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
    expect(opened).toBe(0);
    for (let ssrc = 1; ssrc < FORGED; ssrc += 997) {
      expect(receiver.rollOverCounter(ssrc)).toBeUndefined();
    }
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 0, discards: { bad_tag: FORGED + BATCH } });
    // They have taken no place of the two that there are.
    for (const ssrc of [FORGED + 1, FORGED + 2]) {
      const packet = rtpPacket({ ssrc });
      expect(hex(receiver.unprotect(sender.protect(packet)))).toBe(hex(packet));
    }
  });

  it('forged SSRCs that may have rolled over already, one by one and in batches', () => {
    const receiver = receiverOf(row, { maximumStreams: 1 });
    const sender = senderOf(row);
    const { batch, next } = forgedBatch(sender.protect(rtpPacket({ sequenceNumber: 5 })));
    for (let first = 1; first < 20_000; first += BATCH) {
      next(first);
      receiver.unprotectBatch(batch);
      receiver.unprotect(batch[7] ?? new Uint8Array());
    }
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 0, discards: { bad_tag: 20_020 } });
    for (let ssrc = 1; ssrc <= 20_000; ssrc++) expect(receiver.rollOverCounter(ssrc)).toBeUndefined();
    const packet = rtpPacket({ ssrc: 77_777 });
    expect(hex(receiver.unprotect(sender.protect(packet)))).toBe(hex(packet));
  });

  it('SRTCP: nothing is kept of a forged SSRC', () => {
    const receiver = receiverOf(row, { maximumStreams: 1 });
    const sender = senderOf(row);
    const forged = Buffer.from(sender.protectRtcp(senderReport(1)));
    for (let ssrc = 2; ssrc < 50_000; ssrc++) {
      forged.writeUInt32BE(ssrc, 4);
      receiver.unprotectRtcp(forged);
    }
    expect(discarded(receiver)).toBe(49_998);
    expect(hex(receiver.unprotectRtcp(sender.protectRtcp(senderReport(60_000))))).toBe(
      hex(senderReport(60_000)),
    );
  });

  it('a peer with more SSRCs than `maximumStreams`: the first keep going, the rest are told', () => {
    const receiver = receiverOf(row, { maximumStreams: 3 });
    const sender = senderOf(row);
    const round = (sequenceNumber: number): string[] =>
      [1, 2, 3, 4, 5].map((ssrc) => {
        const opened = receiver.unprotect(sender.protect(rtpPacket({ ssrc, sequenceNumber })));
        return opened === undefined ? 'no' : 'yes';
      });
    expect(round(1)).toEqual(['yes', 'yes', 'yes', 'no', 'no']);
    const batch = [1, 4, 2, 5, 3].map((ssrc) => sender.protect(rtpPacket({ ssrc, sequenceNumber: 2 })));
    expect(receiver.unprotectBatch(batch).map((opened) => opened !== undefined)).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(round(3)).toEqual(['yes', 'yes', 'yes', 'no', 'no']);
    expect(receiver.stats).toEqual({ packets: 9, rtcpPackets: 0, discards: { too_many_streams: 6 } });
    expect([receiver.rollOverCounter(3), receiver.rollOverCounter(4)]).toEqual([0, undefined]);
  });

  it('SRTCP is counted apart from SRTP', () => {
    const receiver = receiverOf(row, { maximumStreams: 2 });
    const sender = senderOf(row);
    for (const ssrc of [1, 2, 3]) receiver.unprotect(sender.protect(rtpPacket({ ssrc })));
    for (const ssrc of [3, 4, 5, 3]) receiver.unprotectRtcp(sender.protectRtcp(senderReport(ssrc)));
    expect(receiver.stats).toEqual({ packets: 2, rtcpPackets: 3, discards: { too_many_streams: 2 } });
  });

  it('4,096 if nothing is said', () => {
    const receiver = receiverOf(row);
    const sender = senderOf(row);
    const ssrcs = Array.from({ length: 4100 }, (_unused, i) => i + 1);
    receiver.unprotectBatch(sender.protectBatch(ssrcs.map((ssrc) => rtpPacket({ ssrc, payload: 1 }))));
    expect(receiver.stats).toEqual({ packets: 4096, rtcpPackets: 0, discards: { too_many_streams: 4 } });
  });
});
