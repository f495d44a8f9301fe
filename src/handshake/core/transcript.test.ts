import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../../bytes/bytes.ts';
import { nodeCrypto } from '../../crypto/node/index.ts';
import { type HandshakeMessage, writeHandshakeMessage } from '../../wire/handshake.ts';
import { Transcript } from './transcript.ts';

const message = (messageSeq: number, body: Uint8Array): HandshakeMessage => ({ type: 11, messageSeq, body });

describe('Transcript (RFC 6347 §4.2.6)', () => {
  it('is all messages in order, and all but the last', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(messages, (list) => {
        const transcript = new Transcript(nodeCrypto);
        list.forEach((body, i) => void transcript.add(message(i, body)));
        const whole = list.map((body, i) => writeHandshakeMessage(message(i, body)));
        expect(toHex(transcript.bytes)).toBe(toHex(concat(...whole)));
        expect(toHex(transcript.bytesBeforeLast)).toBe(toHex(concat(...whole.slice(0, -1))));
        const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
        expect(toHex(transcript.hash('sha-256'))).toBe(sha256(concat(...whole)));
        expect(toHex(transcript.hashBeforeLast('sha-256'))).toBe(sha256(concat(...whole.slice(0, -1))));
      }),
      { numRuns: 50 },
    );
  });

  it('copies what it is given', () => {
    const transcript = new Transcript(nodeCrypto);
    const body = Uint8Array.of(1, 2);
    transcript.add(message(0, body));
    body.fill(0);
    expect([...transcript.bytes.subarray(12)]).toEqual([1, 2]);
  });

  it('reset() forgets everything: the hello without a cookie does not count (RFC 6347 §4.2.1)', () => {
    const transcript = new Transcript(nodeCrypto);
    transcript.add(message(0, Uint8Array.of(1)));
    transcript.reset();
    transcript.add(message(1, Uint8Array.of(2)));
    expect([...transcript.bytes.subarray(12)]).toEqual([2]);
    expect(transcript.bytesBeforeLast).toHaveLength(0);
  });
});
