import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioPacket } from '../../../test/lib/call.ts';
import { decodePcma, decodePcmu } from '../audio/g711.ts';
import { AudioReceiver } from './audio-receiver.ts';
import { Recording } from './recording.ts';
import { ntpTime, writeRtcpReport } from './rtcp.ts';
import { type RtpPacket, writeRtp } from './rtp.ts';

const SSRC = 0x1234_5678;

function receive(receiver: AudioReceiver, ...packets: readonly (number | RtpPacket)[]): void {
  for (const packet of packets)
    receiver.receive(
      writeRtp(typeof packet === 'number' ? audioPacket({ sequenceNumber: packet }) : packet),
      0,
    );
}

/** The packets of which the recording consists, by the code that fills each; 255 is also silence. */
function recorded(receiver: AudioReceiver): number[] {
  receiver.finish();
  const samples = receiver.recording?.samples() ?? new Int16Array(0);
  const codes = new Map(
    Array.from({ length: 255 }, (_, code) => [decodePcmu(Uint8Array.of(code))[0] ?? 0, code]),
  );
  return Array.from({ length: samples.length / 160 }, (_, i) => {
    const part = samples.subarray(i * 160, (i + 1) * 160);
    expect(new Set(part).size).toBe(1);
    return part[0] === 0 ? 255 : (codes.get(part[0] ?? 0) ?? -1);
  });
}

const recording = (): AudioReceiver => new AudioReceiver(new Recording());

