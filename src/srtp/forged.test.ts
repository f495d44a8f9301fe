import { describe, expect, it } from 'vitest';
import { noise, rtpPacket, SSRC, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  flipped,
  hex,
  keysWithMki,
  receiverOf,
  SUITES,
  type Suite,
  senderOf,
  titled,
} from '../../test/lib/srtp.ts';
import type { SrtpDiscardReason, SrtpReceiver } from './index.ts';

const SEEN = 1000;
const TRUE = 1001;
const MKI_LENGTH = 3;

/** With CSRCs and an extension, so that there is every kind of byte to change. */
const packet = (sequenceNumber: number): Buffer =>
  rtpPacket({
    sequenceNumber,
    csrcs: [1, 2],
    extension: { profile: 0xbede, data: Buffer.of(0x12, 1, 2, 3) },
  });

/** A receiver that has taken one packet, the next one of the same sender, and what was in it. */
function exchange(
  row: Suite,
  kind: 'srtp' | 'srtcp',
  mki = false,
): { receiver: SrtpReceiver; seen: Uint8Array; next: Uint8Array; plain: Uint8Array } {
  const options = mki ? { masterKeys: keysWithMki(row) } : {};
  const sender = senderOf(row, options);
  const receiver = receiverOf(row, options);
  if (kind === 'srtcp') {
    sender.setRtcpIndex(SSRC, SEEN);
    const seen = sender.protectRtcp(senderReport());
    const plain = senderReport(SSRC, 1);
    const next = sender.protectRtcp(plain);
    receiver.unprotectRtcp(seen);
    return { receiver, seen, next, plain };
  }
  const [seen, next] = [sender.protect(packet(SEEN)), sender.protect(packet(TRUE))];
  receiver.unprotect(seen);
  return { receiver, seen, next, plain: packet(TRUE) };
}

function open(
  receiver: SrtpReceiver,
  kind: 'srtp' | 'srtcp',
  bytes: Uint8Array,
  out?: Uint8Array,
): Uint8Array | undefined {
  return kind === 'srtp' ? receiver.unprotect(bytes, out) : receiver.unprotectRtcp(bytes, out);
}

/** The one reason that has come to the counts. */
function reasonOf(receiver: SrtpReceiver, work: () => void): SrtpDiscardReason | undefined {
  const before = receiver.stats.discards;
  work();
  const reasons = Object.entries(receiver.stats.discards) as [SrtpDiscardReason, number][];
  const changed = reasons.filter(([reason, count]) => count !== before[reason]);
  expect(changed.map(([reason, count]) => count - (before[reason] ?? 0))).toEqual([1]);
  return changed[0]?.[0];
}

/** Nothing was taken in: neither counts nor roll-over counter nor window have moved. */
function expectUnmoved(
  receiver: SrtpReceiver,
  kind: 'srtp' | 'srtcp',
  { seen, next, plain }: Pick<ReturnType<typeof exchange>, 'seen' | 'next' | 'plain'>,
): void {
  const count = { srtp: 'packets', srtcp: 'rtcpPackets' } as const;
  expect(receiver.stats[count[kind]]).toBe(1);
  expect(receiver.rollOverCounter(SSRC)).toBe(kind === 'srtp' ? 0 : undefined);
  expect(reasonOf(receiver, () => void open(receiver, kind, seen))).toBe('replayed');
  expect(hex(open(receiver, kind, next))).toBe(hex(plain));
  expect(receiver.stats[count[kind]]).toBe(2);
}

