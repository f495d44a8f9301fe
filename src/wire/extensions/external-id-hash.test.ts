import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { readExternalIdHash, writeExternalIdHash } from './external-id-hash.ts';

describe('external_id_hash (RFC 8844 §3.2)', () => {
  codecLaws({
    values: fc.oneof(bytesOf(0), bytesOf(32)),
    write: writeExternalIdHash,
    read: readExternalIdHash,
    malformed: { 'nothing at all': new Uint8Array(0), 'a length in 16 bits': Uint8Array.of(0, 0) },
  });

  it('takes a binding_hash of 0 and of 32 bytes, and of no other length', () => {
    const taken = Array.from({ length: 256 }, (_, length) => length).filter(
      (length) => readExternalIdHash(Uint8Array.from([length, ...new Uint8Array(length)])) !== undefined,
    );
    expect(taken).toEqual([0, 32]);
  });
});
