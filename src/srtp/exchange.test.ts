import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../../test/interop/lib/rtp.ts';
import { hex, receiverOf, rtpContents, SUITES, senderOf, titled } from '../../test/lib/srtp.ts';

/** Packets of up to four SSRCs, one sequence number after the other, from shortly before the roll-over or far off. */
const packets = fc
  .tuple(
    fc.array(fc.constantFrom(0, 1000, 65_400, 65_500, 65_530), { minLength: 4, maxLength: 4 }),
    fc.array(fc.record({ ssrc: fc.nat(3), fields: rtpContents }), { minLength: 1, maxLength: 80 }),
  )
  .map(([starts, list]) => {
    const at: number[] = [...starts];
    return list.map(({ ssrc, fields }) => {
      const sequenceNumber = at[ssrc] ?? 0;
      at[ssrc] = (sequenceNumber + 1) % 65_536;
      return new Uint8Array(rtpPacket({ ...fields, ssrc: (0xffff_fffe + ssrc) % 2 ** 32, sequenceNumber }));
    });
  });

/** A disorder in which none is more than 63 places late, and some come again. */
const disorder = fc.array(fc.record({ late: fc.nat(62), again: fc.nat(9) }), {
  minLength: 80,
  maxLength: 80,
});

const isFirst = <T extends { readonly ssrc: number }>(one: T, place: number, all: readonly T[]): boolean =>
  all.findIndex(({ ssrc }) => ssrc === one.ssrc) === place;

describe.each(titled(SUITES))('%s: from an SrtpSender to an SrtpReceiver', (_, row) => {
  it('what goes in comes out, once, in any order within the window, also over a roll-over', () => {
    fc.assert(
      fc.property(packets, disorder, (list, moves) => {
        const [sender, receiver] = [senderOf(row), receiverOf(row)];
        const sent = list.map((packet, place) => {
          const srtp = new Uint8Array(sender.protect(packet));
          return { place, packet, srtp, ssrc: Buffer.from(packet).readUInt32BE(8) };
        });
        // The first of each SSRC comes first: nothing before it could tell its roll-over counter.
        const order = sent
          .map((one, place, all) => ({
            ...one,
            at: isFirst(one, place, all) ? -1 : place + (moves[place]?.late ?? 0),
          }))
          .sort((a, b) => a.at - b.at);
        let repeats = 0;
        for (const { place, packet, srtp } of order) {
          expect(hex(receiver.unprotect(srtp))).toBe(hex(packet));
          if (moves[place]?.again !== 0) continue;
          repeats++;
          expect(receiver.unprotect(srtp)).toBeUndefined();
        }
        expect(sender.stats).toEqual({ packets: list.length, rtcpPackets: 0 });
        expect(receiver.stats).toEqual({
          packets: list.length,
          rtcpPackets: 0,
          discards: repeats === 0 ? {} : { replayed: repeats },
        });
        // All of them again, in the order in which they were made.
        for (const { srtp } of sent) expect(receiver.unprotect(srtp)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('outputs: in place, elsewhere, longer than needed, a Buffer or a view of one', () => {
    fc.assert(
      fc.property(rtpContents, (fields) => {
        const packet = rtpPacket(fields);
        const expected = hex(senderOf(row).protect(packet));
        const { overhead } = senderOf(row);
        const exact = new Uint8Array(packet.length + overhead);
        expect(senderOf(row).protect(packet, exact)).toBe(exact);
        expect(hex(exact)).toBe(expected);
        const memory = Buffer.alloc(packet.length + overhead + 50, 0xee);
        packet.copy(memory, 20);
        const inPlace = senderOf(row).protect(memory.subarray(20, 20 + packet.length), memory.subarray(20));
        expect(hex(memory)).toBe('ee'.repeat(20) + expected + 'ee'.repeat(30));
        const opened = receiverOf(row).unprotect(inPlace, memory.subarray(20));
        expect(hex(opened)).toBe(hex(packet));
        expect([opened?.buffer, opened?.byteOffset]).toEqual([memory.buffer, memory.byteOffset + 20]);
        expect(hex(memory.subarray(0, 20)) + hex(memory.subarray(-30))).toBe('ee'.repeat(50));
        // At an offset of its own: the packet and its output overlap, but do not begin together.
        const shifted = Buffer.alloc(packet.length + overhead + 8);
        packet.copy(shifted, 8);
        expect(hex(senderOf(row).protect(shifted.subarray(8, 8 + packet.length), shifted))).toBe(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('a receiver discards what is longer than UDP carries, and what is no packet', () => {
    const receiver = receiverOf(row);
    const header = rtpPacket({ payload: 0 });
    const tooLong = Buffer.concat([header, Buffer.alloc(65_524 + row.tagLength)]);
    const wrong = [tooLong, Buffer.alloc(200_000, 0x80), new Uint8Array(0), header, Buffer.alloc(100, 0x40)];
    expect(wrong.map((bytes) => receiver.unprotect(bytes))).toEqual(wrong.map(() => undefined));
    expect(receiver.unprotectBatch(wrong)).toEqual(wrong.map(() => undefined));
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 0, discards: { malformed_packet: 10 } });
    receiver.unprotect(tooLong.subarray(0, -1));
    expect(receiver.stats.discards).toEqual({ malformed_packet: 10, bad_tag: 1 });
  });

  it('leaves the packet as it is when the output is elsewhere', () => {
    const packet = new Uint8Array(
      rtpPacket({ csrcs: [1], extension: { profile: 0xbede, data: Buffer.alloc(8, 1) } }),
    );
    const before = hex(packet);
    const srtp = senderOf(row).protect(packet);
    const sealed = hex(srtp);
    receiverOf(row).unprotect(srtp);
    senderOf(row).protectBatch([packet]);
    expect([hex(packet), hex(srtp)]).toEqual([before, sealed]);
  });

  it('results stay as they are, whatever comes after them', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const originals = Array.from({ length: 300 }, (_unused, sequenceNumber) => rtpPacket({ sequenceNumber }));
    const sealed = originals.map((packet) => sender.protect(packet));
    const expected = sealed.map(hex);
    const opened = sealed.map((srtp) => receiver.unprotect(srtp));
    expect(sealed.map(hex)).toEqual(expected);
    expect(opened.map(hex)).toEqual(originals.map(hex));
    // They share memory with one another, but do not overlap.
    for (const result of opened) result?.fill(0);
    expect(sealed.map(hex)).toEqual(expected);
  });
});
