import { describe, expect, it } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  codeOf,
  DTLS_SUITES,
  hex,
  keysWithMki,
  receiverOf,
  SDES_SUITES,
  SUITES,
  type Suite,
  senderOf,
  thrownBy,
  titled,
} from '../../test/lib/srtp.ts';
import { srtpParameters } from './profiles.ts';

const EXPIRED = 'ERR_SRTP_KEY_EXPIRED';
const LAST_ROLL_OVER_COUNTER = 2 ** 32 - 1;
const LAST_RTCP_INDEX = 2 ** 31 - 1;

const rtp = (sequenceNumber: number, ssrc = 1): Buffer => rtpPacket({ sequenceNumber, ssrc });

describe('the lifetime of a master key, where nothing is said (S25)', () => {
  /** RFC 5764 §4.1.2 for the CM and NULL profiles; RFC 3711 §9.2 and RFC 7714 §10 for the rest. */
  const lifetimeOf = (row: Suite): number =>
    DTLS_SUITES.includes(row) && row.cipher !== 'aes-gcm' ? 2 ** 31 : 2 ** 48;

  it.each(titled([...DTLS_SUITES, ...SDES_SUITES]))('%s', (_, row) => {
    const lifetime = lifetimeOf(row);
    expect(srtpParameters(row.profile)).toMatchObject({ lifetime, rtcpLifetime: 2 ** 31 });
    // It is also the most that can be asked for.
    expect(codeOf(() => senderOf(row, { lifetime }))).toBeUndefined();
    expect(codeOf(() => senderOf(row, { lifetime: lifetime + 1 }))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => receiverOf(row, { lifetime: lifetime + 1 }))).toBe('ERR_OUT_OF_RANGE');
  });
});

