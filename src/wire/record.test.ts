import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/lib/codec.ts';
import { plain } from '../../test/lib/plain.ts';
import { concat, toHex } from '../bytes/bytes.ts';
import { Reader } from '../bytes/reader.ts';
import { type DtlsRecord, MAX_PLAINTEXT_LENGTH, readRecord, writeRecordHeader } from './record.ts';

function write({ type, version, epoch, sequenceNumber, fragment }: DtlsRecord): Uint8Array {
  const header = new Uint8Array(13);
  writeRecordHeader(header, 0, type, version, epoch, sequenceNumber, fragment.length);
  return concat(header, fragment);
}

const records: fc.Arbitrary<DtlsRecord> = fc.record({
  type: fc.nat(255),
  version: fc.nat(0xff).map((minor) => 0xfe00 + minor),
  epoch: fc.nat(0xffff),
  sequenceNumber: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  fragment: bytesOf(0, 60),
});

const record = (change: Partial<DtlsRecord>): Uint8Array =>
  write({
    type: 22,
    version: 0xfefd,
    epoch: 1,
    sequenceNumber: 2,
    fragment: Uint8Array.of(1, 2, 3),
    ...change,
  });

describe('readRecord(), writeRecordHeader() (RFC 6347 §4.1)', () => {
  it('round trip, several to a datagram', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 4 }), (list) => {
        const reader = new Reader(concat(...list.map(write)));
        expect(list.map(() => plain(readRecord(reader)))).toEqual(list.map(plain));
        expect(reader.finished).toBe(true);
      }),
    );
  });

  it('lays the header out as the RFC does', () => {
    const bytes = record({ epoch: 0x0102, sequenceNumber: 0x030405060708 });
    expect(toHex(bytes)).toBe('16fefd01020304050607080003010203');
  });

  it('writes at an offset into larger memory', () => {
    const out = new Uint8Array(20).fill(0xff);
    writeRecordHeader(out.subarray(2), 3, 23, 0xfefd, 1, 2, 3);
    expect(toHex(out)).toBe('ffffffffff17fefd00010000000000020003ffff');
  });

  it.each<[string, Uint8Array]>([
    ['a header cut short', record({}).subarray(0, 12)],
    ['a fragment cut short', record({}).subarray(0, 15)],
    ['the major version of TLS', record({ version: 0x0303 })],
    ['a fragment over 2^14 + 2048 bytes', record({ fragment: new Uint8Array(MAX_PLAINTEXT_LENGTH + 2049) })],
    ['STUN', Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['nothing', new Uint8Array(0)],
  ])('refuses %s', (_, bytes) => expect(readRecord(new Reader(bytes))).toBeUndefined());

  it('takes a fragment of 2^14 + 2048 bytes (RFC 5246 §6.2.3)', () => {
    const bytes = record({ fragment: new Uint8Array(MAX_PLAINTEXT_LENGTH + 2048) });
    expect(readRecord(new Reader(bytes))?.fragment.length).toBe(18_432);
  });

  it('never throws, and always gets on or fails (S27)', () => {
    fc.assert(
      fc.property(bytesOf(0, 200), (bytes) => {
        const reader = new Reader(bytes);
        for (let steps = 0; readRecord(reader) !== undefined; steps++) {
          expect(steps).toBeLessThan(bytes.length / 13);
        }
      }),
    );
  });
});
