import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applicationDefined,
  emptyReceiverReport,
  goodbye,
  noise,
  rtpPacket,
  SSRC,
  senderReport,
  sourceDescription,
} from '../../test/interop/lib/rtp.ts';
import { codeOf, hex, keysWithMki, NULL, receiverOf, SUITES, senderOf, titled } from '../../test/lib/srtp.ts';
import { isRtcp } from './index.ts';

/** Compound and not, from 8 bytes up. */
const REPORTS: readonly Buffer[] = [
  senderReport(),
  emptyReceiverReport(),
  goodbye(),
  sourceDescription(),
  applicationDefined(1400),
  Buffer.concat([senderReport(SSRC, 31), sourceDescription(), goodbye()]),
];

describe.each(titled(SUITES))('%s: SRTCP (RFC 3711 §3.4)', (_, row) => {
  /** The word of E bit and index. */
  const wordOf = (srtcp: Uint8Array, mkiLength = 0): number => {
    const behind = mkiLength + (row.cipher === 'aes-gcm' ? 0 : row.rtcpTagLength);
    return Buffer.from(srtcp).readUInt32BE(srtcp.length - behind - 4);
  };
  const E = row.cipher === 'null' ? 0 : 2 ** 31;

  it('what goes in comes out; header and SSRC stay readable; the index goes up from 0', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    for (const [index, report] of REPORTS.entries()) {
      expect(sender.rtcpIndex(SSRC)).toBe(index);
      const srtcp = sender.protectRtcp(report);
      expect(srtcp.length).toBe(report.length + sender.rtcpOverhead);
      expect(hex(srtcp.subarray(0, 8))).toBe(hex(report.subarray(0, 8)));
      expect(wordOf(srtcp)).toBe(E + index);
      expect(isRtcp(srtcp)).toBe(true);
      expect(hex(receiver.unprotectRtcp(srtcp))).toBe(hex(report));
    }
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: REPORTS.length, discards: {} });
    expect(sender.stats).toEqual({ packets: 0, rtcpPackets: REPORTS.length });
  });

  it('an index for each SSRC, which can be raised and not lowered', () => {
    const sender = senderOf(row);
    sender.protectRtcp(senderReport(1));
    sender.protectRtcp(senderReport(1));
    sender.protectRtcp(senderReport(2));
    sender.setRtcpIndex(2, 700);
    expect([1, 2, 3].map((ssrc) => sender.rtcpIndex(ssrc))).toEqual([2, 700, 0]);
    expect(codeOf(() => sender.setRtcpIndex(2, 699))).toBe('ERR_OUT_OF_RANGE');
    sender.setRtcpIndex(2, 700);
    expect(wordOf(sender.protectRtcp(senderReport(2)))).toBe(E + 700);
    // SRTP has nothing to do with it.
    expect(sender.rollOverCounter(1)).toBeUndefined();
  });

  it('any order within the window, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 100 }), (order) => {
        const [sender, receiver] = [senderOf(row), receiverOf(row)];
        const reports = Array.from({ length: 121 }, (_unused, i) => senderReport(SSRC, 0, i + 1));
        const sealed = reports.map((report) => new Uint8Array(sender.protectRtcp(report)));
        const seen = new Set<number>();
        for (const at of order) {
          const opened = receiver.unprotectRtcp(sealed[at] ?? new Uint8Array());
          expect(hex(opened)).toBe(seen.has(at) ? 'discarded' : hex(reports[at]));
          seen.add(at);
        }
        expect(receiver.stats.discards.replayed ?? 0).toBe(order.length - seen.size);
      }),
      { numRuns: 10 },
    );
  });

  it('behind the window: too old, the last within it: not', () => {
    for (const replayWindow of [64, 128, 1000]) {
      const [sender, receiver] = [senderOf(row), receiverOf(row, { replayWindow })];
      const [tooOld, last] = [sender.protectRtcp(senderReport()), sender.protectRtcp(senderReport())];
      sender.setRtcpIndex(SSRC, replayWindow);
      for (const srtcp of [sender.protectRtcp(senderReport()), tooOld, last]) receiver.unprotectRtcp(srtcp);
      expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 2, discards: { too_old: 1 } });
    }
  });

  it('all 31 bits of the index count, in the key stream and against repeats', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const seen = new Set<string>();
    for (const index of [5, 2 ** 16 + 5, 2 ** 24 + 5, 2 ** 30 - 1, 2 ** 31 - 1]) {
      sender.setRtcpIndex(SSRC, index);
      const srtcp = sender.protectRtcp(senderReport());
      expect(wordOf(srtcp)).toBe(E + index);
      seen.add(hex(srtcp.subarray(8, 24)));
      expect(hex(receiver.unprotectRtcp(srtcp))).toBe(hex(senderReport()));
    }
    expect(seen.size).toBe(row.cipher === 'null' ? 1 : 5);
  });

  it('E = 0 is sent and taken where it is allowed, and nowhere else', () => {
    const clear = senderOf(row, { unencryptedRtcp: true }).protectRtcp(senderReport());
    expect(wordOf(clear)).toBe(0);
    expect(hex(clear.subarray(0, senderReport().length))).toBe(hex(senderReport()));
    const strict = receiverOf(row);
    const taken = strict.unprotectRtcp(clear);
    if (row.cipher === 'null') {
      expect(hex(taken)).toBe(hex(senderReport()));
    } else {
      expect(taken).toBeUndefined();
      expect(strict.stats.discards).toEqual({ not_encrypted: 1 });
    }
    const allowing = receiverOf(row, { unencryptedRtcp: true });
    expect(hex(allowing.unprotectRtcp(clear))).toBe(hex(senderReport()));
    // What is encrypted is taken there too.
    const sender = senderOf(row);
    sender.setRtcpIndex(SSRC, 5);
    expect(hex(allowing.unprotectRtcp(sender.protectRtcp(senderReport())))).toBe(hex(senderReport()));
    // It is authenticated.
    const forged = new Uint8Array(clear);
    forged[12] = (forged[12] ?? 0) ^ 1;
    expect(receiverOf(row, { unencryptedRtcp: true }).unprotectRtcp(forged)).toBeUndefined();
  });

  it('with an MKI: the key it names, and none other', () => {
    const masterKeys = keysWithMki(row);
    const sender = senderOf(row, { masterKeys });
    const receiver = receiverOf(row, { masterKeys });
    const two = receiverOf(row, { masterKeys: masterKeys.slice(0, 2) });
    expect(sender.rtcpOverhead).toBe(4 + 3 + row.rtcpTagLength);
    for (const [index, { mki }] of masterKeys.entries()) {
      sender.useMasterKey(mki);
      const srtcp = sender.protectRtcp(senderReport());
      const at = srtcp.length - 3 - (row.cipher === 'aes-gcm' ? 0 : row.rtcpTagLength);
      expect(hex(srtcp.subarray(at, at + 3))).toBe(hex(mki));
      expect(wordOf(srtcp, 3)).toBe(E + index);
      expect(hex(receiver.unprotectRtcp(srtcp))).toBe(hex(senderReport()));
      expect(two.unprotectRtcp(srtcp) !== undefined).toBe(index < 2);
    }
    expect(two.stats.discards).toEqual({ unknown_mki: 1 });
  });

  it('outputs: in place, elsewhere, longer than needed; too short is told before anything changes', () => {
    const report = senderReport();
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const { rtcpOverhead } = sender;
    const short = new Uint8Array(report.length + rtcpOverhead - 1);
    expect(codeOf(() => sender.protectRtcp(report, short))).toBe('ERR_OUT_OF_RANGE');
    expect([sender.rtcpIndex(SSRC), sender.stats.rtcpPackets]).toEqual([0, 0]);
    const memory = Buffer.alloc(report.length + rtcpOverhead + 9, 0xee);
    report.copy(memory);
    const srtcp = sender.protectRtcp(memory.subarray(0, report.length), memory);
    expect(hex(srtcp)).toBe(hex(senderOf(row).protectRtcp(report)));
    expect(hex(memory.subarray(-9))).toBe('ee'.repeat(9));
    expect(codeOf(() => receiver.unprotectRtcp(srtcp, new Uint8Array(report.length - 1)))).toBe(
      'ERR_OUT_OF_RANGE',
    );
    expect(hex(receiver.unprotectRtcp(srtcp, srtcp))).toBe(hex(report));
    expect(hex(memory.subarray(0, report.length))).toBe(hex(report));
  });

  it('a sender refuses what is no RTCP packet, in a sentence', () => {
    const sender = senderOf(row);
    const rtp = rtpPacket();
    const wrong = [
      new Uint8Array(0),
      senderReport().subarray(0, 7),
      Buffer.alloc(28, 0x40),
      rtp,
      noise(65_536),
    ];
    for (const bytes of wrong)
      expect(() => sender.protectRtcp(bytes)).toThrow(
        expect.objectContaining({
          code: 'ERR_INVALID_ARG_VALUE',
          message: expect.stringMatching(
            /^The "rtcp" argument must be an RTCP packet .*; received \d+ bytes\.$/,
          ),
        }),
      );
    expect(sender.stats.rtcpPackets).toBe(0);
    expect(codeOf(() => sender.protectRtcp(emptyReceiverReport()))).toBeUndefined();
  });

  it('a receiver discards short and odd things, and throws for none', () => {
    const options = [{}, { masterKeys: keysWithMki(row) }, { unencryptedRtcp: true }];
    for (const option of options) {
      const receiver = receiverOf(row, option);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, looksRight) => {
          if (looksRight) bytes.set([0x80, 200].slice(0, bytes.length));
          expect(receiver.unprotectRtcp(bytes)).toBeUndefined();
        }),
        { numRuns: 50 },
      );
      for (const length of [1, 7, 8, 65_535, 65_535 + 200, 100_000])
        expect(receiver.unprotectRtcp(noise(length).fill(0x80, 0, 1))).toBeUndefined();
      expect(receiver.stats.rtcpPackets).toBe(0);
    }
  });

  it('the longest that UDP carries', () => {
    const longest = Buffer.concat([senderReport(), noise(65_535 - senderReport().length)]);
    const srtcp = senderOf(row).protectRtcp(longest);
    expect(hex(receiverOf(row).unprotectRtcp(srtcp))).toBe(hex(longest));
  });
});

describe('NULL profiles and the E bit', () => {
  it('E = 1 and E = 0 are taken alike: there is no cipher to tell', () => {
    const sender = senderOf(NULL);
    const receiver = receiverOf(NULL);
    const srtcp = new Uint8Array(sender.protectRtcp(senderReport()));
    const at = senderReport().length;
    srtcp[at] = (srtcp[at] ?? 0) | 0x80;
    // The tag covers the bit, and so only a peer that sets it can have made it.
    expect(receiver.unprotectRtcp(srtcp)).toBeUndefined();
    expect(receiver.stats.discards).toEqual({ bad_tag: 1 });
  });
});

describe('isRtcp (RFC 5761 §4)', () => {
  it('is true for a second byte of 192 to 223 alone', () => {
    const taken = Array.from({ length: 256 }, (_unused, second) => second).filter((second) =>
      isRtcp(Uint8Array.of(0x80, second, 0, 0)),
    );
    expect([taken[0], taken.at(-1), taken.length]).toEqual([192, 223, 32]);
    expect([isRtcp(new Uint8Array(0)), isRtcp(Uint8Array.of(0x80))]).toEqual([false, false]);
  });
});
