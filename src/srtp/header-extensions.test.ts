import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RtpFields, rtpPacket } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  extensions,
  GCM,
  hex,
  keyOf,
  keysWithMki,
  NULL,
  receiverOf,
  rtpContents,
  SUITES,
  type Suite,
  senderOf,
  titled,
} from '../../test/lib/srtp.ts';

type Extension = NonNullable<RtpFields['extension']>;
const IDS = [1, 3, 14];
const options = { encryptedHeaderExtensions: IDS };

const oneByte = (...bytes: number[]): Extension => ({ profile: 0xbede, data: Buffer.from(bytes) });
const twoByte = (...bytes: number[]): Extension => ({ profile: 0x1000, data: Buffer.from(bytes) });

/** Where the bytes on the wire are not those of the packet, in the extension's elements. */
function changed(row: Suite, extension: Extension, ids = IDS): number[] {
  const at = 16;
  const packets = Array.from({ length: 8 }, (_unused, sequenceNumber) =>
    rtpPacket({ sequenceNumber, extension }),
  );
  const sender = senderOf(row, { encryptedHeaderExtensions: ids });
  const places = new Set<number>();
  // A byte of key stream may be zero: of eight packets, not all are.
  for (const packet of packets) {
    const srtp = sender.protect(packet);
    expect(hex(srtp.subarray(0, at))).toBe(hex(packet.subarray(0, at)));
    for (let i = 0; i < extension.data.length; i++) if (srtp[at + i] !== packet[at + i]) places.add(i);
  }
  return [...places].sort((a, b) => a - b);
}

/** The key stream by the book (RFC 3711 §4.3, RFC 6904 §3.2), of the first `length` bytes. */
function keyStream(row: Suite, ssrc: number, index: number, length: number): Buffer {
  const { masterKey, masterSalt } = keyOf(row);
  const derive = (label: number, size: number): Buffer => {
    const iv = Buffer.alloc(16);
    iv.set(masterSalt);
    iv[7] = (iv[7] ?? 0) ^ label;
    return createCipheriv(`aes-${8 * masterKey.length}-ctr`, masterKey, iv).update(Buffer.alloc(size));
  };
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(ssrc, 4);
  iv.writeUIntBE(index, 8, 6);
  for (const [i, byte] of derive(7, row.masterSaltLength).entries()) iv[i] = (iv[i] ?? 0) ^ byte;
  const key = derive(6, row.masterKeyLength);
  return createCipheriv(`aes-${8 * key.length}-ctr`, key, iv).update(Buffer.alloc(length));
}

