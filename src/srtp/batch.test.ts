import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise, rtpPacket } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  codeOf,
  discarded,
  flipped,
  GCM,
  hex,
  keysWithMki,
  NULL,
  receiverOf,
  rtpContents,
  type Suite,
  senderOf,
  suiteOf,
} from '../../test/lib/srtp.ts';
import type { SrtpReceiver, SrtpReceiverOptions } from './index.ts';

const ROWS = [CM, suiteOf('SRTP_AES128_CM_SHA1_32'), GCM, NULL];

/** Packets of up to three SSRCs, each from a sequence number of its own on, and the master key of each. */
const sends = fc
  .tuple(
    fc.array(fc.constantFrom(0, 1, 300, 32_700, 65_500, 65_533, 65_535), { minLength: 3, maxLength: 3 }),
    fc.array(
      fc.record({
        ssrc: fc.nat(2),
        step: fc.integer({ min: 1, max: 9 }),
        key: fc.nat(2),
        fields: rtpContents,
      }),
      { minLength: 1, maxLength: 100 },
    ),
  )
  .map(([starts, list]) => {
    const at: number[] = [...starts];
    return list.map(({ ssrc, step, key, fields }) => {
      const sequenceNumber = at[ssrc] ?? 0;
      at[ssrc] = (sequenceNumber + step) % 65_536;
      return { key, packet: new Uint8Array(rtpPacket({ ...fields, ssrc: ssrc + 1, sequenceNumber })) };
    });
  });

const suites = fc.record({ row: fc.constantFrom(...ROWS), mki: fc.boolean() });
const sizes = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 5 });

function optionsOf(row: Suite, mki: boolean): { masterKeys?: ReturnType<typeof keysWithMki> } {
  return mki ? { masterKeys: keysWithMki(row) } : {};
}

/** The list cut into pieces of these sizes, again and again. */
function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const pieces: T[][] = [];
  for (let from = 0, i = 0; from < list.length; i++) {
    const to = from + (lengths[i % lengths.length] ?? 1);
    pieces.push(list.slice(from, to));
    from = to;
  }
  return pieces;
}

/** Memory for each packet in which it is opened in place. */
const copies = (packets: readonly Uint8Array[]): Uint8Array[] =>
  packets.map((packet) => new Uint8Array(packet));

