import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../../test/interop/lib/rtp.ts';
import { rtpContents } from '../../test/lib/srtp.ts';
import { concat } from '../bytes/bytes.ts';
import { isRtcp, isRtcpHeader, payloadOffset } from './rtp.ts';

describe('payloadOffset() (RFC 3550 §5.1)', () => {
  it('is where the header, CSRCs and extension end, wherever the packet lies', () => {
    fc.assert(
      fc.property(rtpContents, fc.nat(40), (fields, before) => {
        const packet = rtpPacket({ ...fields, padding: 0 });
        const { csrcs = [], extension, payload = 20 } = fields;
        const header = 12 + 4 * csrcs.length + (extension === undefined ? 0 : 4 + extension.data.length);
        expect(packet.length).toBe(header + (typeof payload === 'number' ? payload : payload.length));
        const memory = concat(new Uint8Array(before), packet, new Uint8Array(9));
        expect(payloadOffset(memory, before, before + packet.length)).toBe(before + header);
      }),
    );
  });

  it('is -1 for a header cut anywhere', () => {
    fc.assert(
      fc.property(rtpContents, fc.nat(), (fields, at) => {
        const packet = rtpPacket({ ...fields, payload: 0, padding: 0 });
        expect(payloadOffset(packet, 0, at % packet.length)).toBe(-1);
      }),
    );
  });

  it('never throws, and never points outside the packet, whatever the bytes (S27)', () => {
    const likeRtp = fc
      .tuple(fc.integer({ min: 0x80, max: 0xbf }), fc.uint8Array({ maxLength: 90 }))
      .map(([first, rest]) => Uint8Array.of(first, ...rest));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 90 }), likeRtp), fc.nat(), fc.nat(), (bytes, a, b) => {
        const end = a % (bytes.length + 1);
        const start = b % (end + 1);
        const offset = payloadOffset(bytes, start, end);
        expect(offset === -1 || (offset >= start + 12 && offset <= end)).toBe(true);
        isRtcpHeader(bytes, start, end);
        isRtcp(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