/** The reason for an SRTP packet one bit of which was changed, by what the RFCs say of each bit. */
function reasonOfBit(forged: Uint8Array, row: Suite, mki: boolean): SrtpDiscardReason {
  const view = Buffer.from(forged);
  const trailer = row.tagLength + (mki ? MKI_LENGTH : 0);
  const first = view.readUInt8(0);
  let header = 12 + 4 * (first & 15);
  if ((first & 0x10) !== 0) {
    if (header + 4 > view.length - trailer) return 'malformed_packet';
    header += 4 + 4 * view.readUInt16BE(header + 2);
  }
  if (first >> 6 !== 2 || header > view.length - trailer) return 'malformed_packet';
  if (
    mki &&
    !view
      .subarray(mkiAt(row, view, row.tagLength))
      .subarray(0, MKI_LENGTH)
      .equals(FIRST_MKI)
  )
    return 'unknown_mki';
  const sequenceNumber = view.readUInt16BE(2);
  if (view.readUInt32BE(8) !== SSRC || sequenceNumber > SEEN) return 'bad_tag';
  if (sequenceNumber === SEEN) return 'replayed';
  return SEEN - sequenceNumber >= 128 ? 'too_old' : 'bad_tag';
}

const FIRST_MKI = Uint8Array.of(0x80, 0, 7);

/** RFC 3711 §3.1: before the tag; RFC 7714 §8.2: behind it. */
function mkiAt(row: Suite, packet: Uint8Array, tagLength: number): number {
  return packet.length - MKI_LENGTH - (row.cipher === 'aes-gcm' ? 0 : tagLength);
}

function rtcpReasonOfBit(forged: Uint8Array, row: Suite, mki: boolean): SrtpDiscardReason {
  const view = Buffer.from(forged);
  if (view.readUInt8(0) >> 6 !== 2) return 'malformed_packet';
  const at = mki ? mkiAt(row, view, row.rtcpTagLength) : undefined;
  if (at !== undefined && !view.subarray(at, at + MKI_LENGTH).equals(FIRST_MKI)) return 'unknown_mki';
  const trailer = (mki ? MKI_LENGTH : 0) + (row.cipher === 'aes-gcm' ? 0 : row.rtcpTagLength);
  const word = view.readUInt32BE(view.length - trailer - 4);
  if (word < 2 ** 31 && row.cipher !== 'null') return 'not_encrypted';
  const index = word % 2 ** 31;
  if (view.readUInt32BE(4) !== SSRC || index > SEEN) return 'bad_tag';
  if (index === SEEN) return 'replayed';
  return SEEN - index >= 128 ? 'too_old' : 'bad_tag';
}

