import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { readExternalSessionId, writeExternalSessionId } from './external-session-id.ts';

describe('external_session_id (RFC 8844 §4.3)', () => {
  codecLaws({
    values: bytesOf(20, 255),
    write: writeExternalSessionId,
    read: readExternalSessionId,
    malformed: {
      'nothing at all': new Uint8Array(0),
      'no bytes': Uint8Array.of(0),
      '19 bytes': Uint8Array.from([19, ...new Array(19).fill(0x61)]),
      '20 bytes of which one is missing': Uint8Array.from([20, ...new Array(19).fill(0x61)]),
      'a length in 16 bits': Uint8Array.from([0, 20, ...new Array(20).fill(0x61)]),
    },
  });

  it('is one byte of length, then the tls-id in ASCII', () => {
    const id = Buffer.from('abc3de65cddef001be82');
    expect([...writeExternalSessionId(id)]).toEqual([20, ...id]);
  });
});
