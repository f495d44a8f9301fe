import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/lib/codec.ts';
import { readAlert, writeAlert } from './alert.ts';

describe('Alert (RFC 5246 §7.2)', () => {
  it('round trip', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), (level, description) => {
        expect(readAlert(writeAlert({ level, description }))).toEqual({ level, description });
      }),
    );
  });

  it('is two bytes long and nothing else (S27)', () => {
    fc.assert(
      fc.property(bytesOf(0, 6), (bytes) => {
        expect(readAlert(bytes) !== undefined).toBe(bytes.length === 2);
      }),
    );
  });
});