describe.each(titled(SUITES))('%s: what is forged is discarded, and changes nothing (S22)', (_, row) => {
  const CASES = [
    ['srtp', false],
    ['srtp', true],
    ['srtcp', false],
    ['srtcp', true],
  ] as const;

  it.each(CASES)('%s, MKI %s: every bit changed', (kind, mki) => {
    const { receiver, ...rest } = exchange(row, kind, mki);
    for (let bit = 0; bit < rest.next.length * 8; bit++) {
      const forged = flipped(rest.next, bit);
      const expected = (kind === 'srtp' ? reasonOfBit : rtcpReasonOfBit)(forged, row, mki);
      let opened: Uint8Array | undefined;
      expect(
        reasonOf(receiver, () => {
          opened = open(receiver, kind, forged);
        }),
        `bit ${bit}`,
      ).toBe(expected);
      expect(opened).toBeUndefined();
    }
    expectUnmoved(receiver, kind, rest);
  });

  it('srtp: every bit changed, all in one batch', () => {
    const { receiver, ...rest } = exchange(row, 'srtp');
    const forged = Array.from({ length: rest.next.length * 8 }, (_unused, bit) => flipped(rest.next, bit));
    expect(receiver.unprotectBatch(forged).filter((opened) => opened !== undefined)).toEqual([]);
    const counts: Partial<Record<SrtpDiscardReason, number>> = {};
    for (const each of forged) {
      const reason = reasonOfBit(each, row, false);
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    expect(receiver.stats.discards).toEqual(counts);
    expectUnmoved(receiver, 'srtp', rest);
  });

  it.each(['srtp', 'srtcp'] as const)('%s: a tag of zeros, of noise, and of another packet', (kind) => {
    const { receiver, ...rest } = exchange(row, kind);
    const length = kind === 'srtp' ? row.tagLength : row.rtcpTagLength;
    // With GCM the SRTCP index is behind the tag (RFC 7714 §9.2).
    const behind = kind === 'srtcp' && row.cipher === 'aes-gcm' ? 4 : 0;
    const withTag = (tag: Uint8Array): Uint8Array => {
      const forged = new Uint8Array(rest.next);
      forged.set(tag, forged.length - behind - length);
      return forged;
    };
    const end = rest.seen.length - behind;
    const tags = [new Uint8Array(length), noise(length, 9), rest.seen.subarray(end - length, end)];
    for (const tag of tags) {
      expect(reasonOf(receiver, () => void open(receiver, kind, withTag(tag)))).toBe('bad_tag');
    }
    expectUnmoved(receiver, kind, rest);
  });

  it.each(['srtp', 'srtcp'] as const)('%s: cut short anywhere, and with bytes behind it', (kind) => {
    const { receiver, ...rest } = exchange(row, kind);
    const header = kind === 'srtp' ? 12 + 8 + 8 : 8;
    const trailer = kind === 'srtp' ? row.tagLength : row.rtcpTagLength + 4;
    for (let length = 0; length < rest.next.length; length++) {
      const cut = rest.next.subarray(0, length);
      const reason = reasonOf(receiver, () => void open(receiver, kind, cut));
      if (length < header + trailer) expect(reason, `${length} bytes`).toBe('malformed_packet');
      // Elsewhere in SRTCP the index is read from what is ciphertext.
      else if (kind === 'srtp') expect(reason, `${length} bytes`).toBe('bad_tag');
    }
    for (let more = 1; more <= 40; more++) {
      const longer = Buffer.concat([rest.next, noise(more, more)]);
      const reason = reasonOf(receiver, () => void open(receiver, kind, longer));
      if (kind === 'srtp') expect(reason).toBe('bad_tag');
    }
    expectUnmoved(receiver, kind, rest);
  });

  it.each(['srtp', 'srtcp'] as const)('%s: `out` is not written, in place or elsewhere', (kind) => {
    const { receiver, ...rest } = exchange(row, kind);
    for (let bit = 0; bit < rest.next.length * 8; bit += 7) {
      const forged = flipped(rest.next, bit);
      const memory = new Uint8Array(forged);
      open(receiver, kind, memory, memory);
      expect(hex(memory)).toBe(hex(forged));
      const elsewhere = new Uint8Array(forged.length).fill(0xee);
      open(receiver, kind, forged, elsewhere);
      expect(elsewhere.every((byte) => byte === 0xee)).toBe(true);
    }
    for (const memory of [new Uint8Array(rest.seen), new Uint8Array(5)]) {
      const before = hex(memory);
      open(receiver, kind, memory, memory);
      expect(hex(memory)).toBe(before);
    }
    expectUnmoved(receiver, kind, rest);
  });

  it('srtp: `outs` of a batch are written for true packets alone', () => {
    const { receiver, ...rest } = exchange(row, 'srtp');
    const batch = [flipped(rest.next, 8 * 30), new Uint8Array(rest.next), flipped(rest.next, 8 * 3)];
    const before = batch.map(hex);
    const opened = receiver.unprotectBatch(batch, batch);
    expect(opened.map(hex)).toEqual(['discarded', hex(rest.plain), 'discarded']);
    expect([hex(batch[0]), hex(batch[2])]).toEqual([before[0], before[2]]);
  });

  it('keys that differ in one bit open nothing', () => {
    const { next } = exchange(row, 'srtp');
    const { next: rtcp } = exchange(row, 'srtcp');
    const { masterKey, masterSalt } = {
      masterKey: noise(row.masterKeyLength),
      masterSalt: noise(row.masterSaltLength, 1001),
    };
    for (const other of [
      { masterKey: flipped(masterKey, 77), masterSalt },
      { masterKey, masterSalt: flipped(masterSalt, 77) },
    ]) {
      const receiver = receiverOf(row, other);
      expect([receiver.unprotect(next), receiver.unprotectRtcp(rtcp)]).toEqual([undefined, undefined]);
      expect(receiver.stats.discards).toEqual({ bad_tag: 2 });
    }
    expect(hex(receiverOf(row, { masterKey, masterSalt }).unprotect(next))).toBe(hex(packet(TRUE)));
  });
});
