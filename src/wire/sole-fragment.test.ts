import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/lib/codec.ts';
import { plain } from '../../test/lib/plain.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { concat } from '../bytes/bytes.ts';
import { type HandshakeMessage, writeHandshakeFragment } from './handshake.ts';
import { soleFragment } from './sole-fragment.ts';

const messages: fc.Arbitrary<HandshakeMessage> = fc.record({
  type: fc.nat(255),
  messageSeq: fc.nat(0xffff),
  body: bytesOf(0, 80),
});

/** Any part of any message, alone in a record of any number. */
const parts = fc
  .tuple(messages, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 2 ** 48 - 1 }))
  .map(([message, a, b, recordSequenceNumber]) => {
    const fragmentOffset = a % (message.body.length + 1);
    const length = b % (message.body.length - fragmentOffset + 1);
    const fragment = writeHandshakeFragment(message, fragmentOffset, length);
    return {
      datagram: plaintextRecord(22, fragment, recordSequenceNumber),
      expected: {
        type: message.type,
        length: message.body.length,
        messageSeq: message.messageSeq,
        fragmentOffset,
        fragment: message.body.subarray(fragmentOffset, fragmentOffset + length),
        recordSequenceNumber,
      },
    };
  });

describe('soleFragment()', () => {
  it('gives the fragment that a datagram is made of, and the number of its record', () => {
    fc.assert(
      fc.property(parts, ({ datagram, expected }) => {
        expect(plain(soleFragment(datagram))).toEqual(plain(expected));
      }),
    );
  });

  it('gives nothing for a datagram with anything behind it, in the record or beside it, or cut short', () => {
    fc.assert(
      fc.property(parts, bytesOf(1, 30), fc.nat(), ({ datagram }, more, at) => {
        expect(soleFragment(concat(datagram, more))).toBeUndefined();
        expect(soleFragment(concat(datagram, datagram))).toBeUndefined();
        expect(soleFragment(plaintextRecord(22, concat(datagram.subarray(13), more)))).toBeUndefined();
        expect(soleFragment(datagram.subarray(0, at % datagram.length))).toBeUndefined();
      }),
    );
  });

  it('gives nothing for another content type or epoch', () => {
    fc.assert(
      fc.property(parts, fc.nat(255), fc.integer({ min: 1, max: 0xffff }), ({ datagram }, type, epoch) => {
        fc.pre(type !== 22);
        const ofType = new Uint8Array(datagram);
        ofType[0] = type;
        const ofEpoch = new Uint8Array(datagram);
        ofEpoch.set([epoch >> 8, epoch & 0xff], 3);
        expect([soleFragment(ofType), soleFragment(ofEpoch)]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('never throws, whatever the bytes (S27)', () => {
    fc.assert(fc.property(bytesOf(0, 120), (bytes) => void soleFragment(bytes)));
    fc.assert(
      fc.property(parts, fc.nat(), fc.nat(255), ({ datagram }, at, byte) => {
        const changed = new Uint8Array(datagram);
        changed[at % changed.length] = byte;
        soleFragment(changed);
      }),
      { numRuns: 500 },
    );
  });
});
