import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RtpFields, rtpPacket } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  codeOf,
  flipped,
  GCM,
  hex,
  keysWithMki,
  receiverOf,
  rtpContents,
  SUITES,
  senderOf,
  thrownBy,
  titled,
} from '../../test/lib/srtp.ts';

const cryptex = { cryptex: true };
const required = { cryptex: 'required' as const };
const oneByte = { profile: 0xbede, data: Buffer.of(0x12, 7, 8, 9, 0x20, 5, 0, 0) };
const twoByte = { profile: 0x1000, data: Buffer.of(1, 2, 7, 8) };
const of = (fields: RtpFields, sequenceNumber = 1): Buffer => rtpPacket({ sequenceNumber, ...fields });

/** What is behind the fixed header and may be encrypted. */
const HEADERS: readonly RtpFields[] = [
  { extension: oneByte },
  { extension: twoByte },
  { csrcs: [0x01020304, 5], extension: oneByte },
  { csrcs: Array.from({ length: 15 }, (_unused, i) => i * 0x0101_0101), extension: twoByte },
  { extension: { profile: 0xbede, data: Buffer.alloc(0) } },
  { csrcs: [9], extension: { profile: 0x1000, data: Buffer.alloc(0) } },
];

/** The packet as it comes out: with an empty extension where it has CSRCs and none (RFC 9335 §5.2). */
function expected(packet: Buffer): Buffer {
  const first = packet[0] ?? 0;
  if ((first & 0x10) !== 0 || (first & 15) === 0) return packet;
  const at = 12 + 4 * (first & 15);
  const whole = Buffer.concat([packet.subarray(0, at), Buffer.of(0xbe, 0xde, 0, 0), packet.subarray(at)]);
  whole[0] = first | 0x10;
  return whole;
}

describe.each(titled(SUITES))('%s: Cryptex (RFC 9335)', (_, row) => {
  it('what goes in comes out, of any packet whose header extension is of RFC 8285', () => {
    const contents = rtpContents.filter(({ extension }) =>
      [undefined, 0xbede, 0x1000].includes(extension?.profile),
    );
    fc.assert(
      fc.property(fc.array(contents, { minLength: 1, maxLength: 70 }), fc.boolean(), (list, mki) => {
        const keys = mki ? { masterKeys: keysWithMki(row) } : {};
        const [sender, batchSender] = [
          senderOf(row, { ...keys, ...cryptex }),
          senderOf(row, { ...keys, ...cryptex }),
        ];
        const [receiver, batchReceiver] = [
          receiverOf(row, { ...keys, ...cryptex }),
          receiverOf(row, { ...keys, ...required }),
        ];
        const packets = list.map((fields, i) => of(fields, (65_500 + i) % 65_536));
        const sealed = packets.map((packet) => new Uint8Array(sender.protect(packet)));
        const results = packets.map(expected).map(hex);
        expect(batchSender.protectBatch(packets).map(hex)).toEqual(sealed.map(hex));
        expect(sealed.map((srtp) => hex(receiver.unprotect(srtp)))).toEqual(results);
        const memories = sealed.map((srtp) => new Uint8Array(srtp));
        expect(batchReceiver.unprotectBatch(memories, memories).map(hex)).toEqual(results);
        for (const [i, srtp] of sealed.entries())
          expect(srtp.length).toBeLessThanOrEqual((packets[i]?.length ?? 0) + sender.overhead);
      }),
      { numRuns: 15 },
    );
  });

  it('says so on the wire, and hides CSRCs and elements; what opens it says nothing of it', () => {
    for (const fields of HEADERS) {
      const packet = of(fields);
      const csrcs = 4 * (fields.csrcs?.length ?? 0);
      const srtp = senderOf(row, cryptex).protect(packet);
      const at = 12 + csrcs;
      expect(Buffer.from(srtp).readUInt16BE(at)).toBe(fields.extension?.profile === 0xbede ? 0xc0de : 0xc2de);
      expect(hex(srtp.subarray(0, 12))).toBe(hex(packet.subarray(0, 12)));
      expect(hex(srtp.subarray(at + 2, at + 4))).toBe(hex(packet.subarray(at + 2, at + 4)));
      const clear = row.cipher === 'null';
      if (csrcs > 0) expect(hex(srtp.subarray(12, at)) === hex(packet.subarray(12, at))).toBe(clear);
      const length = fields.extension?.data.length ?? 0;
      if (length > 0)
        expect(hex(srtp.subarray(at + 4, at + 4 + length)) === hex(fields.extension?.data)).toBe(clear);
      expect(hex(receiverOf(row, cryptex).unprotect(srtp))).toBe(hex(packet));
    }
  });

  it('CSRCs without a header extension get an empty one, of which `overhead` tells', () => {
    const packet = of({ csrcs: [1, 2], payload: 3 });
    const sender = senderOf(row, cryptex);
    expect(sender.overhead).toBe(row.tagLength + 4);
    const memory = Buffer.alloc(packet.length + sender.overhead);
    packet.copy(memory);
    const short = new Uint8Array(packet.length + sender.overhead - 1);
    expect(codeOf(() => sender.protect(packet, short))).toBe('ERR_OUT_OF_RANGE');
    const srtp = sender.protect(memory.subarray(0, packet.length), memory);
    expect([srtp.length, srtp[0]]).toEqual([memory.length, 0x92]);
    expect(hex(srtp.subarray(20, 24))).toBe('c0de0000');
    expect(hex(receiverOf(row, required).unprotect(srtp, srtp))).toBe(hex(expected(packet)));
  });

  it('a packet with neither is as without Cryptex, and taken where that is required', () => {
    const packet = of({});
    const srtp = senderOf(row, cryptex).protect(packet);
    expect(hex(srtp)).toBe(hex(senderOf(row).protect(packet)));
    expect(hex(receiverOf(row, required).unprotect(srtp))).toBe(hex(packet));
  });

  it('the four bytes between are authenticated', () => {
    const packet = of({ csrcs: [1, 2], extension: oneByte });
    const srtp = senderOf(row, cryptex).protect(packet);
    const receiver = receiverOf(row, cryptex);
    // C0DE to C2DE, and to what it was; and the length, where the header still fits.
    for (const bit of [8 * 20 + 1, 8 * 23, 8 * 23 + 1])
      expect(receiver.unprotect(flipped(srtp, bit))).toBeUndefined();
    const unmarked = new Uint8Array(srtp);
    unmarked.set([0xbe, 0xde], 20);
    expect(receiver.unprotect(unmarked)).toBeUndefined();
    expect(receiver.stats.discards).toEqual({ bad_tag: 4 });
    expect(hex(receiver.unprotect(srtp))).toBe(hex(packet));
  });
});