describe('protectBatch', () => {
  it('gives what one at a time gives, byte for byte, with outputs elsewhere and in place', () => {
    fc.assert(
      fc.property(suites, sends, sizes, ({ row, mki }, list, lengths) => {
        const senders = Array.from({ length: 5 }, () => senderOf(row, optionsOf(row, mki)));
        const [single, singleInPlace, batch, batchOuts, batchInPlace] = senders;
        if (!single || !singleInPlace || !batch || !batchOuts || !batchInPlace) throw new Error('no sender');
        // A batch is of one master key.
        const runs = cut(list, lengths).flatMap((piece) => {
          const keys = [...new Set(piece.map(({ key }) => key))];
          return keys.map((key) => piece.filter((one) => one.key === key));
        });
        for (const run of runs) {
          const mkiOf = keysWithMki(row)[run[0]?.key ?? 0]?.mki;
          if (mki && mkiOf) for (const sender of senders) sender.useMasterKey(mkiOf);
          const packets = run.map(({ packet }) => packet);
          const outsOf = (): Uint8Array[] =>
            packets.map((packet) => {
              const memory = new Uint8Array(packet.length + single.overhead + 3).fill(0xee);
              memory.set(packet);
              return memory;
            });
          const expected = packets.map((packet) => hex(single.protect(packet)));
          const inPlace = outsOf();
          expect(
            packets.map((packet, i) => {
              const memory = inPlace[i] ?? new Uint8Array();
              return hex(singleInPlace.protect(memory.subarray(0, packet.length), memory));
            }),
          ).toEqual(expected);
          expect(batch.protectBatch(packets).map(hex)).toEqual(expected);
          const outs = outsOf();
          expect(batchOuts.protectBatch(packets, outs).map(hex)).toEqual(expected);
          const memories = outsOf();
          const inputs = memories.map((memory, i) => memory.subarray(0, packets[i]?.length));
          const results = batchInPlace.protectBatch(inputs, memories);
          expect(results.map(hex)).toEqual(expected);
          // Each result is the beginning of its output, and nothing behind it was touched.
          for (const memory of [...outs, ...memories, ...inPlace])
            expect(hex(memory.subarray(-3))).toBe('eeeeee');
          for (const [i, result] of results.entries()) expect(result.buffer).toBe(memories[i]?.buffer);
        }
        for (const sender of senders) expect(sender.stats).toEqual({ packets: list.length, rtcpPackets: 0 });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses an index within a batch that it would refuse one at a time', () => {
    const batch = [1, 2, 1].map((sequenceNumber) => rtpPacket({ sequenceNumber }));
    expect(codeOf(() => senderOf(CM).protectBatch(batch))).toBe('ERR_SRTP_INDEX_USED');
  });

  it('no packets: no results', () => {
    expect([senderOf(CM).protectBatch([]), receiverOf(CM).unprotectBatch([])]).toEqual([[], []]);
  });

  it('of packets of every length up to the longest that UDP carries', () => {
    const lengths = [0, 65_523, 1, 65_000, 1500, 65_523, 40_000, 40_000, 0];
    for (const row of ROWS) {
      const packets = lengths.map((payload, i) => rtpPacket({ sequenceNumber: i, payload }));
      const [sender, other] = [senderOf(row), senderOf(row)];
      const sealed = sender.protectBatch(packets).map((packet) => new Uint8Array(packet));
      expect(sealed.map(hex)).toEqual(packets.map((packet) => hex(other.protect(packet))));
      expect(receiverOf(row).unprotectBatch(sealed).map(hex)).toEqual(packets.map(hex));
    }
  });
});

interface Traffic {
  readonly make: (options: Partial<SrtpReceiverOptions>) => SrtpReceiver;
  readonly pieces: readonly (readonly Uint8Array[])[];
}

describe('unprotectBatch', () => {
  /** What may come: true packets in some disorder, some twice, and among them what was changed or is noise. */
  const arrivals = fc.array(
    fc.record({
      place: fc.nat(),
      how: fc.constantFrom('true', 'true', 'true', 'again', 'flipped', 'cut', 'noise', 'plain', 'moved'),
      detail: fc.nat(),
    }),
    { maxLength: 150 },
  );
  type Arrivals = typeof arrivals extends fc.Arbitrary<infer T> ? T : never;

  function arrive(sealed: readonly Uint8Array[], list: Arrivals): Uint8Array[] {
    let next = 0;
    return list.map(({ place, how, detail }) => {
      // True packets come in order, but for a few places.
      const at = how === 'true' ? next++ + (place % 3) : place;
      const packet = sealed[Math.min(at, sealed.length - 1) % sealed.length] ?? new Uint8Array();
      const any = sealed[place % sealed.length] ?? new Uint8Array();
      if (how === 'flipped') return flipped(any, detail % (any.length * 8));
      if (how === 'cut') return any.subarray(0, detail % any.length);
      if (how === 'noise') return noise(detail % 80, place);
      if (how === 'plain') return rtpPacket({ sequenceNumber: detail % 65_536, ssrc: (place % 4) + 1 });
      if (how !== 'moved') return packet;
      const moved = Buffer.from(any);
      moved.writeUInt16BE(detail % 65_536, 2);
      return moved;
    });
  }

  /** Of streams that begin at this roll-over counter: with 1, what was before is lost. */
  const traffic = (rollOverCounter: 0 | 1): fc.Arbitrary<Traffic> =>
    fc.tuple(suites, sends, arrivals, sizes).map(([{ row, mki }, list, order, lengths]) => {
      const sender = senderOf(row, optionsOf(row, mki));
      for (const ssrc of [1, 2, 3]) sender.setRollOverCounter(ssrc, rollOverCounter);
      const sealed = list.map(({ key, packet }) => {
        if (mki) sender.useMasterKey(keysWithMki(row)[key]?.mki ?? new Uint8Array());
        return new Uint8Array(sender.protect(packet));
      });
      const make: Traffic['make'] = (options) => receiverOf(row, { ...optionsOf(row, mki), ...options });
      return { make, pieces: cut(arrive(sealed, order), lengths) };
    });

  function expectSame(
    make: () => SrtpReceiver,
    pieces: readonly (readonly Uint8Array[])[],
    reasons = true,
  ): void {
    const [single, batch, batchOuts, batchInPlace] = [make(), make(), make(), make()];
    for (const packets of pieces) {
      const expected = packets.map((packet) => hex(single.unprotect(packet)));
      expect(batch.unprotectBatch(packets).map(hex)).toEqual(expected);
      const outs = packets.map((packet) => new Uint8Array(packet.length));
      expect(batchOuts.unprotectBatch(packets, outs).map(hex)).toEqual(expected);
      const memories = copies(packets);
      const opened = batchInPlace.unprotectBatch(memories, memories);
      expect(opened.map(hex)).toEqual(expected);
      for (const [i, packet] of packets.entries())
        if (opened[i] === undefined) expect(hex(memories[i])).toBe(hex(packet));
    }
    for (const receiver of [batch, batchOuts, batchInPlace]) {
      expect([receiver.stats.packets, discarded(receiver)]).toEqual([
        single.stats.packets,
        discarded(single),
      ]);
      if (reasons) expect(receiver.stats.discards).toEqual(single.stats.discards);
      for (const ssrc of [1, 2, 3, 4])
        expect(receiver.rollOverCounter(ssrc)).toBe(single.rollOverCounter(ssrc));
    }
  }

  it('gives what one at a time gives and counts as that does, with outputs elsewhere and in place', () => {
    fc.assert(
      fc.property(fc.oneof(traffic(0), traffic(1)), ({ make, pieces }) => expectSame(() => make({}), pieces)),
      { numRuns: 200 },
    );
  });

  it('also at the end of a master key, and with no room for another SSRC', () => {
    const limits = fc.record({
      lifetime: fc.integer({ min: 1, max: 60 }),
      maximumStreams: fc.constantFrom(1, 2, 3),
    });
    fc.assert(
      fc.property(fc.oneof(traffic(0), traffic(1)), limits, ({ make, pieces }, options) => {
        // A repeat that comes when the key's life ends in the same batch may be told of as either.
        expectSame(() => make(options), pieces, false);
      }),
      { numRuns: 100 },
    );
  });

  it('takes what a leap of the sequence numbers before it has made fresh', () => {
    const sender = senderOf(CM);
    const sealed = [100, 32_000, 64_000, 100].map((sequenceNumber) =>
      sender.protect(rtpPacket({ sequenceNumber })),
    );
    const [first, ...rest] = sealed;
    const [single, batch] = [receiverOf(CM), receiverOf(CM)];
    for (const receiver of [single, batch]) receiver.unprotect(first ?? new Uint8Array());
    const expected = rest.map((packet) => hex(single.unprotect(packet)));
    expect(batch.unprotectBatch(rest).map(hex)).toEqual(expected);
  });

  it('counts once what is behind a roll-over in the same batch', () => {
    const sender = senderOf(CM);
    const [last, first] = [65_535, 0].map((sequenceNumber) => sender.protect(rtpPacket({ sequenceNumber })));
    const receiver = receiverOf(CM);
    const told: string[] = [];
    const telling = receiverOf(CM, { onDiscard: ({ reason }) => void told.push(reason) });
    for (const one of [receiver, telling])
      one.unprotectBatch([last ?? new Uint8Array(), first ?? new Uint8Array(), new Uint8Array(3)]);
    expect(receiver.stats).toEqual({ packets: 2, rtcpPackets: 0, discards: { malformed_packet: 1 } });
    expect(told).toEqual(['malformed_packet']);
  });

  it('gives the reason that one at a time gives for a forged repeat of a packet before it', () => {
    const srtp = senderOf(CM).protect(rtpPacket());
    const receiver = receiverOf(CM);
    receiver.unprotectBatch([srtp, flipped(srtp, 8 * srtp.length - 1)]);
    expect(receiver.stats.discards).toEqual({ replayed: 1 });
  });

  it('takes a new SSRC at roll-over counter 1 whose batch goes past 32767', () => {
    const sender = senderOf(CM);
    sender.setRollOverCounter(1, 1);
    const packets = [32_766, 32_767, 32_768, 32_769].map((sequenceNumber) =>
      rtpPacket({ ssrc: 1, sequenceNumber }),
    );
    const sealed = sender.protectBatch(packets);
    const single = receiverOf(CM);
    expect(sealed.map((packet) => hex(single.unprotect(packet)))).toEqual(packets.map(hex));
    expect(receiverOf(CM).unprotectBatch(sealed).map(hex)).toEqual(packets.map(hex));
  });

  it('gives the places of `maximumStreams` to those that come first', () => {
    const sender = senderOf(CM);
    sender.setRollOverCounter(1, 1);
    const sealed = [1, 2].map((ssrc) => sender.protect(rtpPacket({ ssrc, sequenceNumber: 100 })));
    const [single, batch] = [receiverOf(CM, { maximumStreams: 1 }), receiverOf(CM, { maximumStreams: 1 })];
    const expected = sealed.map((packet) => hex(single.unprotect(packet)));
    expect(batch.unprotectBatch(sealed).map(hex)).toEqual(expected);
  });

  it('gives the last packets of a master key to those that come first', () => {
    const sender = senderOf(CM);
    sender.setRollOverCounter(1, 1);
    const sealed = [1, 2].map((ssrc) => sender.protect(rtpPacket({ ssrc, sequenceNumber: 100 })));
    const [single, batch] = [receiverOf(CM, { lifetime: 1 }), receiverOf(CM, { lifetime: 1 })];
    const expected = sealed.map((packet) => hex(single.unprotect(packet)));
    expect(batch.unprotectBatch(sealed).map(hex)).toEqual(expected);
  });
});
