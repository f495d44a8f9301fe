import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SrtpReceiverOptions } from '../src/srtp/index.ts';
import { rtpPacket, senderReport } from './interop/lib/rtp.ts';
import { hex, keysWithMki, receiverOf, SUITES, type Suite, senderOf, titled } from './lib/srtp.ts';

type Options = Pick<SrtpReceiverOptions, 'masterKeys' | 'encryptedHeaderExtensions'> & {
  readonly cryptex?: boolean;
};

const EXTENSION = { profile: 0xbede, data: Buffer.of(0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0) };

/** Packets that are whole: with and without CSRCs and header extension, RTP and RTCP. */
const PLAIN: readonly Uint8Array[] = [
  rtpPacket({ sequenceNumber: 1 }),
  rtpPacket({ sequenceNumber: 2, csrcs: [1, 2], extension: EXTENSION }),
  rtpPacket({ sequenceNumber: 65_535, extension: EXTENSION, payload: 0 }),
];

const OPTIONS: (row: Suite) => readonly Options[] = (row) => [
  {},
  { masterKeys: keysWithMki(row), cryptex: true, encryptedHeaderExtensions: [1] },
];

/** What anyone may send: noise, noise that begins as RTP does, and what became of a true packet on a bad way. */
function hostile(genuine: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const noise = fc.uint8Array({ maxLength: 80 });
  const likeRtp = fc.tuple(fc.integer({ min: 0x80, max: 0xbf }), noise).map(([first, rest]) => {
    return Uint8Array.of(first, ...rest);
  });
  const changed = fc
    .record({
      packet: fc.constantFrom(...genuine),
      changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      cut: fc.option(fc.nat(200)),
      more: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ packet, changes, cut, more }) => {
      const bytes = Uint8Array.of(...packet.subarray(0, cut ?? packet.length), ...more);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  return fc.oneof(noise, likeRtp, changed, fc.constantFrom(...genuine));
}

describe.each(titled(SUITES))('SrtpReceiver, %s: whatever comes (S27)', (_, row) => {
  it('never throws; what is opened is what was sent, once; the rest is counted', () => {
    for (const options of OPTIONS(row)) {
      const sender = senderOf(row, options);
      const genuine = PLAIN.map((packet) => sender.protect(packet));
      const control = sender.protectRtcp(senderReport());
      const report = hex(senderReport());
      const opened = new Set(PLAIN.map(hex));
      const packets = fc.array(hostile([...genuine, control]), { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(packets, fc.boolean(), (batch, together) => {
          const receiver = receiverOf(row, options);
          const results = together
            ? receiver.unprotectBatch(batch)
            : batch.map((packet) => receiver.unprotect(packet));
          const texts = results.filter((packet) => packet !== undefined).map(hex);
          expect(texts.filter((text) => !opened.has(text))).toEqual([]);
          expect(new Set(texts).size).toBe(texts.length);
          const ofRtcp = batch.map((packet) => receiver.unprotectRtcp(packet));
          expect(ofRtcp.filter((packet) => packet !== undefined && hex(packet) !== report)).toEqual([]);
          const { packets, rtcpPackets, discards } = receiver.stats;
          const discarded = Object.values(discards).reduce((sum, count) => sum + count, 0);
          expect([packets, packets + rtcpPackets + discarded]).toEqual([texts.length, 2 * batch.length]);
        }),
        { numRuns: 100 },
      );
    }
  });
});
