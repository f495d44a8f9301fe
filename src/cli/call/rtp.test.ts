import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../bytes/bytes.ts';
import { readRtp, writeRtp } from './rtp.ts';

describe('writeRtp()', () => {
  it('lays out the fixed header of RFC 3550 §5.1', () => {
    const packet = {
      marker: true,
      payloadType: 8,
      sequenceNumber: 0xfffe,
      timestamp: 0xffff_fff0,
      ssrc: 0xcafe_babe,
      payload: fromHex('0102'),
    };
    expect(toHex(writeRtp(packet))).toBe('8088fffefffffff0cafebabe0102');
    expect(readRtp(writeRtp(packet))).toEqual(packet);
  });
});

describe('readRtp()', () => {
  it('skips CSRC list and header extension, and takes off padding', () => {
    const packet = `b2000001${'00000002'}${'00000003'}${'11111111'.repeat(2)}bede0001aaaaaaaa${'0506'}${'000003'}`;
    expect(readRtp(fromHex(packet))).toMatchObject({ sequenceNumber: 1, payload: fromHex('0506') });
  });

  it.each([
    ['nothing', ''],
    ['less than a header', '800000010000000200000'],
    ['another version', '400000010000000200000003'],
    ['a CSRC list past the end', '810000010000000200000003'],
    ['an extension past the end', '900000010000000200000003bede0001'],
    ['padding past the end', 'a0000001000000020000000305'],
    ['padding of nothing', 'a00000010000000200000003'],
    ['padding of 0', 'a0000001000000020000000300'],
  ])('refuses %s', (_, hex) => {
    expect(readRtp(fromHex(hex))).toBeUndefined();
  });

  it('takes any bytes without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readRtp(bytes)));
  });
});
