import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../../test/interop/lib/rtp.ts';
import { CM, codeOf, expectWrong, receiverOf, senderOf } from '../../test/lib/srtp.ts';
import { isRtcp } from './index.ts';

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';

describe('arguments that are wrong', () => {
  const [sender, receiver] = [senderOf(CM), receiverOf(CM)];
  const rtp = rtpPacket();
  const CALLS: readonly (readonly [string, () => unknown, string, RegExp])[] = [
    ['text to protect', () => sender.protect('x' as never), TYPE, /"rtp".*Uint8Array.*received "x"/],
    [
      'what is no RTP',
      () => sender.protect(new Uint8Array(11)),
      VALUE,
      /"rtp".*RTP packet of version 2.*received 11 bytes/,
    ],
    ['RTP of version 1', () => sender.protect(Buffer.alloc(20, 0x40)), VALUE, /"rtp".*version 2/],
    ['CSRCs cut short', () => sender.protect(Buffer.alloc(20, 0x8f)), VALUE, /"rtp".*whole header/],
    ['an extension cut short', () => sender.protect(Buffer.alloc(15, 0x90)), VALUE, /"rtp".*whole header/],
    [
      'an extension that is longer',
      () => sender.protect(Buffer.alloc(20, 0x90)),
      VALUE,
      /"rtp".*whole header/,
    ],
    [
      'longer than UDP carries',
      () => sender.protect(Buffer.alloc(65_536, 0x80)),
      VALUE,
      /"rtp".*received 65536 bytes/,
    ],
    [
      'a short output',
      () => sender.protect(rtp, new Uint8Array(41)),
      RANGE,
      /"out".*at least 42 bytes; received 41 bytes/,
    ],
    ['text for an output', () => sender.protect(rtp, 'x' as never), TYPE, /"out".*received "x"/],
    [
      'no array of packets',
      () => sender.protectBatch(rtp as never),
      TYPE,
      /"packets".*an array.*received an instance of Buffer/,
    ],
    [
      'null in a batch',
      () => sender.protectBatch([rtp, null as never]),
      TYPE,
      /"packets\[1\]".*received null/,
    ],
    [
      'a hole in a batch',
      () => sender.protectBatch(new Array(2)),
      TYPE,
      /"packets\[0\]".*received undefined/,
    ],
    [
      'outputs of another number',
      () => sender.protectBatch([rtp], []),
      VALUE,
      /"outs".*an array of 1.*received an array of 0/,
    ],
    [
      'an output left out',
      () => sender.protectBatch([rtp], [undefined as never]),
      TYPE,
      /"outs\[0\]".*received undefined/,
    ],
    [
      'a short output in a batch',
      () => sender.protectBatch([rtp], [new Uint8Array(9)]),
      RANGE,
      /"outs\[0\]".*received 9 bytes/,
    ],
    ['an SSRC below 0', () => sender.setRollOverCounter(-1, 0), RANGE, /"ssrc".*received -1/],
    ['an SSRC above 2^32 - 1', () => sender.rollOverCounter(2 ** 32), RANGE, /"ssrc".*received 4294967296/],
    ['text for an SSRC', () => sender.rtcpIndex('1' as never), TYPE, /"ssrc".*received "1"/],
    [
      'a roll-over counter of 2^32',
      () => sender.setRollOverCounter(1, 2 ** 32),
      RANGE,
      /"rollOverCounter".*received 4294967296/,
    ],
    [
      'half a roll-over counter',
      () => sender.setRollOverCounter(1, 0.5),
      RANGE,
      /"rollOverCounter".*received 0\.5/,
    ],
    [
      'no roll-over counter',
      () => sender.setRollOverCounter(1, undefined as never),
      TYPE,
      /"rollOverCounter".*received undefined/,
    ],
    ['an index below 0', () => sender.setRtcpIndex(1, -1), RANGE, /"index".*received -1/],
    [
      'an MKI that is not known',
      () => sender.useMasterKey(Uint8Array.of(1)),
      VALUE,
      /"mki".*received 1 bytes/,
    ],
    ['text for an MKI', () => sender.useMasterKey('x' as never), TYPE, /"mki".*received "x"/],
    ['text to unprotect', () => receiver.unprotect('x' as never), TYPE, /"srtp".*received "x"/],
    [
      'nothing to unprotect',
      () => receiver.unprotectRtcp(undefined as never),
      TYPE,
      /"srtcp".*received undefined/,
    ],
    [
      'a short output of a receiver',
      () => receiver.unprotect(new Uint8Array(42), new Uint8Array(31)),
      RANGE,
      /"out".*at least 32 bytes; received 31/,
    ],
    [
      'an array-like of packets',
      () => receiver.unprotectBatch({ length: 1 } as never),
      TYPE,
      /"packets".*received an instance of Object/,
    ],
    [
      'a number in a batch',
      () => receiver.unprotectBatch([rtp, 5 as never]),
      TYPE,
      /"packets\[1\]".*received 5/,
    ],
    [
      'outputs that are no array',
      () => receiver.unprotectBatch([rtp], rtp as never),
      TYPE,
      /"outs".*received an instance of Buffer/,
    ],
    [
      'a roll-over counter of a receiver',
      () => receiver.setRollOverCounter(1, -1),
      RANGE,
      /"rollOverCounter".*received -1/,
    ],
    ['an SSRC of a receiver', () => receiver.rollOverCounter(1.5), RANGE, /"ssrc".*received 1\.5/],
    ['no packet', () => isRtcp(undefined as never), TYPE, /"packet".*received undefined/],
  ];

  it.each(CALLS)('%s', (_, call, code, words) => {
    expectWrong(call, code, words);
  });

  it('change nothing', () => {
    expect([sender.stats, receiver.stats]).toEqual([
      { packets: 0, rtcpPackets: 0 },
      { packets: 0, rtcpPackets: 0, discards: {} },
    ]);
    expect([sender.rollOverCounter(1), sender.rtcpIndex(1)]).toEqual([undefined, 0]);
  });

  it('a batch with a wrong argument in it: nothing is opened, and no index used', () => {
    const packets = [1, 2].map((sequenceNumber) => senderOf(CM).protect(rtpPacket({ sequenceNumber })));
    expect(codeOf(() => receiver.unprotectBatch([...packets, 5 as never]))).toBe(TYPE);
    expect(receiver.unprotectBatch(packets).every((opened) => opened !== undefined)).toBe(true);
  });
});
