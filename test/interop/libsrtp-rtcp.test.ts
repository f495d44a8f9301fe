import { expect, test } from 'vitest';
import { SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import { flipped, hex, keyOf } from '../lib/srtp.ts';
import { FourParties, newDiscard, ROWS } from './lib/four-parties.ts';
import { describeWithLibsrtp } from './lib/libsrtp.ts';
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

const ENCRYPTING_ROWS = ROWS.filter(([name]) => !name.includes('NULL'));

describeWithLibsrtp('SRTCP packets, ours and those of libsrtp', (libsrtp) => {
  test.each(ROWS)('%s: reports, compound packets, any length', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    parties.startRtcpAtOne(SSRC);
    const packets = [
      emptyReceiverReport(),
      ...[0, 1, 2, 31].map((blocks) => senderReport(SSRC, blocks)),
      Buffer.concat([senderReport(), sourceDescription(), goodbye()]),
      Buffer.concat([emptyReceiverReport(), sourceDescription(SSRC, 'a')]),
      ...Array.from({ length: 16 }, (_unused, i) => applicationDefined(12 + 4 * i)),
      applicationDefined(1_400),
    ];
    for (const packet of packets) {
      const protectedPacket = await parties.passRtcp(packet);
      // The index (RFC 3711 §3.4) and the tag, which is long in the profiles with a short one for RTP.
      expect(protectedPacket.length).toBe(packet.length + 4 + row.rtcpTagLength);
      expect(await parties.rtcpRefusal(protectedPacket)).toEqual(['no replay_fail', 'replayed']);
    }
  });

  test.each(ROWS)('%s: 300 packets of each of two SSRCs', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    parties.startRtcpAtOne(1, 2);
    for (let i = 0; i < 300; i++)
      for (const ssrc of [1, 2]) await parties.passRtcp(senderReport(ssrc, i % 3, i + 1));
    for (const ssrc of [1, 2]) expect(parties.sender.rtcpIndex(ssrc)).toBe(301);
  });

  test.each(ROWS)('%s: the window of 128', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    parties.startRtcpAtOne(SSRC);
    const packets = Array.from({ length: 400 }, (_unused, i) => senderReport(SSRC, 0, i + 1));
    const arriving: Buffer[] = [];
    for (const packet of packets) arriving.push(await parties.protectRtcp(packet));
    const open = (i: number): Promise<void> =>
      parties.openRtcp(arriving[i] ?? Buffer.alloc(0), packets[i] ?? Buffer.alloc(0));
    const refusal = (i: number): Promise<unknown> => parties.rtcpRefusal(arriving[i] ?? Buffer.alloc(0));
    await open(0);
    await open(200);
    expect(await refusal(200 - 128)).toEqual(['no replay_old', 'too_old']);
    await open(200 - 127);
    await open(150);
    await open(199);
    await open(399);
    for (const i of [200, 150, 399 - 128]) expect(await refusal(i)).toEqual(['no replay_old', 'too_old']);
    for (let i = 399 - 127; i < 399; i += 9) await open(i);
    for (const i of [399, 272, 281]) expect(await refusal(i)).toEqual(['no replay_fail', 'replayed']);
  });

  test.each(ROWS)('%s: the first index of all, and the last', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row);
    const packet = senderReport();
    // Ours starts at 0, which is lower than any that libsrtp sends.
    await parties.openRtcp(Buffer.from(parties.sender.protectRtcp(packet)), packet);
    parties.sender.setRtcpIndex(SSRC, 0x7fffffff);
    await parties.openRtcp(Buffer.from(parties.sender.protectRtcp(packet)), packet);
    expect(() => parties.sender.protectRtcp(packet)).toThrow(
      expect.objectContaining({ code: 'ERR_SRTP_KEY_EXPIRED' }),
    );
  });

  test.each(ROWS)('%s: not encrypted (E = 0)', async (_, row) => {
    const parties = await FourParties.open(libsrtp(), row, { unencryptedRtcp: true });
    parties.startRtcpAtOne(SSRC);
    for (const packet of [emptyReceiverReport(), senderReport(SSRC, 2), applicationDefined(1_400)]) {
      const protectedPacket = await parties.passRtcp(packet);
      expect(hex(protectedPacket.subarray(0, packet.length))).toBe(hex(packet));
    }
    const packet = senderReport();
    const protectedPacket = await parties.protectRtcp(packet);
    for (let i = 0; i < protectedPacket.length; i++) {
      const [theirs, reason] = await parties.rtcpRefusal(flipped(protectedPacket, 8 * i + 7 - (i % 8)));
      expect(theirs).toMatch(/^no /);
      expect(reason).toBeDefined();
    }
    await parties.openRtcp(protectedPacket, packet);
  });

  // libsrtp's receiver is not asked: under AES-GCM it takes a packet with E = 0 whatever its policy says.
  test.each(ENCRYPTING_ROWS)('%s: E = 0 from libsrtp where we did not allow it', async (_, row) => {
    const key = keyOf(row);
    const theirs = await libsrtp().open({
      ...{ profile: row.profile, direction: 'send', keys: [key], unencryptedRtcp: true },
    });
    const receiver = new SrtpReceiver({ profile: row.profile, ...key });
    const protectedPacket = Buffer.from(await theirs.protectRtcp(senderReport()), 'hex');
    expect(newDiscard(receiver, () => receiver.unprotectRtcp(protectedPacket))).toBe('not_encrypted');
  });

  test.each(ROWS)('%s: MKIs of 1, 4 and 128 bytes', async (_, row) => {
    for (const length of [1, 4, 128]) {
      const key = { ...keyOf(row, 5), mki: noise(length, 9) };
      const parties = await FourParties.open(libsrtp(), row, { keys: [key] });
      parties.startRtcpAtOne(SSRC);
      const packet = Buffer.concat([senderReport(), sourceDescription()]);
      const protectedPacket = await parties.protectRtcp(packet);
      expect(protectedPacket.length).toBe(packet.length + 4 + row.rtcpTagLength + length);
      if (row.tagLength === row.rtcpTagLength) await parties.openRtcp(protectedPacket, packet);
      // libsrtp looks for the MKI in front of a tag of RTP's length, and finds none in what it sends itself.
      else expect(hex(parties.receiver.unprotectRtcp(protectedPacket))).toBe(hex(packet));
    }
  });

  test.each(ROWS)('%s: SRTP and SRTCP of one SSRC side by side', async (_, row) => {
    const key = keyOf(row);
    const sender = new SrtpSender({ profile: row.profile, ...key });
    const theirs = await libsrtp().open({ profile: row.profile, direction: 'receive', keys: [key] });
    for (let sequenceNumber = 1; sequenceNumber < 20; sequenceNumber++) {
      const rtp = rtpPacket({ sequenceNumber });
      expect(await theirs.unprotect(sender.protect(rtp))).toBe(hex(rtp));
      const rtcp = senderReport(SSRC, 1, sequenceNumber);
      expect(await theirs.unprotectRtcp(sender.protectRtcp(rtcp))).toBe(hex(rtcp));
    }
  });
});
