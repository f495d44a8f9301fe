import { afterEach, describe, expect, it, vi } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  flipped,
  GCM,
  hex,
  keysWithMki,
  receiverOf,
  type Suite,
  senderOf,
  titled,
} from '../../test/lib/srtp.ts';
import type { SrtpDiscard, SrtpReceiver, SrtpReceiverOptions } from './index.ts';

const SSRC = 0xfedc_ba98;
const rtp = (sequenceNumber: number, ssrc = SSRC): Buffer => rtpPacket({ sequenceNumber, ssrc });
const damaged = (packet: Uint8Array): Uint8Array => flipped(packet, 8 * packet.length - 1);

/** A receiver, and what it has told of. */
function listening(
  row: Suite,
  options: Partial<SrtpReceiverOptions> = {},
): { receiver: SrtpReceiver; told: SrtpDiscard[] } {
  const told: SrtpDiscard[] = [];
  return { receiver: receiverOf(row, { ...options, onDiscard: (discard) => void told.push(discard) }), told };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(titled([CM, GCM]))('onDiscard, %s', (_, row) => {
  it('is told reason, kind and SSRC, for each reason there is', () => {
    const sender = senderOf(row);
    const srtp = (sequenceNumber: number): Uint8Array => new Uint8Array(sender.protect(rtp(sequenceNumber)));
    const { receiver, told } = listening(row, { lifetime: 2, cryptex: 'required' });
    const first = srtp(1);
    receiver.unprotect(first);
    receiver.unprotect(first);
    receiver.unprotect(damaged(srtp(2)));
    receiver.unprotect(new Uint8Array(20));
    receiver.unprotect(sender.protect(rtpPacket({ ssrc: SSRC, sequenceNumber: 3, csrcs: [1] })));
    receiver.unprotect(srtp(500));
    receiver.unprotect(srtp(501));
    receiver.unprotectRtcp(senderOf(row, { unencryptedRtcp: true }).protectRtcp(senderReport(SSRC)));
    receiver.unprotectRtcp(new Uint8Array(4));
    receiver.destroy();
    receiver.unprotect(first);
    receiver.unprotectRtcp(first);
    expect(told).toEqual([
      { reason: 'replayed', kind: 'srtp', ssrc: SSRC },
      { reason: 'bad_tag', kind: 'srtp', ssrc: SSRC },
      { reason: 'malformed_packet', kind: 'srtp', ssrc: undefined },
      { reason: 'not_cryptex', kind: 'srtp', ssrc: SSRC },
      { reason: 'key_expired', kind: 'srtp', ssrc: SSRC },
      { reason: 'not_encrypted', kind: 'srtcp', ssrc: SSRC },
      { reason: 'malformed_packet', kind: 'srtcp', ssrc: undefined },
      { reason: 'not_open', kind: 'srtp', ssrc: undefined },
      { reason: 'not_open', kind: 'srtcp', ssrc: undefined },
    ]);
    const counts: Record<string, number> = {};
    for (const { reason } of told) counts[reason] = (counts[reason] ?? 0) + 1;
    expect(receiver.stats.discards).toEqual(counts);
  });

  it('and for too old, too many streams and MKIs that are not known', () => {
    const sender = senderOf(row, { masterKeys: keysWithMki(row) });
    const { receiver, told } = listening(row, {
      masterKeys: keysWithMki(row).slice(0, 2),
      maximumStreams: 1,
    });
    const old = new Uint8Array(sender.protect(rtp(1)));
    receiver.unprotect(sender.protect(rtp(1000)));
    receiver.unprotect(old);
    receiver.unprotect(sender.protect(rtp(1, 5)));
    sender.useMasterKey(Uint8Array.of(0x80, 0, 21));
    receiver.unprotect(sender.protect(rtp(1001)));
    receiver.unprotectRtcp(sender.protectRtcp(senderReport(SSRC)));
    expect(told).toEqual([
      { reason: 'too_old', kind: 'srtp', ssrc: SSRC },
      { reason: 'too_many_streams', kind: 'srtp', ssrc: 5 },
      { reason: 'unknown_mki', kind: 'srtp', ssrc: SSRC },
      { reason: 'unknown_mki', kind: 'srtcp', ssrc: SSRC },
    ]);
  });

  it('is called when all packets of the call are done with', () => {
    const sender = senderOf(row);
    const seen: number[] = [];
    const receiver: SrtpReceiver = receiverOf(row, {
      onDiscard: () => void seen.push(receiver.stats.packets),
    });
    const good = [1, 2, 3].map((at) => new Uint8Array(sender.protect(rtp(at))));
    const early = sender.protect(rtpPacket({ ssrc: 7, sequenceNumber: 1 }));
    const bad = good.map(damaged);
    receiver.unprotectBatch([...bad, damaged(early), ...good, early]);
    expect(seen).toEqual([4, 4, 4, 4]);
  });

  it('may take and make packets itself: results before and after are what they are', () => {
    const sender = senderOf(row);
    const [before, inner, after] = [1, 2, 3].map((at) => new Uint8Array(sender.protect(rtp(at))));
    if (!before || !inner || !after) throw new Error('no packets');
    const other = senderOf(row);
    const opened: string[] = [];
    const receiver: SrtpReceiver = receiverOf(row, {
      onDiscard: ({ reason }) => {
        if (reason !== 'bad_tag') return;
        opened.push(hex(receiver.unprotect(inner)), hex(receiver.unprotect(inner)));
        other.protectBatch([rtp(1), rtp(2), rtp(3)]);
        receiver.unprotectRtcp(sender.protectRtcp(senderReport(SSRC)));
      },
    });
    const results = receiver.unprotectBatch([before, damaged(after), after]);
    expect(results.map(hex)).toEqual([hex(rtp(1)), 'discarded', hex(rtp(3))]);
    expect(opened).toEqual([hex(rtp(2)), 'discarded']);
    expect(receiver.stats).toEqual({ packets: 3, rtcpPackets: 1, discards: { bad_tag: 1, replayed: 1 } });
  });

  it('may destroy the receiver: what the call has opened is still given', () => {
    const sender = senderOf(row);
    const receiver: SrtpReceiver = receiverOf(row, { onDiscard: () => receiver.destroy() });
    const packets = [1, 2].map((at) => new Uint8Array(sender.protect(rtp(at))));
    const [first = new Uint8Array()] = packets;
    expect(receiver.unprotectBatch([damaged(first), ...packets]).map(hex)).toEqual([
      'discarded',
      hex(rtp(1)),
      hex(rtp(2)),
    ]);
    expect(receiver.unprotect(sender.protect(rtp(3)))).toBeUndefined();
  });

  it('may throw: no packet is lost, the rest is told, and the error comes out by itself', () => {
    const tasks: (() => void)[] = [];
    vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void tasks.push(task));
    const sender = senderOf(row);
    const told: string[] = [];
    const receiver = receiverOf(row, {
      onDiscard: ({ reason, kind }) => {
        told.push(reason);
        throw new Error(`told of ${kind}`);
      },
    });
    receiver.unprotect(sender.protect(rtp(0)));
    const packets = [1, 2].map((at) => new Uint8Array(sender.protect(rtp(at))));
    const [first = new Uint8Array()] = packets;
    const results = receiver.unprotectBatch([damaged(first), ...packets, first, new Uint8Array(3)]);
    expect(results.map(hex)).toEqual(['discarded', hex(rtp(1)), hex(rtp(2)), 'discarded', 'discarded']);
    expect([...told].sort()).toEqual(['bad_tag', 'malformed_packet', 'replayed']);
    expect(receiver.unprotectRtcp(new Uint8Array(3))).toBeUndefined();
    expect(tasks).toHaveLength(4);
    expect(() => tasks[0]?.()).toThrow('told of srtp');
    expect(() => tasks[3]?.()).toThrow('told of srtcp');
    expect(hex(receiver.unprotect(sender.protect(rtp(3))))).toBe(hex(rtp(3)));
    expect(receiver.stats.packets).toBe(4);
  });
});

