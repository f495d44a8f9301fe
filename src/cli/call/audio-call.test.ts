import { describe, expect, it } from 'vitest';
import { audioPacket, countingBytes, HeldClock, ListedPath, stubProtection } from '../../../test/lib/call.ts';
import { isRtcp } from '../../srtp/index.ts';
import { AudioCall } from './audio-call.ts';
import { PACKET_MS, packetize } from './audio-sender.ts';
import { Recording } from './recording.ts';
import { readRtcp, writeRtcpReport } from './rtcp.ts';
import { type RtpPacket, readRtp, writeRtp } from './rtp.ts';
import { SteadySchedule } from './schedule.ts';

interface Ends {
  readonly call: AudioCall;
  readonly path: ListedPath;
  readonly clock: HeldClock;
  readonly protection: ReturnType<typeof stubProtection>;
  readonly heard: RtpPacket[];
}

function open(recording?: Recording): Ends {
  const [path, clock, protection] = [new ListedPath(), new HeldClock(), stubProtection()];
  const heard: RtpPacket[] = [];
  const call = new AudioCall({
    path,
    protection,
    randomBytes: countingBytes(128),
    recording,
    clock,
    onPacket: (packet) => heard.push(packet),
  });
  return { call, path, clock, protection, heard };
}

const PAYLOADS = Array.from({ length: 250 }, (_, i) => new Uint8Array(160).fill(i));

const unstubbed = (packets: readonly Uint8Array[]): Uint8Array[] =>
  packets.map((packet) => packet.subarray(0, -2));
const rtpOf = ({ path }: Ends): (RtpPacket | undefined)[] =>
  unstubbed(path.sent)
    .filter((packet) => !isRtcp(packet))
    .map(readRtp);
const rtcpOf = ({ path }: Ends): Uint8Array[] => unstubbed(path.sent).filter(isRtcp);

describe('packetize()', () => {
  it('cuts into 160 bytes, and fills the last one up with silence', () => {
    const [first, second, ...rest] = packetize(new Uint8Array(161).fill(7));
    expect(first).toEqual(new Uint8Array(160).fill(7));
    expect(second).toEqual(Uint8Array.from([7, ...new Array(159).fill(0xff)]));
    expect(rest).toEqual([]);
    expect(packetize(new Uint8Array(0))).toEqual([]);
  });
});

describe('AudioCall.play()', () => {
  it('sends a packet every 20 ms, numbered and timed from random beginnings (RFC 3550 §5.1)', async () => {
    const ends = open();
    const playing = ends.call.play(PAYLOADS, new SteadySchedule(0, PACKET_MS));
    for (let now = 0; now < 250; now++) {
      ends.clock.runTo(now * PACKET_MS);
      expect(rtpOf(ends)).toHaveLength(now + 1);
    }
    expect(await playing).toBe(250);
    const packets = rtpOf(ends);
    // The random bytes are 128, 129…
    expect(packets[0]).toMatchObject({
      marker: true,
      payloadType: 0,
      ssrc: 0x8081_8283,
      sequenceNumber: 0x8485,
      timestamp: 0x8687_8889,
    });
    for (const [index, packet] of packets.entries()) {
      expect(packet?.payload).toEqual(PAYLOADS[index]);
      expect(packet?.sequenceNumber).toBe(0x8485 + index);
      expect(packet?.timestamp).toBe(0x8687_8889 + 160 * index);
      expect(packet?.marker).toBe(index === 0);
    }
  });

  it('catches up after a stall', async () => {
    const ends = open();
    void ends.call.play(PAYLOADS, new SteadySchedule(0, PACKET_MS));
    ends.clock.stallTo(499);
    expect(rtpOf(ends)).toHaveLength(25);
    ends.clock.runTo(500);
    expect(rtpOf(ends)).toHaveLength(26);
  });

  it('ends when the call does, and says how many were sent', async () => {
    const ends = open();
    const playing = ends.call.play(PAYLOADS, new SteadySchedule(0, PACKET_MS));
    ends.clock.runTo(100);
    ends.call.end();
    expect(await playing).toBe(6);
    expect(ends.clock.alarms).toBe(0);
  });

  it('fails when a packet cannot be protected', async () => {
    const ends = open();
    ends.protection.destroy();
    await expect(ends.call.play(PAYLOADS, new SteadySchedule(0, PACKET_MS))).rejects.toThrow('destroyed');
  });
});

