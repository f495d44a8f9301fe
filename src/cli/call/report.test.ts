import { describe, expect, it } from 'vitest';
import type { CallStats } from './audio-call.ts';
import { duration, receivedLine, sentLine, soundPicture } from './report.ts';

const NOTHING: CallStats = {
  sent: { srtpPackets: 0, srtpBytes: 0, srtcpPackets: 0, srtcpBytes: 0, unsent: 0 },
  received: {
    srtpPackets: 0,
    srtpBytes: 0,
    srtcpPackets: 0,
    srtcpBytes: 0,
    packets: 0,
    bytes: 0,
    lost: 0,
    late: 0,
    duplicates: 0,
    other: 0,
    malformed: 0,
    rtcpPackets: 0,
    discards: {},
  },
};

describe('sentLine() and receivedLine()', () => {
  it('say little of a call in which nothing happened', () => {
    expect(sentLine(NOTHING)).toBe('Sent: no audio, 0 SRTCP packets');
    expect(receivedLine(NOTHING, 0)).toBe('Received: no audio, 0 SRTCP packets');
  });

  it('leave out nothing that was lost, and say why', () => {
    const sent = { ...NOTHING.sent, srtpPackets: 1, srtpBytes: 182, srtcpPackets: 1, unsent: 3 };
    const received = {
      ...NOTHING.received,
      srtpPackets: 1000,
      srtpBytes: 182_000,
      lost: 1,
      late: 2,
      duplicates: 3,
      other: 4,
      malformed: 5,
      discards: { bad_tag: 6, replayed: 0 },
    };
    expect(sentLine({ sent, received })).toBe(
      'Sent: 1 SRTP packet of 182 bytes in all, 1 SRTCP packet, 3 did not leave',
    );
    expect(receivedLine({ sent, received }, 7)).toBe(
      'Received: 1,000 SRTP packets of 182,000 bytes in all, 0 SRTCP packets, 1 lost, 7 too many to wait for the keys, ' +
        '2 too late, 3 twice, 4 that are neither PCMU nor PCMA of the first stream, 5 malformed, 6 discarded (bad_tag)',
    );
  });
});

describe('soundPicture()', () => {
  it('keeps within its columns', () => {
    for (const line of soundPicture(new Int16Array(8000).fill(9000), 60))
      expect(line).toMatch(/^ {3}\S{54}$/);
  });
});

describe('duration()', () => {
  it('is in seconds of telephone sound', () => {
    expect(duration(40_000)).toBe('5.0 s');
  });
});