describe.each(titled(SUITES))('%s: the end of a master key (S25)', (_, row) => {
  it('a sender protects `lifetime` packets of each kind, of all SSRCs together, and no more', () => {
    const sender = senderOf(row, { lifetime: 3 });
    sender.protect(rtp(1));
    sender.protectBatch([rtp(1, 2), rtp(2)]);
    expect(() => sender.protect(rtp(3))).toThrow(
      expect.objectContaining({
        code: EXPIRED,
        message: expect.stringMatching(/^The master key .* after 3 SRTP packets .*new keys.*\.$/),
      }),
    );
    expect(codeOf(() => sender.protect(rtp(9, 9)))).toBe(EXPIRED);
    expect(codeOf(() => sender.protectBatch([rtp(4)]))).toBe(EXPIRED);
    expect([sender.stats.packets, sender.rollOverCounter(9)]).toEqual([3, undefined]);
    for (let i = 0; i < 3; i++) sender.protectRtcp(senderReport(i));
    expect(() => sender.protectRtcp(senderReport(7))).toThrow(
      expect.objectContaining({ code: EXPIRED, message: expect.stringContaining('after 3 SRTCP packets') }),
    );
    expect([sender.stats, sender.rtcpIndex(7)]).toEqual([{ packets: 3, rtcpPackets: 3 }, 0]);
  });

  it('SRTCP that has come to its end does not end SRTP', () => {
    const sender = senderOf(row, { lifetime: 1 });
    sender.protectRtcp(senderReport());
    expect(codeOf(() => sender.protectRtcp(senderReport()))).toBe(EXPIRED);
    expect(codeOf(() => sender.protect(rtp(1)))).toBeUndefined();
  });

  it('a batch past the end: those up to the end have gone through', () => {
    const [sender, single] = [senderOf(row, { lifetime: 2 }), senderOf(row)];
    const outs = [1, 2, 3].map(() => new Uint8Array(200).fill(0xee));
    const error = thrownBy(() => sender.protectBatch([rtp(1), rtp(2), rtp(3)], outs));
    expect(error?.code).toBe(EXPIRED);
    expect(error?.results?.map(hex)).toEqual([1, 2].map((at) => hex(single.protect(rtp(at)))));
    expect(outs[2]?.every((byte) => byte === 0xee)).toBe(true);
    expect(thrownBy(() => sender.protectBatch([rtp(3)]))?.results).toEqual([]);
  });

  it('each master key has a life of its own', () => {
    const masterKeys = keysWithMki(row);
    const sender = senderOf(row, { masterKeys, lifetime: 2 });
    const receiver = receiverOf(row, { masterKeys, lifetime: 2 });
    let sequenceNumber = 0;
    const next = (): string | undefined =>
      codeOf(() => {
        const packet = rtp(++sequenceNumber);
        expect(hex(receiver.unprotect(sender.protect(packet)))).toBe(hex(packet));
      });
    const nextRtcp = (): string | undefined =>
      codeOf(() => {
        expect(hex(receiver.unprotectRtcp(sender.protectRtcp(senderReport())))).toBe(hex(senderReport()));
      });
    for (const { mki } of masterKeys) {
      sender.useMasterKey(mki);
      expect([next(), next(), next(), next()]).toEqual([undefined, undefined, EXPIRED, EXPIRED]);
      expect([nextRtcp(), nextRtcp(), nextRtcp()]).toEqual([undefined, undefined, EXPIRED]);
    }
    // Going back to the first does not bring it to life.
    sender.useMasterKey(Uint8Array.of(0x80, 0, 7));
    expect([next(), nextRtcp()]).toEqual([EXPIRED, EXPIRED]);
  });

  it('a receiver takes `lifetime` packets of each kind; forged ones do not count', () => {
    const sender = senderOf(row);
    const receiver = receiverOf(row, { lifetime: 3 });
    const packets = [1, 2, 3, 4, 5].map((at) => sender.protect(rtp(at)));
    const reports = [1, 2, 3, 4].map(() => sender.protectRtcp(senderReport()));
    const forged = new Uint8Array(packets[0] ?? []);
    forged[20] = (forged[20] ?? 0) ^ 1;
    for (let i = 0; i < 5; i++) receiver.unprotect(forged);
    expect(receiver.unprotectBatch(packets).map((opened) => opened !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(receiver.unprotect(sender.protect(rtp(6, 6)))).toBeUndefined();
    expect(reports.map((report) => receiver.unprotectRtcp(report) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(receiver.stats).toEqual({ packets: 3, rtcpPackets: 3, discards: { bad_tag: 5, key_expired: 4 } });
  });

  it('the last index of SRTP: roll-over counter 2^32 - 1, sequence number 65535', () => {
    const sender = senderOf(row);
    const receiver = receiverOf(row);
    for (const end of [sender, receiver]) end.setRollOverCounter(1, LAST_ROLL_OVER_COUNTER);
    const pass = (at: number): string => hex(receiver.unprotect(sender.protect(rtp(at))));
    expect([65_533, 65_535, 65_534].map(pass)).toEqual([65_533, 65_535, 65_534].map((at) => hex(rtp(at))));
    for (const at of [0, 1, 30_000])
      expect(
        codeOf(() => sender.protect(rtp(at))),
        `${at}`,
      ).toBe(EXPIRED);
    expect(sender.rollOverCounter(1)).toBe(LAST_ROLL_OVER_COUNTER);
    // Another SSRC is not at its end.
    expect(codeOf(() => sender.protect(rtp(0, 2)))).toBeUndefined();
    const behind = senderOf(row).protect(rtp(0));
    expect(receiver.unprotect(behind)).toBeUndefined();
    expect(receiver.stats.discards).toEqual({ key_expired: 1 });
    expect(
      receiver.unprotectBatch([behind, sender.protect(rtp(1, 2))]).map((one) => one !== undefined),
    ).toEqual([false, true]);
  });

  it('the last index of SRTCP: 2^31 - 1', () => {
    const sender = senderOf(row);
    const receiver = receiverOf(row);
    sender.setRtcpIndex(1, LAST_RTCP_INDEX - 1);
    for (let i = 0; i < 2; i++)
      expect(hex(receiver.unprotectRtcp(sender.protectRtcp(senderReport(1))))).toBe(hex(senderReport(1)));
    expect(codeOf(() => sender.protectRtcp(senderReport(1)))).toBe(EXPIRED);
    expect(sender.rtcpIndex(1)).toBe(LAST_RTCP_INDEX + 1);
    expect(codeOf(() => sender.setRtcpIndex(1, LAST_RTCP_INDEX))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => sender.setRtcpIndex(2, LAST_RTCP_INDEX + 1))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => sender.protectRtcp(senderReport(2)))).toBeUndefined();
  });
});