describe('stats', () => {
  it('are a copy, and have no entry for what has not come up', () => {
    const receiver = receiverOf(CM);
    const before = receiver.stats;
    receiver.unprotect(new Uint8Array(1));
    expect(before).toEqual({ packets: 0, rtcpPackets: 0, discards: {} });
    const { discards } = receiver.stats;
    Object.assign(discards, { malformed_packet: 99 });
    expect(receiver.stats.discards).toEqual({ malformed_packet: 1 });
  });
});

describe('forget()', () => {
  it('makes room for another SSRC; the old one is then a new one', () => {
    const sender = senderOf(CM);
    const { receiver, told } = listening(CM, { maximumStreams: 1 });
    const first = new Uint8Array(sender.protect(rtp(5)));
    receiver.unprotect(first);
    receiver.unprotectRtcp(sender.protectRtcp(senderReport(SSRC)));
    expect(receiver.unprotect(sender.protect(rtp(5, 1)))).toBeUndefined();
    expect(receiver.unprotectRtcp(sender.protectRtcp(senderReport(1)))).toBeUndefined();
    receiver.forget(SSRC);
    expect(receiver.rollOverCounter(SSRC)).toBeUndefined();
    expect(receiver.unprotect(sender.protect(rtp(6, 1)))).toBeDefined();
    expect(receiver.unprotectRtcp(sender.protectRtcp(senderReport(1)))).toBeDefined();
    expect(receiver.unprotect(first)).toBeUndefined();
    receiver.forget(1);
    expect(receiver.unprotect(first)).toBeDefined();
    expect(told.map(({ reason }) => reason)).toEqual(Array(3).fill('too_many_streams'));
  });
});
