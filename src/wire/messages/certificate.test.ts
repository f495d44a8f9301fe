import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { MAX_CHAIN_LENGTH, readCertificate, writeCertificate } from './certificate.ts';

const chain = (length: number): Uint8Array[] => Array.from({ length }, () => Uint8Array.of(0x30, 0));

describe('Certificate (RFC 5246 §7.4.2)', () => {
  codecLaws({
    values: fc.array(bytesOf(1, 60), { maxLength: MAX_CHAIN_LENGTH }),
    write: writeCertificate,
    read: readCertificate,
    malformed: {
      'an empty certificate in the list': writeCertificate([Uint8Array.of(1), new Uint8Array(0)]),
      'a certificate cut short': Uint8Array.of(0, 0, 4, 0, 0, 2, 1),
      'a certificate that overruns the list': Uint8Array.of(0, 0, 4, 0, 0, 2, 1, 2),
      [`a chain of ${MAX_CHAIN_LENGTH + 1}`]: writeCertificate(chain(MAX_CHAIN_LENGTH + 1)),
    },
  });

  it('takes the empty list with which a client declines (RFC 5246 §7.4.6)', () => {
    expect(readCertificate(Uint8Array.of(0, 0, 0))).toEqual([]);
  });
});
