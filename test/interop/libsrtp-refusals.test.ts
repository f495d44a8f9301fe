import { expect, test } from 'vitest';
import { CM, flipped, hex } from '../lib/srtp.ts';
import { FourParties, ROWS } from './lib/four-parties.ts';
import { describeWithLibsrtp } from './lib/libsrtp.ts';
import { noise, rtpPacket, SSRC, senderReport } from './lib/rtp.ts';

/** Numbers that look random, from 0 to `limit` - 1. */
function* numbers(limit: number, seed: number): Generator<number, never> {
  for (let round = 0; ; round++) {
    const bytes = noise(4096, seed * 1000 + round);
    for (let i = 0; i < bytes.length; i += 4) yield bytes.readUInt32BE(i) % limit;
  }
}

/** Each item at most `distance` places from its own. */
function shuffled<T>(items: readonly T[], distance: number, seed: number): T[] {
  const random = numbers(distance, seed);
  return items
    .map((item, place) => ({ item, place: place + random.next().value }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

describeWithLibsrtp('what we and libsrtp refuse, and what we both still take', (libsrtp) => {
  test.each(ROWS)('%s: loss, reordering and repeats across a roll-over', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    const packets = Array.from({ length: 160 }, (_unused, i) =>
      rtpPacket({ sequenceNumber: (65_456 + i) % 65_536 }),
    );
    const arriving: [Buffer, Buffer][] = [];
    for (const packet of packets) arriving.push([await parties.protect(packet), packet]);
    const [first, ...rest] = arriving;
    if (first === undefined) throw new Error('no packet');
    await parties.open(...first);
    const kept = shuffled(rest, 60, 1).filter((_unused, i) => i % 5 !== 0);
    for (const [protectedPacket, packet] of kept) {
      await parties.open(protectedPacket, packet);
      expect(await parties.refusal(protectedPacket)).toEqual(['no replay_fail', 'replayed']);
    }
  });

  test.each(ROWS)('%s: a sender whose packets come out of order, and one index twice', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    const sequenceNumbers = Array.from({ length: 100 }, (_unused, i) => (65_486 + i) % 65_536);
    await parties.pass(rtpPacket({ sequenceNumber: 65_485 }));
    for (const sequenceNumber of shuffled(sequenceNumbers, 60, 2)) {
      const packet = rtpPacket({ sequenceNumber });
      await parties.pass(packet);
      expect(() => parties.sender.protect(packet)).toThrow(
        expect.objectContaining({ code: 'ERR_SRTP_INDEX_USED' }),
      );
      expect(await parties.theirSender.protect(packet)).toBe('no replay_fail');
    }
  });

  test('the oldest packet that is taken: the window less one behind the newest', async () => {
    // libsrtp rounds a window up to a multiple of 32, and has none above 32,767.
    for (const replayWindow of [64, 96, 128, 1024, 32_736]) {
      const source = await FourParties.open(libsrtp(), CM);
      const protect = (sequenceNumber: number): Promise<Buffer> =>
        source.protect(rtpPacket({ sequenceNumber }));
      // In this order a window of 128 at the senders suffices: upwards only.
      const tooOld = await protect(20_000);
      const oldest = await protect(20_001);
      const middle = await protect(20_000 + Math.floor(replayWindow / 2));
      const newest = await protect(20_000 + replayWindow);

      const parties = await FourParties.open(libsrtp(), CM, { replayWindow });
      await parties.open(middle, rtpPacket({ sequenceNumber: 20_000 + Math.floor(replayWindow / 2) }));
      await parties.open(newest, rtpPacket({ sequenceNumber: 20_000 + replayWindow }));
      expect(await parties.refusal(tooOld)).toEqual(['no replay_old', 'too_old']);
      await parties.open(oldest, rtpPacket({ sequenceNumber: 20_001 }));
      for (const repeat of [oldest, middle, newest])
        expect(await parties.refusal(repeat)).toEqual(['no replay_fail', 'replayed']);

      const senders = await FourParties.open(libsrtp(), CM, { replayWindow });
      await senders.protect(rtpPacket({ sequenceNumber: 20_000 + replayWindow }));
      expect(await senders.theirSender.protect(rtpPacket({ sequenceNumber: 20_000 }))).toBe('no replay_old');
      expect(() => senders.sender.protect(rtpPacket({ sequenceNumber: 20_000 }))).toThrow(
        expect.objectContaining({ code: 'ERR_SRTP_INDEX_USED' }),
      );
      await senders.protect(rtpPacket({ sequenceNumber: 20_001 }));
    }
  });

  // RFC 3711 §3.3.1 and appendix A: from highest index and sequence number to roll-over counter.
  test('a walk of any steps: the same index or the same refusal, sender and receiver', async () => {
    const steps = [1, 2, 100, 127, 128, 20_000, 32_766, 32_767, 32_768, 32_769, 20_000, 65_535, 65_500];
    const choice = numbers(steps.length, 3);
    for (const start of [0, 1, 100, 32_767, 32_768, 32_769, 65_535]) {
      const parties = await FourParties.open(libsrtp(), CM);
      const arriving: Buffer[] = [];
      let sequenceNumber = start;
      for (let i = 0; i < 200; i++) {
        const theirs = await parties.theirSender.protect(rtpPacket({ sequenceNumber }));
        expect(protectedOrRefused(parties, sequenceNumber), `${i} from ${start}`).toBe(
          theirs.replace(/^no .*/, 'no'),
        );
        if (!theirs.startsWith('no')) arriving.push(Buffer.from(theirs, 'hex'));
        sequenceNumber = (sequenceNumber + (steps[choice.next().value] ?? 1)) % 65_536;
      }
      for (const protectedPacket of shuffled(arriving, 4, start + 1)) {
        const theirs = await parties.theirReceiver.unprotect(protectedPacket);
        const ours = hex(parties.receiver.unprotect(protectedPacket));
        expect(ours).toBe(theirs.replace(/^no .*/, 'discarded'));
      }
      const rollOverCounter = await parties.theirReceiver.rollOverCounter(SSRC);
      expect(parties.receiver.rollOverCounter(SSRC)).toBe(rollOverCounter);
    }
  });

  test.each(ROWS)('%s: SRTP with one bit flipped in any byte, or cut short', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    const packet = rtpPacket({
      sequenceNumber: 2,
      csrcs: [1, 2],
      extension: { profile: 0xbede, data: Buffer.of(0x12, 1, 2, 3) },
    });
    await parties.pass(rtpPacket());
    const protectedPacket = await parties.protect(packet);
    for (const [what, forged] of forgeriesOf(protectedPacket))
      expectRefused(await parties.refusal(forged), what);
    // None of them changed anything.
    await parties.open(protectedPacket, packet);
    await parties.pass(rtpPacket({ sequenceNumber: 3 }));
  });

  test.each(ROWS)('%s: SRTCP with one bit flipped in any byte, or cut short', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    parties.startRtcpAtOne(SSRC);
    await parties.passRtcp(senderReport());
    const packet = senderReport(SSRC, 1);
    const protectedPacket = await parties.protectRtcp(packet);
    for (const [what, forged] of forgeriesOf(protectedPacket))
      expectRefused(await parties.rtcpRefusal(forged), what);
    await parties.openRtcp(protectedPacket, packet);
  });

  test.each(ROWS)('%s: repeats and a forgery within a batch', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    const arriving: Buffer[] = [];
    for (let sequenceNumber = 1; sequenceNumber <= 40; sequenceNumber++)
      for (const ssrc of [1, 2]) arriving.push(await parties.protect(rtpPacket({ ssrc, sequenceNumber })));
    const forged = Buffer.from(arriving[20] ?? '');
    forged[14] = (forged[14] ?? 0) ^ 1;
    const batch = shuffled([forged, ...arriving, ...arriving.slice(0, 30), forged, Buffer.alloc(3)], 20, 5);
    const ours = parties.receiver.unprotectBatch(batch).map(hex);
    const theirs: string[] = [];
    for (const packet of batch) theirs.push(await parties.theirReceiver.unprotect(packet));
    expect(ours).toEqual(theirs.map((answer) => answer.replace(/^no .*/, 'discarded')));
    expect(ours.filter((packet) => packet !== 'discarded').length).toBe(80);
  });
});

/** One bit flipped in each byte; and every shorter length. */
function* forgeriesOf(packet: Uint8Array): Generator<[what: string, forged: Uint8Array]> {
  for (let i = 0; i < packet.length; i++) {
    yield [`byte ${i}`, flipped(packet, 8 * i + (i % 8))];
    yield [`${i} bytes`, packet.subarray(0, i)];
  }
}

function expectRefused([theirs, reason]: readonly [string, string | undefined], what: string): void {
  expect(theirs, what).toMatch(/^no /);
  expect(reason, what).toBeDefined();
}

function protectedOrRefused(parties: FourParties, sequenceNumber: number): string {
  try {
    return hex(parties.sender.protect(rtpPacket({ sequenceNumber })));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_SRTP_INDEX_USED' });
    return 'no';
  }
}
