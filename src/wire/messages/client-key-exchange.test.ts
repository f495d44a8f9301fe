import { describe } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { readClientKeyExchange, writeClientKeyExchange } from './client-key-exchange.ts';

describe('ClientKeyExchange (RFC 8422 §5.7)', () => {
  codecLaws({
    values: bytesOf(1, 255),
    write: writeClientKeyExchange,
    read: readClientKeyExchange,
    malformed: { 'an empty point': Uint8Array.of(0), 'a point cut short': Uint8Array.of(65, 4, 1) },
  });
});
