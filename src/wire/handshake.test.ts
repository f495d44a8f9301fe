import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/lib/codec.ts';
import { plain } from '../../test/lib/plain.ts';
import { concat, toHex } from '../bytes/bytes.ts';
import { Reader } from '../bytes/reader.ts';
import {
  HANDSHAKE_HEADER_LENGTH,
  type HandshakeMessage,
  readHandshakeFragment,
  writeHandshakeFragment,
  writeHandshakeMessage,
} from './handshake.ts';

const messages: fc.Arbitrary<HandshakeMessage> = fc.record({
  type: fc.nat(255),
  messageSeq: fc.nat(0xffff),
  body: bytesOf(0, 80),
});

describe('handshake fragments (RFC 6347 §4.2.2)', () => {
  it('round trip of any part of a message', () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat(), (message, a, b) => {
        const offset = a % (message.body.length + 1);
        const length = b % (message.body.length - offset + 1);
        const reader = new Reader(writeHandshakeFragment(message, offset, length));
        expect(plain(readHandshakeFragment(reader))).toEqual({
          type: message.type,
          length: message.body.length,
          messageSeq: message.messageSeq,
          fragmentOffset: offset,
          fragment: plain(message.body.subarray(offset, offset + length)),
        });
        expect(reader.finished).toBe(true);
      }),
    );
  });

  it('writeHandshakeMessage() has the header of an unfragmented message (RFC 6347 §4.2.6)', () => {
    const bytes = writeHandshakeMessage({ type: 20, messageSeq: 0x0102, body: Uint8Array.of(9, 8) });
    expect(toHex(bytes)).toBe('14' + '000002' + '0102' + '000000' + '000002' + '0908');
    expect(HANDSHAKE_HEADER_LENGTH).toBe(12);
  });

  const header = (length: number, offset: number, fragmentLength: number): Uint8Array =>
    Uint8Array.of(11, 0, 0, length, 0, 0, 0, 0, offset, 0, 0, fragmentLength);

  it.each<[string, Uint8Array]>([
    ['a header cut short', header(0, 0, 0).subarray(0, 11)],
    ['a fragment cut short', concat(header(4, 0, 4), new Uint8Array(3))],
    ['a fragment that ends behind its message', concat(header(4, 2, 3), new Uint8Array(3))],
    ['an empty fragment behind its message', header(4, 5, 0)],
  ])('refuses %s', (_, bytes) => expect(readHandshakeFragment(new Reader(bytes))).toBeUndefined());

  it('reads several messages of one record', () => {
    const reader = new Reader(concat(header(0, 0, 0), header(0, 0, 0)));
    expect([readHandshakeFragment(reader)?.length, readHandshakeFragment(reader)?.length]).toEqual([0, 0]);
    expect(reader.finished).toBe(true);
  });

  it('never throws (S27)', () => {
    fc.assert(fc.property(bytesOf(0, 80), (bytes) => void readHandshakeFragment(new Reader(bytes))));
  });
});
