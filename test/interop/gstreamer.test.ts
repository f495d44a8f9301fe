import { expect, test } from 'vitest';
import { decodePcmu, encodePcmu } from '../../src/cli/audio/g711.ts';
import { melody } from '../../src/cli/audio/melody.ts';
import { readWav, writeWav } from '../../src/cli/audio/wav.ts';
import { isRtcp, SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import {
  decode,
  describeWithGstreamer,
  type EncoderInput,
  encode,
  type Key,
  PROFILES,
  type Profile,
} from './lib/gstreamer.ts';
import {
  applicationDefined,
  emptyReceiverReport,
  goodbye,
  noise,
  rtpPacket,
  SSRC,
  senderReport,
  sourceDescription,
} from './lib/rtp.ts';
import { named } from './lib/suites.ts';

const EACH = named(PROFILES, ({ name }) => name);
/** One whose tag covers the roll-over counter and is cut off, and one with AEAD. */
const TWO = EACH.filter(([name]) => name === 'SRTP_AES128_CM_SHA1_80' || name === 'SRTP_AEAD_AES_128_GCM');

/** A second of music, of samples that survive G.711. */
const SAMPLES = decodePcmu(encodePcmu(melody(1)));
const CODES = encodePcmu(SAMPLES);
const FRAME = 160;

/** The same as packets of 20 ms. The sequence number rolls over after ten of them. */
const MUSIC = Array.from({ length: CODES.length / FRAME }, (_, i) =>
  rtpPacket({
    sequenceNumber: (65_526 + i) % 65_536,
    payload: CODES.subarray(i * FRAME, (i + 1) * FRAME),
  }),
);

const EXTENSION = { profile: 0xbede, data: Buffer.of(0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0) };
const SHAPES = [
  rtpPacket({ sequenceNumber: 1, payload: 1, marker: true }),
  rtpPacket({ sequenceNumber: 2, payload: 1200 }),
  rtpPacket({ sequenceNumber: 3, csrcs: [1, 2, 3] }),
  rtpPacket({ sequenceNumber: 4, extension: EXTENSION }),
  rtpPacket({ sequenceNumber: 5, extension: { profile: 0x1000, data: Buffer.alloc(0) } }),
  rtpPacket({ sequenceNumber: 6, padding: 4 }),
  rtpPacket({ sequenceNumber: 7, csrcs: [4], extension: EXTENSION, padding: 200 }),
  rtpPacket({ sequenceNumber: 8, payload: 0 }),
];
const REPORTS = [
  Buffer.concat([senderReport(), sourceDescription()]),
  Buffer.concat([senderReport(SSRC, 31, 2), sourceDescription()]),
  emptyReceiverReport(),
  Buffer.concat([emptyReceiverReport(), applicationDefined(1000)]),
  Buffer.concat([emptyReceiverReport(), goodbye()]),
];

function makeKey({ lengths }: Profile, seed = 1): Key {
  return { masterKey: noise(lengths[0], seed), masterSalt: noise(lengths[1], seed + 100) };
}

/** An encoder of GStreamer's and the key to open what it sends, until there are `count` datagrams. */
function encodeAll(profile: Profile, input: EncoderInput, count: number): ReturnType<typeof encode> {
  return encode({ profile, key: makeKey(profile), input }, ({ length }) => length === count);
}

const reasonsOf = (receiver: SrtpReceiver): Record<string, number | undefined> => receiver.stats.discards;

describeWithGstreamer.each(EACH)('gstreamer, %s', (profileName, profile) => {
  const key = makeKey(profile);
  const options = { profile: profileName, ...key };

  test('srtpdec opens and plays what SrtpSender protects, over a roll-over', async () => {
    const sender = new SrtpSender(options);
    const datagrams = MUSIC.map((packet) => sender.protect(packet));
    const { rtp, wav } = await decode({ profile, kind: 'rtp', keys: [key], play: true }, datagrams);
    expect(rtp).toEqual(MUSIC);
    expect(readWav(wav)).toEqual({ sampleRate: 8000, samples: SAMPLES });
    expect(sender.rollOverCounter(SSRC)).toBe(1);
  });

  test('SrtpReceiver opens the music that srtpenc protects, over a roll-over', async () => {
    const wav = writeWav({ sampleRate: 8000, samples: SAMPLES });
    const { datagrams, rtp } = await encodeAll(profile, { wav }, MUSIC.length);
    const receiver = new SrtpReceiver(options);
    const opened = datagrams.map((datagram) => Buffer.from(receiver.unprotect(datagram) ?? []));
    expect(opened).toEqual(rtp);
    expect(opened.map((packet) => packet.readUInt16BE(2))).toEqual(
      MUSIC.map((packet) => packet.readUInt16BE(2)),
    );
    expect(Buffer.concat(opened.map((packet) => packet.subarray(12)))).toEqual(Buffer.from(CODES));
    expect(receiver.rollOverCounter(SSRC)).toBe(1);
    expect(receiver.stats).toMatchObject({ packets: MUSIC.length, discards: {} });
  });

  test('srtpdec opens RTP of every shape', async () => {
    const sender = new SrtpSender(options);
    const { rtp } = await decode({ profile, kind: 'rtp', keys: [key] }, sender.protectBatch(SHAPES));
    expect(rtp).toEqual(SHAPES);
  });

  test('SrtpReceiver opens RTP of every shape, of two sources on one key', async () => {
    const packets = SHAPES.flatMap((packet) => {
      const other = Buffer.from(packet);
      other.writeUInt32BE(0x01020304, 8);
      return [packet, other];
    });
    const { datagrams } = await encodeAll(profile, { rtp: packets }, packets.length);
    const opened = new SrtpReceiver(options).unprotectBatch(datagrams);
    expect(opened.map((packet) => Buffer.from(packet ?? []))).toEqual(packets);
  });

  test('srtpdec opens what SrtpSender makes of RTCP', async () => {
    const sender = new SrtpSender(options);
    const datagrams = REPORTS.map((packet) => sender.protectRtcp(packet));
    const { rtcp } = await decode({ profile, kind: 'rtcp', keys: [key] }, datagrams);
    expect(rtcp).toEqual(REPORTS);
  });

  test('SrtpReceiver opens what srtpenc makes of RTCP', async () => {
    const { datagrams } = await encodeAll(profile, { rtcp: REPORTS }, REPORTS.length);
    const receiver = new SrtpReceiver(options);
    expect(datagrams.map((datagram) => Buffer.from(receiver.unprotectRtcp(datagram) ?? []))).toEqual(REPORTS);
    expect(receiver.stats).toMatchObject({ rtcpPackets: REPORTS.length, discards: {} });
  });
});

describeWithGstreamer.each(TWO)('gstreamer, %s, RTP and RTCP on one port', (profileName, profile) => {
  const key = makeKey(profile);
  const options = { profile: profileName, ...key };

  test('srtpdec tells apart what SrtpSender sends', async () => {
    const sender = new SrtpSender(options);
    const datagrams = MUSIC.map((packet, i) => {
      const report = REPORTS[i];
      return [sender.protect(packet), ...(report === undefined ? [] : [sender.protectRtcp(report)])];
    });
    const { rtp, rtcp } = await decode({ profile, kind: 'mux', keys: [key] }, datagrams.flat());
    expect(rtp).toEqual(MUSIC);
    expect(rtcp).toEqual(REPORTS);
  });

  test('SrtpReceiver opens an RTP session of GStreamer’s with its reports', async () => {
    const { datagrams } = await encode({ profile, key, input: { session: true } }, (come) =>
      come.some(isRtcp),
    );
    const receiver = new SrtpReceiver(options);
    const opened = datagrams.map((datagram) =>
      Buffer.from((isRtcp(datagram) ? receiver.unprotectRtcp(datagram) : receiver.unprotect(datagram)) ?? []),
    );
    expect(receiver.stats).toMatchObject({ packets: datagrams.length - 1, rtcpPackets: 1, discards: {} });
    const rtp = opened.filter((packet) => !isRtcp(packet));
    expect(rtp.map((packet) => packet.readUInt16BE(2))).toEqual(rtp.map((_, i) => (65_526 + i) % 65_536));
    const report = opened.find(isRtcp);
    expect(report?.readUInt32BE(4)).toBe(SSRC);
    // In the SDES that follows the sender report.
    expect(report?.toString('latin1')).toContain('GStreamer');
  });
});

describeWithGstreamer.each(TWO)('gstreamer, %s, MKI', (profileName, profile) => {
  const keys = [
    { ...makeKey(profile, 1), mki: Buffer.of(0, 0, 0, 1) },
    { ...makeKey(profile, 2), mki: Buffer.of(0, 0, 0, 2) },
  ] as const;
  const options = { profile: profileName, masterKeys: keys };

  test.each(['rtp', 'rtcp'] as const)('srtpdec follows SrtpSender to the second key, %s', async (kind) => {
    const sender = new SrtpSender(options);
    const packets = kind === 'rtp' ? MUSIC : REPORTS;
    const datagrams = packets.map((packet, i) => {
      if (i === packets.length - 2) sender.useMasterKey(keys[1].mki);
      return kind === 'rtp' ? sender.protect(packet) : sender.protectRtcp(packet);
    });
    expect((await decode({ profile, kind, keys }, datagrams))[kind]).toEqual(packets);
    const second = await decode({ profile, kind, keys: [keys[1]], rollOverCounter: 1 }, datagrams);
    expect(second[kind]).toEqual(packets.slice(-2));
  });

  test('SrtpReceiver finds the key that srtpenc names', async () => {
    const input = { rtp: SHAPES, rtcp: REPORTS };
    const total = SHAPES.length + REPORTS.length;
    const { datagrams } = await encode({ profile, key: keys[1], input }, ({ length }) => length === total);
    const receiver = new SrtpReceiver(options);
    const opened = datagrams.map((datagram) =>
      Buffer.from((isRtcp(datagram) ? receiver.unprotectRtcp(datagram) : receiver.unprotect(datagram)) ?? []),
    );
    expect(opened.filter((packet) => !isRtcp(packet))).toEqual(SHAPES);
    expect(opened.filter(isRtcp)).toEqual(REPORTS);
    const other = new SrtpReceiver({ profile: profileName, masterKeys: keys.slice(0, 1) });
    for (const datagram of datagrams.filter((bytes) => !isRtcp(bytes))) other.unprotect(datagram);
    expect(reasonsOf(other)).toEqual({ unknown_mki: SHAPES.length });
  });
});

describeWithGstreamer.each(TWO)('gstreamer, %s, the roll-over counter', (profileName, profile) => {
  const key = makeKey(profile);
  const options = { profile: profileName, ...key };
  const late = 7;

  test('srtpdec, told of it, joins SrtpSender late', async () => {
    const sender = new SrtpSender(options);
    sender.setRollOverCounter(SSRC, late);
    const datagrams = MUSIC.map((packet) => sender.protect(packet));
    const settings = { profile, kind: 'rtp', keys: [key] } as const;
    expect((await decode({ ...settings, rollOverCounter: late }, datagrams)).rtp).toEqual(MUSIC);
    expect((await decode(settings, datagrams)).rtp).toEqual([]);
  });

  test('SrtpReceiver, told of it or not, joins srtpenc after the roll-over', async () => {
    const { datagrams } = await encodeAll(profile, { rtp: MUSIC }, MUSIC.length);
    const told = new SrtpReceiver(options);
    told.setRollOverCounter(SSRC, 1);
    for (const receiver of [told, new SrtpReceiver(options)]) {
      const opened = datagrams.slice(20).map((datagram) => Buffer.from(receiver.unprotect(datagram) ?? []));
      expect(opened).toEqual(MUSIC.slice(20));
      expect(receiver.rollOverCounter(SSRC)).toBe(1);
    }
  });
});

/** Another bit for each `i`, behind the header. */
function withFlippedBit(datagram: Uint8Array, i: number): Buffer {
  const altered = Buffer.from(datagram);
  const at = 12 + ((i * 37) % (altered.length - 12));
  altered[at] = (altered[at] ?? 0) ^ (1 << (i % 8));
  return altered;
}

/** From the second on, each two change places; so do the two at the roll-over. */
function swapped<T>(packets: readonly T[]): T[] {
  return packets.map((packet, i) => packets[i === 0 ? 0 : ((i - 1) ^ 1) + 1] ?? packet);
}

describeWithGstreamer.each(EACH)('gstreamer, %s, what is refused', (profileName, profile) => {
  const key = makeKey(profile);
  const options = { profile: profileName, ...key };

  test('srtpdec takes a packet of SrtpSender’s once, in any order, and not when altered', async () => {
    const sender = new SrtpSender(options);
    const packets = swapped(MUSIC);
    const datagrams = packets.flatMap((packet, i) => {
      const datagram = sender.protect(packet);
      return [withFlippedBit(datagram, i), datagram, datagram];
    });
    const { rtp } = await decode({ profile, kind: 'rtp', keys: [key] }, datagrams);
    expect(rtp).toEqual(packets);
  });

  test('SrtpReceiver takes a packet of srtpenc’s once, in any order, and not when altered', async () => {
    const { datagrams } = await encodeAll(profile, { rtp: MUSIC }, MUSIC.length);
    const packets = swapped(MUSIC);
    const receiver = new SrtpReceiver(options);
    swapped(datagrams).forEach((datagram, i) => {
      expect(receiver.unprotect(withFlippedBit(datagram, i))).toBeUndefined();
      expect(Buffer.from(receiver.unprotect(datagram) ?? [])).toEqual(packets[i]);
      expect(receiver.unprotect(datagram)).toBeUndefined();
    });
    expect(reasonsOf(receiver)).toEqual({ bad_tag: packets.length, replayed: packets.length });
  });
});