describe('the reports of an AudioCall', () => {
  it('begin with the first packet, come every 2.5 to 7.5 s, and end with a BYE', async () => {
    const ends = open();
    const playing = ends.call.play(PAYLOADS, new SteadySchedule(0, PACKET_MS));
    expect(ends.path.sent.map(isRtcp)).toEqual([false, true]);
    ends.clock.runTo(4980);
    await playing;
    const times: number[] = [];
    for (let now = 5000; now < 60_000; now += 20) {
      const before = ends.path.sent.length;
      ends.clock.runTo(now);
      if (ends.path.sent.length > before) times.push(now);
    }
    expect(times.length).toBeGreaterThanOrEqual(8);
    for (const [index, time] of times.entries()) {
      if (index === 0) continue;
      expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(2480);
      expect(time - (times[index - 1] ?? 0)).toBeLessThanOrEqual(7520);
    }
    ends.call.leave();
    const reports = rtcpOf(ends).map(readRtcp);
    expect(reports.map((report) => report?.bye)).toEqual([...times.map(() => false), false, true]);
    expect(new Set(reports.map((report) => report?.cname)).size).toBe(1);
    expect(reports[0]?.sender).toMatchObject({ ssrc: 0x8081_8283, packets: 1, bytes: 160 });
    expect(reports.at(-1)?.sender).toMatchObject({ packets: 250, bytes: 40_000 });
  });

  it('are sender reports as long as something was sent since the last but one (RFC 3550 §6.4)', () => {
    const ends = open();
    ends.call.send(new Uint8Array(160));
    ends.clock.runTo(40_000);
    const kinds = rtcpOf(ends).map((report) => report[1]);
    expect(kinds.slice(0, 4)).toEqual([200, 200, 201, 201]);
    ends.call.send(new Uint8Array(160));
    ends.clock.runTo(48_000);
    expect(rtcpOf(ends).map((report) => report[1])).toContain(200);
  });

  it('give the RTP timestamp of their own time', () => {
    const ends = open();
    ends.call.send(new Uint8Array(160));
    ends.clock.runTo(10_000);
    const [first, second] = rtcpOf(ends).map((report) => readRtcp(report)?.sender);
    const seconds = (time: { seconds: number; fraction: number } | undefined): number =>
      (time?.seconds ?? 0) + (time?.fraction ?? 0) / 2 ** 32;
    const elapsed = seconds(second?.ntp) - seconds(first?.ntp);
    expect((second?.rtpTimestamp ?? 0) - (first?.rtpTimestamp ?? 0)).toBeCloseTo(elapsed * 8000, -1);
  });

  it('come from who only listens too, and hold what was heard; without any there is no BYE', () => {
    const [silent, listener] = [open(), open()];
    silent.call.leave();
    expect(silent.path.sent).toEqual([]);
    listener.path.waiting.push(
      Uint8Array.from([...writeRtp(audioPacket({ sequenceNumber: 1 })), 0x5a, 0x5a]),
    );
    listener.call.take();
    listener.clock.runTo(4000);
    const [report] = rtcpOf(listener);
    expect([report?.[0], report?.[1]]).toEqual([0x81, 201]);
    listener.call.leave();
    expect(rtcpOf(listener)).toHaveLength(2);
  });

  it('end quietly when the keys are used up', () => {
    const ends = open();
    ends.call.send(new Uint8Array(160));
    ends.protection.destroy();
    ends.clock.runTo(60_000);
    expect(ends.path.sent).toHaveLength(2);
    expect(ends.clock.alarms).toBe(0);
  });
});

describe('AudioCall', () => {
  const sealed = (packet: RtpPacket): Uint8Array => Uint8Array.from([...writeRtp(packet), 0x5a, 0x5a]);

  it('takes in what waits, counts it, and hands on what is new', () => {
    const ends = open(new Recording());
    const { call, path, heard } = ends;
    path.waiting.push(
      sealed(audioPacket({ sequenceNumber: 1 })),
      sealed(audioPacket({ sequenceNumber: 1 })),
      writeRtp(audioPacket({ sequenceNumber: 2 })),
      Uint8Array.from([...writeRtcpReport({ ssrc: 1, cname: 'x', bye: true }), 0x5a, 0x5a]),
    );
    call.take();
    expect(heard.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1]);
    expect(call.peerLeft).toBe(true);
    expect(call.stats.received).toMatchObject({
      srtpPackets: 2,
      srtpBytes: 348,
      srtcpPackets: 1,
      packets: 1,
      duplicates: 1,
      discards: { bad_tag: 1 },
    });
  });

  it('takes in what waits before it ends, then nothing more, and destroys its keys', () => {
    const recording = new Recording();
    const { call, path, clock, protection } = open(recording);
    path.waiting.push(sealed(audioPacket({ sequenceNumber: 1 })));
    call.leave();
    path.waiting.push(sealed(audioPacket({ sequenceNumber: 2 })));
    call.end();
    path.waiting.push(sealed(audioPacket({ sequenceNumber: 3 })));
    call.take();
    call.leave();
    expect(recording.length).toBe(320);
    expect(call.send(new Uint8Array(160))).toBeUndefined();
    expect(path.sent).toEqual([]);
    expect(clock.alarms).toBe(0);
    expect(protection.destroyed()).toBe(true);
  });

  it('counts apart what the socket does not take', () => {
    const { call, path } = open();
    path.open = false;
    call.send(new Uint8Array(160));
    expect(call.stats.sent).toEqual({
      srtpPackets: 0,
      srtpBytes: 0,
      srtcpPackets: 0,
      srtcpBytes: 0,
      unsent: 2,
    });
  });
});
