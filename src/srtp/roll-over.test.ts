import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../../test/interop/lib/rtp.ts';
import { CIPHERS, codeOf, hex, receiverOf, senderOf, titled } from '../../test/lib/srtp.ts';
import type { SrtpReceiver, SrtpSender } from './index.ts';

const SSRC = 0x8000_0001;
const rtp = (sequenceNumber: number, ssrc = SSRC): Buffer => rtpPacket({ sequenceNumber, ssrc });

/** Packets of these sequence numbers; tells which came through. */
function pass(sender: SrtpSender, receiver: SrtpReceiver, sequenceNumbers: readonly number[]): boolean[] {
  return sequenceNumbers.map((sequenceNumber) => {
    const opened = receiver.unprotect(sender.protect(rtp(sequenceNumber)));
    if (opened !== undefined) expect(hex(opened)).toBe(hex(rtp(sequenceNumber)));
    return opened !== undefined;
  });
}

describe.each(titled(CIPHERS))('%s: roll-over counters (RFC 3711 §3.3.1)', (_, row) => {
  it('unknown before the first packet; one for each SSRC; it goes up behind 65535', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    for (const end of [sender, receiver]) expect(end.rollOverCounter(SSRC)).toBeUndefined();
    expect(pass(sender, receiver, [65_534])).toEqual([true]);
    for (const end of [sender, receiver]) expect(end.rollOverCounter(SSRC)).toBe(0);
    expect(pass(sender, receiver, [65_535, 0, 1])).toEqual([true, true, true]);
    for (const end of [sender, receiver])
      expect([end.rollOverCounter(SSRC), end.rollOverCounter(1)]).toEqual([1, undefined]);
  });

  it('several times round', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const steps = Array.from({ length: 20 }, (_unused, i) => (i * 20_000) % 65_536);
    expect(pass(sender, receiver, steps)).toEqual(steps.map(() => true));
    expect([sender.rollOverCounter(SSRC), receiver.rollOverCounter(SSRC)]).toEqual([5, 5]);
  });

  it('a receiver that joins late and was told', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    sender.setRollOverCounter(SSRC, 70_000);
    sender.protect(rtp(49_999));
    const missed = sender.protect(rtp(50_000));
    expect(receiver.unprotect(missed)).toBeUndefined();
    receiver.setRollOverCounter(SSRC, 70_000);
    expect(receiver.rollOverCounter(SSRC)).toBe(70_000);
    expect(pass(sender, receiver, [50_001, 65_530, 3])).toEqual([true, true, true]);
    expect(receiver.rollOverCounter(SSRC)).toBe(70_001);
    expect(receiver.stats.discards).toEqual({ bad_tag: 1 });
  });

  it('a receiver that was told wrong takes nothing until it is told right', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    sender.setRollOverCounter(SSRC, 9);
    receiver.setRollOverCounter(SSRC, 8);
    expect(pass(sender, receiver, [1, 2])).toEqual([false, false]);
    expect(receiver.rollOverCounter(SSRC)).toBe(8);
    receiver.setRollOverCounter(SSRC, 9);
    expect(pass(sender, receiver, [3, 2 ** 15])).toEqual([true, true]);
  });

  it('set back to before the window, packets of that time are taken again; set to what it is, none', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const sealed = [1000, 30_000, 60_000, 20_000].map((at) => sender.protect(rtp(at)));
    const [first, , , last] = sealed;
    expect(sealed.map((srtp) => receiver.unprotect(srtp) !== undefined)).toEqual([true, true, true, true]);
    receiver.setRollOverCounter(SSRC, 1);
    expect(receiver.unprotect(last ?? new Uint8Array())).toBeUndefined();
    expect(receiver.stats.discards).toEqual({ replayed: 1 });
    receiver.setRollOverCounter(SSRC, 0);
    expect(receiver.unprotect(first ?? new Uint8Array())).toBeDefined();
    expect(receiver.unprotect(first ?? new Uint8Array())).toBeUndefined();
    expect(receiver.rollOverCounter(SSRC)).toBe(0);
  });

  it('a new SSRC whose packets before the roll-over were all lost (one by one and in a batch)', () => {
    for (const [from, to] of [
      [0, 3],
      [5, 9],
      [32_760, 32_767],
    ] as const) {
      const [sender, single, batch] = [senderOf(row), receiverOf(row), receiverOf(row)];
      sender.protect(rtp(65_535));
      for (let at = 20_000; at < from; at += 10_000) sender.protect(rtp(at));
      const packets = Array.from({ length: to - from + 1 }, (_unused, i) => rtp(from + i));
      const sealed = sender.protectBatch(packets);
      expect(sealed.map((srtp) => hex(single.unprotect(srtp)))).toEqual(packets.map(hex));
      expect(batch.unprotectBatch(sealed).map(hex)).toEqual(packets.map(hex));
      for (const receiver of [single, batch]) {
        expect(receiver.rollOverCounter(SSRC)).toBe(1);
        expect(receiver.stats).toEqual({ packets: packets.length, rtcpPackets: 0, discards: {} });
      }
    }
  });

  it('then packets from before the roll-over that come late', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const sealed = [65_534, 65_535, 0, 1].map((at) => sender.protect(rtp(at)));
    const order = [3, 1, 0, 2, 1].map((place) => sealed[place] ?? new Uint8Array());
    expect(order.map((srtp) => receiver.unprotect(srtp) !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(receiver.stats.discards).toEqual({ replayed: 1 });
  });

  it('a new SSRC two roll-overs on cannot be guessed', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    sender.setRollOverCounter(SSRC, 2);
    expect(pass(sender, receiver, [5, 30_000])).toEqual([false, false]);
    expect(receiver.rollOverCounter(SSRC)).toBeUndefined();
    expect(receiver.stats.discards).toEqual({ bad_tag: 2 });
  });

  it('a leap of more than 2^15 before the first roll-over is one ahead, for there is nothing behind', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    expect(pass(sender, receiver, [10, 40_000, 65_000, 5])).toEqual([true, true, true, true]);
    expect([sender.rollOverCounter(SSRC), receiver.rollOverCounter(SSRC)]).toEqual([1, 1]);
    expect(codeOf(() => sender.protect(rtp(64_000)))).toBe('ERR_SRTP_INDEX_USED');
  });

  it('at exactly 2^15 away, ahead and behind', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    sender.setRollOverCounter(SSRC, 1);
    receiver.setRollOverCounter(SSRC, 1);
    // Ahead by 2^15: not more than that, and so of the same roll-over.
    expect(pass(sender, receiver, [100, 100 + 2 ** 15])).toEqual([true, true]);
    expect(receiver.rollOverCounter(SSRC)).toBe(1);
    // Behind by 2^15: too old, not of the next.
    expect(codeOf(() => sender.protect(rtp(100)))).toBe('ERR_SRTP_INDEX_USED');
    expect(pass(sender, receiver, [99])).toEqual([true]);
    expect([sender.rollOverCounter(SSRC), receiver.rollOverCounter(SSRC)]).toEqual([2, 2]);
  });

  it('up to 2^15 packets lost in a row are got over', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    expect(pass(sender, receiver, [50_000])).toEqual([true]);
    for (let at = 50_000; at < 50_000 + 32_000; at += 8000) sender.protect(rtp((at + 8000) % 65_536));
    expect(pass(sender, receiver, [(50_000 + 32_767) % 65_536])).toEqual([true]);
    expect(receiver.rollOverCounter(SSRC)).toBe(1);
  });
});
