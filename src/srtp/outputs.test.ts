import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../../test/interop/lib/rtp.ts';
import { CIPHERS, CM, codeOf, GCM, hex, receiverOf, senderOf, titled } from '../../test/lib/srtp.ts';

/** An output that does something of its own when a view of it is made. */
class Lively extends Uint8Array {
  do: () => void = () => {};

  override subarray(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    this.do();
    return new Uint8Array(this.buffer as ArrayBuffer, this.byteOffset).subarray(start, end);
  }
}

describe.each(titled(CIPHERS))('%s: outputs that are objects of the caller’s making', (_, row) => {
  const packets = [1, 2, 3].map((sequenceNumber) => rtpPacket({ sequenceNumber }));

  function livelyOuts(act: () => void): Lively[] {
    return packets.map((packet) => Object.assign(new Lively(packet.length + 100), { do: act }));
  }

  it('protect other packets in between, and change nothing', () => {
    const [sender, same] = [senderOf(row), senderOf(row)];
    const other = rtpPacket({ sequenceNumber: 1, payload: 300 });
    const outs = livelyOuts(() => codeOf(() => sender.protect(other)));
    const expected = packets.map((packet) => hex(same.protect(packet)));
    expect(sender.protectBatch(packets, outs).map(hex)).toEqual(expected);
    const alone = senderOf(row);
    const [out] = livelyOuts(() => codeOf(() => alone.protect(other)));
    expect(hex(alone.protect(packets[0] as Uint8Array, out))).toBe(expected[0]);
  });

  it('make a packet that is still to come grow beyond all measure, and it is refused', () => {
    const sender = senderOf(row);
    // Node 20 has resizable buffers; the library that is compiled against has not.
    const memory: ArrayBuffer = Reflect.construct(ArrayBuffer, [100, { maxByteLength: 200_000 }]);
    const growing = new Uint8Array(memory);
    growing.set(packets[0] as Uint8Array);
    const grow = (): unknown => Reflect.apply(Reflect.get(memory, 'resize'), memory, [200_000]);
    const batch = [...Array.from({ length: 64 }, (_, i) => rtpPacket({ sequenceNumber: 100 + i })), growing];
    const outs = batch.map((packet) => Object.assign(new Lively(packet.length + 100), { do: grow }));
    expect(codeOf(() => sender.protectBatch(batch, outs))).toBe('ERR_INVALID_ARG_VALUE');
    expect(sender.stats.packets).toBe(64);
  });

  it('open other packets in between, and change nothing', () => {
    const [sender, receiver, other] = [senderOf(row), receiverOf(row), receiverOf(row)];
    const sealed = packets.map((packet) => sender.protect(packet));
    const outs = livelyOuts(() => other.unprotect(sealed[2] as Uint8Array));
    expect(receiver.unprotectBatch(sealed, outs).map(hex)).toEqual(packets.map(hex));
  });

  it('do not see the memory that packets are worked on in', () => {
    const seen: number[] = [];
    class Curious extends Uint8Array {
      override set(array: ArrayLike<number>): void {
        seen.push((array as Uint8Array).buffer.byteLength);
      }
    }
    const packet = rtpPacket({ sequenceNumber: 1 });
    const out = new Curious(packet.length + 100);
    expect(hex(senderOf(row).protect(packet, out))).toBe(hex(senderOf(row).protect(packet)));
    expect(seen).toEqual([]);
  });
});

it.each(titled([CM, GCM]))(
  '%s: what was refused is not in the memory of what is handed out (S28)',
  (_, row) => {
    const sender = senderOf(row);
    const receiver = receiverOf(row, { maximumStreams: 1 });
    const [taken, refused] = [0x7a, 0x7b].map((fill) => {
      const packet = Buffer.from(rtpPacket({ ssrc: fill, payload: 60 }));
      return packet.fill(fill, 12);
    });
    if (taken === undefined || refused === undefined) throw new Error('no packets');
    const sealed = [taken, refused].map((packet) => Buffer.from(sender.protect(packet)));
    const [opened, nothing] = receiver.unprotectBatch(sealed);
    expect([hex(opened), nothing]).toEqual([hex(taken), undefined]);
    expect(receiver.stats.discards).toEqual({ too_many_streams: 1 });
    const memory = Buffer.from(opened?.buffer ?? new ArrayBuffer(0));
    expect(memory.includes(taken.subarray(12))).toBe(true);
    expect(memory.includes(refused.subarray(12, 40))).toBe(false);
  },
);

describe('SrtpSender.setRollOverCounter', () => {
  it.each([1n, Symbol('ssrc'), {}, 2 ** 32 + 7, -1, '1'])('refuses the SSRC %s with a code', (ssrc) => {
    const sender = senderOf(CIPHERS[0] as (typeof CIPHERS)[number]);
    expect(codeOf(() => sender.setRollOverCounter(ssrc as number, 0))).toMatch(
      /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/,
    );
  });
});
