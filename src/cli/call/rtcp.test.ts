import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../bytes/bytes.ts';
import { middleOf, ntpTime, readRtcp, writeRtcpReport } from './rtcp.ts';

const SENDER = {
  ntp: { seconds: 0x0102_0304, fraction: 0x0506_0708 },
  rtpTimestamp: 0xffff_ffff,
  packets: 250,
  bytes: 40_000,
};

const BLOCK = {
  ssrc: 0xcafe_babe,
  fractionLost: 255,
  lost: -1,
  highestSequence: 0x0001_0002,
  jitter: 3,
  lastSenderReport: 0x0304_0506,
  sinceSenderReport: 65_536,
};

describe('writeRtcpReport()', () => {
  it('lays out sender report, report block, CNAME and BYE as RFC 3550 §6.4.1, §6.5 and §6.6 have them', () => {
    const report = { ssrc: 0x1111_1111, cname: 'abc', sender: SENDER, block: BLOCK, bye: true };
    const hex = [
      '81c8000c 11111111 01020304 05060708 ffffffff 000000fa 00009c40',
      'cafebabe ffffffff 00010002 00000003 03040506 00010000',
      '81ca0003 11111111 0103616263 000000',
      '81cb0001 11111111',
    ].join('');
    expect(toHex(writeRtcpReport(report))).toBe(hex.replaceAll(' ', ''));
  });

  it('writes a receiver report for who sends nothing', () => {
    const hex = '80c900011111111181ca0002111111110100' + '0000';
    expect(toHex(writeRtcpReport({ ssrc: 0x1111_1111, cname: '', bye: false }))).toBe(hex);
  });

  it('keeps to words for a CNAME of any length, and ends its items with a null octet', () => {
    for (let length = 0; length <= 9; length++) {
      const report = writeRtcpReport({ ssrc: 1, cname: 'x'.repeat(length), bye: false });
      expect(report.length % 4).toBe(0);
      expect(report.at(-1)).toBe(0);
      expect(readRtcp(report)).toEqual({ packets: 2, bye: false, cname: 'x'.repeat(length) });
    }
  });

  it('keeps the cumulative loss within 24 bits with their sign', () => {
    const lossOf = (lost: number): string =>
      toHex(writeRtcpReport({ ssrc: 1, cname: '', block: { ...BLOCK, lost }, bye: false }).subarray(13, 16));
    expect([1, -2, 2 ** 24, -(2 ** 24)].map(lossOf)).toEqual(['000001', 'fffffe', '7fffff', '800000']);
  });
});

describe('readRtcp()', () => {
  it('reads what was written', () => {
    const report = writeRtcpReport({ ssrc: 7, cname: 'who', sender: SENDER, block: BLOCK, bye: true });
    expect(readRtcp(report)).toEqual({ packets: 3, sender: { ...SENDER, ssrc: 7 }, cname: 'who', bye: true });
  });

  it.each([
    ['nothing', ''],
    ['half a header', '80c9'],
    ['a length past its end', '80c9000200000001'],
    ['another version', '40c9000100000001'],
    ['one that does not begin with a report', '81cb000100000001'],
    ['a sender report that is too short', '80c8000100000001'],
  ])('refuses %s', (_, hex) => {
    expect(readRtcp(fromHex(hex))).toBeUndefined();
  });

  it('passes over what it does not know, and a BYE of nobody', () => {
    expect(readRtcp(fromHex('80c9000100000001' + '80cc000100000001' + '80cb0000'))).toEqual({
      packets: 3,
      bye: false,
    });
  });

  it('takes any bytes without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readRtcp(bytes)));
  });
});

describe('ntpTime()', () => {
  it('counts from 1900', () => {
    expect(ntpTime(0)).toEqual({ seconds: 2_208_988_800, fraction: 0 });
    expect(ntpTime(1500)).toEqual({ seconds: 2_208_988_801, fraction: 2 ** 31 });
    expect(middleOf(ntpTime(1500))).toBe(((2_208_988_801 % 65_536) * 65_536 + 32_768) >>> 0);
  });
});
