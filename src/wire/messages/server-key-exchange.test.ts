import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { plain } from '../../../test/lib/plain.ts';
import {
  readServerKeyExchange,
  type ServerKeyExchange,
  signedServerParams,
  writeServerEcdhParams,
  writeServerKeyExchange,
} from './server-key-exchange.ts';

const messages: fc.Arbitrary<ServerKeyExchange> = fc
  .record({
    group: fc.nat(0xffff),
    publicKey: bytesOf(0, 133),
    scheme: fc.nat(0xffff),
    signature: bytesOf(0, 300),
  })
  .map((message) => ({ ...message, params: writeServerEcdhParams(message.group, message.publicKey) }));

const params = writeServerEcdhParams(0x001d, new Uint8Array(32));
const otherCurveType = (type: number): Uint8Array => {
  const body = writeServerKeyExchange(params, 0x0403, Uint8Array.of(1));
  body[0] = type;
  return body;
};

describe('ServerKeyExchange (RFC 8422 §5.4)', () => {
  codecLaws({
    values: messages,
    write: ({ params, scheme, signature }) => writeServerKeyExchange(params, scheme, signature),
    read: readServerKeyExchange,
    malformed: {
      'explicit_prime parameters': otherCurveType(1),
      'explicit_char2 parameters': otherCurveType(2),
      'a curve type of no meaning': otherCurveType(0),
      'a point longer than the message': Uint8Array.of(3, 0, 29, 200, 1, 2),
    },
  });

  it('writeServerEcdhParams(): named curve, group, point with its length', () => {
    expect([...writeServerEcdhParams(0x0017, Uint8Array.of(4, 5))]).toEqual([3, 0, 0x17, 2, 4, 5]);
  });

  it('signedServerParams(): client random, server random, parameters', () => {
    const signed = signedServerParams(Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3, 4));
    expect(plain(signed)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });
});
