import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpPacket, SSRC, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  CIPHERS,
  CM,
  codeOf,
  GCM,
  hex,
  keysWithMki,
  receiverOf,
  senderOf,
  thrownBy,
  titled,
} from '../../test/lib/srtp.ts';

const USED = 'ERR_SRTP_INDEX_USED';

type Step =
  | { readonly do: 'protect'; readonly ssrc: number; readonly sequenceNumber: number }
  | { readonly do: 'batch'; readonly ssrc: number; readonly sequenceNumbers: readonly number[] }
  | { readonly do: 'set'; readonly ssrc: number; readonly rollOverCounter: number }
  | { readonly do: 'key'; readonly key: number };

const ssrc = fc.constantFrom(1, 2);
const sequenceNumber = fc.oneof(
  fc.constantFrom(0, 1, 2, 127, 128, 129, 32_767, 32_768, 32_769, 65_407, 65_534, 65_535),
  fc.integer({ min: 0, max: 65_535 }),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ do: fc.constant('protect' as const), ssrc, sequenceNumber }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('batch' as const),
        ssrc,
        sequenceNumbers: fc.array(sequenceNumber, { maxLength: 6 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        ssrc,
        rollOverCounter: fc.constantFrom(0, 1, 2, 3, 2 ** 32 - 1),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('key' as const), key: fc.nat(2) }) },
  ),
  { maxLength: 60 },
);

/** All zeros, so that the ciphertext is the key stream, which tells SSRC, index and key. */
const zeros = (of: number, at: number): Uint8Array =>
  rtpPacket({ ssrc: of, sequenceNumber: at, payload: new Uint8Array(16) });

const keyStream = (srtp: Uint8Array): string => hex(srtp.subarray(12, 28));