describe('AudioReceiver', () => {
  it('puts any order within a second, with repeats, into sequence', () => {
    const order = fc.shuffledSubarray([...Array(50).keys()], { minLength: 50 });
    fc.assert(
      fc.property(order, fc.array(fc.nat(49), { maxLength: 10 }), (shuffled, again) => {
        const receiver = recording();
        receive(receiver, ...shuffled, ...again);
        expect(recorded(receiver)).toEqual([...Array(50).keys()]);
        expect(receiver.stats).toMatchObject({
          packets: 50,
          bytes: 8000,
          lost: 0,
          late: 0,
          duplicates: again.length,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('counts from the lowest number that came, whichever came first', () => {
    const receiver = recording();
    receive(receiver, 11, 10, 13);
    expect(receiver.stats).toMatchObject({ packets: 3, lost: 1 });
    expect(recorded(receiver)).toEqual([10, 11, 255, 13]);
  });

  it('fills what is missing with silence of the same length, and counts it as lost', () => {
    const receiver = recording();
    receive(receiver, 1, 2, 5);
    expect(recorded(receiver)).toEqual([1, 2, 255, 255, 5]);
    expect(receiver.stats).toMatchObject({ packets: 3, lost: 2 });
    expect(receiver.recording?.silence).toBe(320);
  });

  it('goes by timestamps where a sender pauses', () => {
    const receiver = recording();
    receive(receiver, 1, audioPacket({ sequenceNumber: 2, timestamp: 160 * 4 }));
    expect(recorded(receiver)).toEqual([1, 255, 255, 2]);
    expect(receiver.stats.lost).toBe(0);
  });

  it('keeps the whole length of a pause that lasted as long', () => {
    const minutes = 5 * 60_000;
    const receiver = recording();
    receiver.receive(writeRtp(audioPacket({ sequenceNumber: 1 })), 1000);
    const timestamp = 160 * 2 + minutes * 8;
    receiver.receive(writeRtp(audioPacket({ sequenceNumber: 2, timestamp })), 1000 + minutes);
    receiver.finish();
    expect(receiver.recording?.silence).toBe(minutes * 8);
  });

  it.each([
    ['far ahead', 2 ** 31 - 1],
    ['back', 0],
  ])('fills in nothing when a timestamp goes %s', (_, timestamp) => {
    const receiver = recording();
    receive(receiver, 1, audioPacket({ sequenceNumber: 2, timestamp }));
    expect(recorded(receiver)).toEqual([1, 2]);
  });

  it('goes on where sequence numbers and timestamps go round', () => {
    const receiver = recording();
    const at = (sequence: number): RtpPacket =>
      audioPacket({
        sequenceNumber: sequence & 0xffff,
        timestamp: (2 ** 32 - 320 + (sequence - 65_534) * 160) % 2 ** 32,
        payload: new Uint8Array(160).fill(sequence - 65_500),
      });
    receive(receiver, at(65_534), at(65_537), at(65_536), at(65_535));
    expect(recorded(receiver)).toEqual([34, 35, 36, 37]);
    expect(receiver.stats).toMatchObject({ packets: 4, lost: 0 });
  });

  it('counts as late what comes after a second of newer packets, and does not record it', () => {
    const receiver = recording();
    const newer = Array.from({ length: 52 }, (_, i) => i + 131);
    receive(receiver, 129, ...newer, 130);
    expect(receiver.stats).toMatchObject({ late: 1, lost: 0, packets: 54 });
    expect(recorded(receiver)).toEqual([129, 255, ...newer]);
  });

  it('follows the first stream of audio, and counts the rest', () => {
    const receiver = recording();
    receive(
      receiver,
      audioPacket({ sequenceNumber: 9, ssrc: 1, payloadType: 96 }),
      1,
      audioPacket({ sequenceNumber: 2, ssrc: 2 }),
      audioPacket({ sequenceNumber: 2, payloadType: 13 }),
      3,
    );
    receiver.receive(Uint8Array.of(128, 0), 0);
    expect(recorded(receiver)).toEqual([1, 255, 3]);
    expect(receiver.stats).toMatchObject({ packets: 2, other: 3, malformed: 1 });
  });

  it('reads PCMA too', () => {
    const receiver = recording();
    const payload = Uint8Array.from({ length: 160 }, (_, i) => i);
    receive(receiver, audioPacket({ sequenceNumber: 1, payloadType: 8, payload }));
    receiver.finish();
    expect(receiver.recording?.samples()).toEqual(decodePcma(payload));
  });

  it('counts without a recording', () => {
    const receiver = new AudioReceiver();
    receive(receiver, 1, 2);
    receiver.finish();
    expect(receiver.stats.packets).toBe(2);
  });

  it('learns from a sender report what was lost at the end, and of its end from a BYE', () => {
    const receiver = recording();
    receive(receiver, 1, 2);
    const sender = { ntp: ntpTime(0), rtpTimestamp: 0, packets: 5, bytes: 800 };
    receiver.receiveRtcp(writeRtcpReport({ ssrc: 2, cname: 'x', sender, bye: false }), 0);
    expect(receiver.stats).toMatchObject({ lost: 0, rtcpPackets: 1 });
    expect(receiver.left).toBe(false);
    receiver.receiveRtcp(writeRtcpReport({ ssrc: SSRC, cname: 'x', sender, bye: true }), 0);
    expect(receiver.stats).toMatchObject({ lost: 3, rtcpPackets: 2 });
    expect(receiver.left).toBe(true);
    receiver.receiveRtcp(Uint8Array.of(128, 200), 0);
    expect(receiver.stats).toMatchObject({ malformed: 1, rtcpPackets: 2 });
  });
});

describe('AudioReceiver.takeReportBlock()', () => {
  it('tells loss of the interval and of all, and the highest sequence number (RFC 3550 §A.3)', () => {
    const receiver = recording();
    expect(receiver.takeReportBlock(0)).toBeUndefined();
    receive(receiver, 10, 11, 14, 17);
    expect(receiver.takeReportBlock(0)).toMatchObject({
      ssrc: SSRC,
      fractionLost: 128,
      lost: 4,
      highestSequence: 17,
    });
    receive(receiver, 18, 16, 15, 13, 12);
    expect(receiver.takeReportBlock(0)).toMatchObject({ fractionLost: 0, lost: 0, highestSequence: 18 });
  });

  it('counts rounds of the sequence number in its upper 16 bits (RFC 3550 §A.1)', () => {
    const receiver = recording();
    receive(receiver, 65_535, audioPacket({ sequenceNumber: 0 }));
    expect(receiver.takeReportBlock(0)?.highestSequence).toBe(65_536);
  });

  it('names the last sender report and the time since (RFC 3550 §6.4.1)', () => {
    const receiver = recording();
    receive(receiver, 1);
    const sender = {
      ntp: { seconds: 0x1_0002, fraction: 0x0003_0004 },
      rtpTimestamp: 0,
      packets: 1,
      bytes: 160,
    };
    receiver.receiveRtcp(writeRtcpReport({ ssrc: SSRC, cname: 'x', sender, bye: false }), 1000);
    expect(receiver.takeReportBlock(3000)).toMatchObject({
      lastSenderReport: 0x0002_0003,
      sinceSenderReport: 131_072,
    });
  });

  it('measures jitter in samples (RFC 3550 §A.8)', () => {
    const receiver = recording();
    // Every other packet is 10 ms late, which is 80 samples: the mean difference.
    for (let i = 0; i < 400; i++)
      receiver.receive(writeRtp(audioPacket({ sequenceNumber: i })), 20 * i + 10 * (i % 2));
    expect(receiver.takeReportBlock(0)?.jitter).toBeGreaterThan(77);
    expect(receiver.takeReportBlock(0)?.jitter).toBeLessThanOrEqual(80);
  });
});