describe.each(titled([CM, GCM]))('%s: what a receiver takes', (_, row) => {
  const open = (options: object, packet: Buffer, sending: object = {}): string => {
    const receiver = receiverOf(row, options);
    const opened = receiver.unprotect(senderOf(row, sending).protect(packet));
    return opened === undefined ? Object.keys(receiver.stats.discards).join() : hex(opened);
  };

  it('true: packets that are not encrypted so, beside those that are', () => {
    for (const fields of [
      ...HEADERS,
      { csrcs: [1] },
      { extension: { profile: 0xabcd, data: Buffer.alloc(4) } },
    ]) {
      const packet = of(fields);
      expect(open(cryptex, packet)).toBe(hex(packet));
    }
  });

  it("'required': none with CSRCs or a header extension that is not encrypted, of whatever kind", () => {
    const others = [{ csrcs: [1] }, { extension: { profile: 0xabcd, data: Buffer.alloc(0) } }];
    for (const fields of [...HEADERS, ...others]) expect(open(required, of(fields))).toBe('not_cryptex');
    expect(open(required, of({}))).toBe(hex(of({})));
  });

  it("'required': what it refuses changes nothing", () => {
    const sender = senderOf(row);
    const receiver = receiverOf(row, required);
    for (const sequenceNumber of [1, 2])
      receiver.unprotectBatch([sender.protect(of({ extension: oneByte }, sequenceNumber))]);
    expect(receiver.stats).toEqual({ packets: 0, rtcpPackets: 0, discards: { not_cryptex: 2 } });
    const other = senderOf(row, cryptex);
    expect(receiver.unprotect(other.protect(of({ extension: oneByte })))).toBeDefined();
  });

  it('false: the header comes out as it came, where the tag is right at all', () => {
    for (const fields of HEADERS) {
      const srtp = senderOf(row, cryptex).protect(of(fields));
      const receiver = receiverOf(row);
      const opened = receiver.unprotect(srtp);
      const csrcs = 4 * (fields.csrcs?.length ?? 0);
      const length = fields.extension?.data.length ?? 0;
      // With GCM the header is authenticated as it is, which with Cryptex is so of what stays readable.
      const same = row === CM || csrcs + length === 0;
      expect(receiver.stats.discards).toEqual(same ? {} : { bad_tag: 1 });
      const end = 12 + csrcs + 4 + length;
      expect(hex(opened?.subarray(0, end))).toBe(same ? hex(srtp.subarray(0, end)) : 'discarded');
    }
  });

  it('with RFC 6904 too: one or the other for each packet, never both', () => {
    const encryptedHeaderExtensions = [1, 2];
    const packet = of({ csrcs: [3], extension: oneByte });
    const both = { ...cryptex, encryptedHeaderExtensions };
    const srtp = senderOf(row, both).protect(packet);
    expect(hex(srtp)).toBe(hex(senderOf(row, cryptex).protect(packet)));
    expect(open(both, packet, both)).toBe(hex(packet));
    expect(open(both, packet, { encryptedHeaderExtensions })).toBe(hex(packet));
    expect(open({ ...required, encryptedHeaderExtensions }, packet, { encryptedHeaderExtensions })).toBe(
      'not_cryptex',
    );
  });
});

describe('a sender that is to use Cryptex', () => {
  it('throws for a header extension that cannot be encrypted so, before anything changes', () => {
    const sender = senderOf(CM, cryptex);
    for (const profile of [0, 0x1001, 0x100f, 0xabcd, 0xc0de, 0xc2de]) {
      const packet = of({ csrcs: [1], extension: { profile, data: Buffer.alloc(4) } });
      const error = thrownBy(() => sender.protect(packet));
      expect([error?.code, error?.message]).toEqual([
        'ERR_INVALID_ARG_VALUE',
        expect.stringMatching(new RegExp(`^The "rtp" .* RFC 8285 .*profile 0x${profile.toString(16)}\\.$`)),
      ]);
      expect(codeOf(() => sender.protectBatch([of({}), packet]))).toBe('ERR_INVALID_ARG_VALUE');
      expect(codeOf(() => senderOf(CM).protect(packet))).toBeUndefined();
    }
    expect([sender.stats.packets, sender.rollOverCounter(0xcafe_babe)]).toEqual([0, undefined]);
  });
});