describe.each(titled([CM, GCM]))('SrtpSender, %s: an index is used once (S25)', (_, row) => {
  it('whatever the order, the roll-over counters set and the keys: no key stream comes twice', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const masterKeys = keysWithMki(row);
        const sender = senderOf(row, { masterKeys });
        const emitted = new Set<string>();
        let count = 0;
        for (const step of list) {
          const before = sender.stats.packets;
          let out: readonly Uint8Array[] = [];
          const error = thrownBy(() => {
            if (step.do === 'protect') out = [sender.protect(zeros(step.ssrc, step.sequenceNumber))];
            else if (step.do === 'batch')
              out = sender.protectBatch(step.sequenceNumbers.map((at) => zeros(step.ssrc, at)));
            else if (step.do === 'set') sender.setRollOverCounter(step.ssrc, step.rollOverCounter);
            else sender.useMasterKey(masterKeys[step.key]?.mki ?? new Uint8Array());
          });
          expect([undefined, USED, 'ERR_SRTP_KEY_EXPIRED', 'ERR_OUT_OF_RANGE']).toContain(error?.code);
          // Of a batch, what was before the one that was refused.
          if (error !== undefined) out = error.results ?? [];
          expect(sender.stats.packets).toBe(before + out.length);
          for (const srtp of out) emitted.add(keyStream(srtp));
          count += out.length;
        }
        expect(emitted.size).toBe(count);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with a set of all indices used, within the window', () => {
    // Near one another, so that the roll-over counter is never in doubt.
    const walks = fc.array(fc.integer({ min: -70, max: 70 }), { maxLength: 150 });
    fc.assert(
      fc.property(walks, fc.constantFrom(0, 65_500, 2 ** 32, 2 ** 48 - 200), (walk, start) => {
        const sender = senderOf(row);
        sender.setRollOverCounter(1, Math.floor(start / 65_536));
        const used = new Set<number>();
        let highest = -1;
        let index = start;
        for (const by of walk) {
          const code = codeOf(() => sender.protect(zeros(1, index % 65_536)));
          const expected = used.has(index) || highest - index >= 128 ? USED : undefined;
          expect(code, `${index} of ${start}`).toBe(expected);
          used.add(index);
          highest = Math.max(highest, index);
          expect(sender.rollOverCounter(1)).toBe(Math.floor(highest / 65_536));
          index = Math.min(2 ** 48 - 1, Math.max(start, highest + by, 0));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(titled(CIPHERS))('SrtpSender, %s: what is refused', (_, row) => {
  it('the same packet again, in a sentence; nothing changes', () => {
    const sender = senderOf(row);
    sender.protect(zeros(SSRC, 5));
    const out = new Uint8Array(100).fill(0xee);
    expect(() => sender.protect(zeros(SSRC, 5), out)).toThrow(
      expect.objectContaining({
        code: USED,
        message: expect.stringMatching(/^A packet of SSRC 3405691582 with sequence number 5 .*\.$/),
      }),
    );
    expect(out.every((byte) => byte === 0xee)).toBe(true);
    expect([sender.stats.packets, sender.rollOverCounter(SSRC)]).toEqual([1, 0]);
    sender.protect(zeros(SSRC, 6));
    sender.protect(zeros(1, 5));
  });

  it('one behind the window; not the last within', () => {
    for (const replayWindow of [64, 128, 32_768]) {
      const sender = senderOf(row, { replayWindow });
      // Upwards in steps that cannot be taken for a roll-over.
      for (const at of [100, 20_000, 40_000]) sender.protect(zeros(1, at));
      expect(codeOf(() => sender.protect(zeros(1, 40_000 - replayWindow)))).toBe(USED);
      expect(codeOf(() => sender.protect(zeros(1, 40_000 - replayWindow + 1)))).toBeUndefined();
    }
  });

  it('in a batch: what was before it has gone through, and nothing else was touched', () => {
    const [sender, single] = [senderOf(row), senderOf(row)];
    sender.protect(zeros(1, 3));
    single.protect(zeros(1, 3));
    const outs = [1, 2, 3, 4].map(() => new Uint8Array(100).fill(0xee));
    const batch = [1, 2, 3, 4].map((at) => zeros(1, at));
    const error = thrownBy(() => sender.protectBatch(batch, outs));
    const expected = [1, 2].map((at) => hex(single.protect(zeros(1, at))));
    expect(error?.code).toBe(USED);
    expect(error?.results?.map(hex)).toEqual(expected);
    expect(outs.slice(0, 2).map((out, i) => hex(out.subarray(0, error?.results?.[i]?.length)))).toEqual(
      expected,
    );
    expect(outs.slice(2).every((out) => out.every((byte) => byte === 0xee))).toBe(true);
    expect(sender.stats.packets).toBe(3);
    expect([1, 2, 3].map((at) => codeOf(() => sender.protect(zeros(1, at))))).toEqual([USED, USED, USED]);
    expect(codeOf(() => sender.protect(zeros(1, 4)))).toBeUndefined();
  });

  it('in a batch of more than one pass: all before it', () => {
    const sender = senderOf(row);
    const batch = Array.from({ length: 200 }, (_unused, at) => zeros(1, at === 150 ? 149 : at));
    const error = thrownBy(() => sender.protectBatch(batch));
    const [single, receiver] = [senderOf(row), receiverOf(row)];
    const expected = batch.slice(0, 150);
    expect(error?.results?.map(hex)).toEqual(expected.map((packet) => hex(single.protect(packet))));
    expect(receiver.unprotectBatch(error?.results ?? []).map(hex)).toEqual(expected.map(hex));
  });

  it('a batch with something wrong in it: no index is used', () => {
    const sender = senderOf(row);
    const good = zeros(1, 1);
    expect(codeOf(() => sender.protectBatch([good, new Uint8Array(11)]))).toBe('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => sender.protectBatch([good, good], [new Uint8Array(99), new Uint8Array(20)]))).toBe(
      'ERR_OUT_OF_RANGE',
    );
    expect(codeOf(() => sender.protect(good, new Uint8Array(28)))).toBe('ERR_OUT_OF_RANGE');
    expect([sender.stats.packets, sender.rollOverCounter(1)]).toEqual([0, undefined]);
    sender.protect(good);
  });

  it('the roll-over counter set back, in a sentence; raised and lowered again before its use', () => {
    const sender = senderOf(row);
    sender.setRollOverCounter(1, 5);
    sender.setRollOverCounter(1, 0);
    sender.setRollOverCounter(1, 3);
    sender.protect(zeros(1, 1000));
    expect(() => sender.setRollOverCounter(1, 2)).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringMatching(/"rollOverCounter".*at least 3.*received 2\.$/),
      }),
    );
    sender.setRollOverCounter(1, 4);
    sender.setRollOverCounter(1, 3);
    expect(codeOf(() => sender.protect(zeros(1, 1000)))).toBe(USED);
    sender.protect(zeros(1, 1001));
    expect(sender.rollOverCounter(1)).toBe(3);
  });

  it('another master key: indices go on', () => {
    const masterKeys = keysWithMki(row);
    const sender = senderOf(row, { masterKeys });
    sender.protect(zeros(1, 7));
    sender.protectRtcp(senderReport(1));
    sender.useMasterKey(Uint8Array.of(0x80, 0, 14));
    expect(codeOf(() => sender.protect(zeros(1, 7)))).toBe(USED);
    sender.protectRtcp(senderReport(1));
    expect(sender.rtcpIndex(1)).toBe(2);
  });
});