describe.each(titled(SUITES))('%s: encrypted header extensions (RFC 6904)', (_, row) => {
  it('what goes in comes out, of any extension, well-formed or not', () => {
    fc.assert(
      fc.property(
        rtpContents,
        extensions,
        fc.uint8Array({ min: 1, maxLength: 6 }),
        (fields, extension, ids) => {
          const chosen = { encryptedHeaderExtensions: [...ids, 1] };
          const [sender, receiver] = [senderOf(row, chosen), receiverOf(row, chosen)];
          const [batchSender, batchReceiver] = [senderOf(row, chosen), receiverOf(row, chosen)];
          const packets = [65_535, 0, 1].map((sequenceNumber) =>
            rtpPacket({ ...fields, extension, sequenceNumber }),
          );
          const sealed = packets.map((packet) => new Uint8Array(sender.protect(packet)));
          expect(sealed.map((srtp) => hex(receiver.unprotect(srtp)))).toEqual(packets.map(hex));
          expect(batchSender.protectBatch(packets).map(hex)).toEqual(sealed.map(hex));
          expect(batchReceiver.unprotectBatch(sealed).map(hex)).toEqual(packets.map(hex));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('the key stream is that of AES-CM with keys of its own, also past the first block and the roll-over', () => {
    if (row.cipher === 'null') return;
    const data = Buffer.alloc(48);
    for (const at of [0, 17, 34]) data[at] = 0x1e;
    data[16] = 0;
    data[33] = 0;
    const sender = senderOf(row, options);
    sender.setRollOverCounter(0xf000_0001, 5);
    const packet = rtpPacket({ ssrc: 0xf000_0001, sequenceNumber: 9, extension: { profile: 0xbede, data } });
    const expected = keyStream(row, 0xf000_0001, 5 * 65_536 + 9, 48);
    const seen = sender.protect(packet).subarray(16, 64);
    for (let i = 0; i < 48; i++) {
      // Three elements of 15 bytes, with a header before each and one byte of padding behind it; the last ends early.
      const isValue = i < 34 ? i % 17 > 0 && i % 17 < 16 : false;
      expect(seen[i], `byte ${i}`).toBe((data[i] ?? 0) ^ (isValue ? (expected[i] ?? 0) : 0));
    }
  });
});

describe('NULL profiles (RFC 6904 §3.2)', () => {
  it('the key stream is all zeros: the elements are as they were', () => {
    expect(changed(NULL, oneByte(0x11, 7, 7, 0x30, 7, 0, 0, 0))).toEqual([]);
  });
});

describe.each(titled([CM, GCM]))('%s: which bytes are encrypted (RFC 6904 §3.1)', (_, row) => {
  it('one byte of header: the values of the elements chosen, not their headers, padding or others', () => {
    // 1: two bytes, 2: one byte, padding, 3: three bytes, 14: one byte.
    const extension = oneByte(0x11, 7, 7, 0x20, 7, 0, 0x32, 7, 7, 7, 0xe0, 7);
    expect(changed(row, extension)).toEqual([1, 2, 7, 8, 9, 11]);
    expect(changed(row, extension, [2])).toEqual([4]);
    expect(changed(row, extension, [9])).toEqual([]);
    expect(changed(row, extension, [])).toEqual([]);
  });

  it('two bytes of header: with any application bits; elements may be empty', () => {
    const bytes = [1, 2, 7, 7, 2, 1, 7, 0, 3, 0, 14, 1, 7, 0, 0, 0];
    for (const profile of [0x1000, 0x1001, 0x100f])
      expect(changed(row, { profile, data: Buffer.from(bytes) })).toEqual([2, 3, 12]);
    expect(changed(row, twoByte(200, 2, 9, 9), [200])).toEqual([2, 3]);
  });

  it('an identifier above 14 is never one of one byte', () => {
    expect(changed(row, oneByte(0x81, 9, 9, 0), [200, 129, 8])).toEqual([1, 2]);
    expect(changed(row, oneByte(0xf0, 9, 0x10, 9), [15, 1])).toEqual([]);
  });

  it('15 ends the elements of one-byte headers; with two bytes it is like any other', () => {
    expect(changed(row, oneByte(0x10, 7, 0xf1, 7, 7, 0x10, 7, 0))).toEqual([1]);
    expect(changed(row, twoByte(15, 1, 7, 1, 1, 7, 0, 0), [1, 15])).toEqual([2, 5]);
  });

  it('what is malformed ends the elements: those before it are encrypted', () => {
    // The last says it has more bytes than there are.
    expect(changed(row, oneByte(0x10, 7, 0x33, 7, 7, 7, 7, 7))).toEqual([1, 3, 4, 5, 6]);
    expect(changed(row, oneByte(0x10, 7, 0x35, 7, 7, 7, 7, 7))).toEqual([1]);
    expect(changed(row, twoByte(1, 1, 7, 3, 4, 7, 7, 7))).toEqual([2]);
    expect(changed(row, twoByte(1, 1, 7, 3))).toEqual([2]);
    expect(changed(row, twoByte(1, 255, 7, 7))).toEqual([]);
    expect(changed(row, oneByte(0x1f, 7, 7, 7))).toEqual([]);
  });

  it('a header extension that is not of RFC 8285, and none', () => {
    for (const profile of [0, 0xabcd, 0x1010, 0xbedf, 0xc0de])
      expect(changed(row, { profile, data: Buffer.of(0x10, 7, 0x30, 7) })).toEqual([]);
    expect(changed(row, oneByte())).toEqual([]);
    const packet = rtpPacket({ csrcs: [1, 2] });
    expect(hex(senderOf(row, options).protect(packet))).toBe(hex(senderOf(row).protect(packet)));
  });

  it('the payload and a packet with nothing to encrypt are as without it', () => {
    const packet = rtpPacket({ extension: oneByte(0x20, 7, 0, 0) });
    expect(hex(senderOf(row, options).protect(packet))).toBe(hex(senderOf(row).protect(packet)));
    const other = rtpPacket({ extension: oneByte(0x10, 7, 0, 0) });
    const [with6904, without] = [senderOf(row, options).protect(other), senderOf(row).protect(other)];
    // With GCM the tag is over the header as it is sent.
    const end = other.length;
    expect(hex(with6904.subarray(20, end))).toBe(hex(without.subarray(20, end)));
    expect(hex(with6904.subarray(end))).not.toBe(hex(without.subarray(end)));
  });

  it('two ends that were told other identifiers: the payload comes out, the elements differ', () => {
    const packet = rtpPacket({ csrcs: [5], extension: oneByte(0x12, 7, 7, 7, 0x32, 7, 7, 7) });
    const opened = receiverOf(row, { encryptedHeaderExtensions: [1] }).unprotect(
      senderOf(row, options).protect(packet),
    );
    expect(hex(opened?.subarray(0, 24))).toBe(hex(packet.subarray(0, 24)));
    expect(hex(opened?.subarray(25, 28))).not.toBe(hex(packet.subarray(25, 28)));
    expect(hex(opened?.subarray(28))).toBe(hex(packet.subarray(28)));
  });

  it('with several master keys, those of the packet', () => {
    const masterKeys = keysWithMki(row);
    const [sender, receiver] = [
      senderOf(row, { masterKeys, ...options }),
      receiverOf(row, { masterKeys, ...options }),
    ];
    const seen = masterKeys.map(({ mki }, sequenceNumber) => {
      sender.useMasterKey(mki);
      const packet = rtpPacket({ sequenceNumber, extension: oneByte(0x16, 7, 7, 7, 7, 7, 7, 7) });
      const srtp = sender.protect(packet);
      expect(hex(receiver.unprotect(srtp))).toBe(hex(packet));
      return hex(srtp.subarray(17, 24));
    });
    expect(new Set(seen).size).toBe(3);
  });
});
