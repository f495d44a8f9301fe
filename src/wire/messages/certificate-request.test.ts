import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecLaws, u16s } from '../../../test/lib/codec.ts';
import { readCertificateRequest, writeCertificateRequest } from './certificate-request.ts';

describe('CertificateRequest (RFC 5246 §7.4.4)', () => {
  codecLaws({
    values: fc.record({
      certificateTypes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }),
      signatureSchemes: u16s(1, 20),
    }),
    write: writeCertificateRequest,
    read: readCertificateRequest,
    malformed: {
      'no certificate types': Uint8Array.of(0, 0, 2, 4, 3, 0, 0),
      'half a signature scheme': Uint8Array.of(1, 64, 0, 3, 4, 3, 4, 0, 0),
      'authorities cut short': Uint8Array.of(1, 64, 0, 2, 4, 3, 0, 5, 1),
    },
  });

  it('passes over the names of authorities', () => {
    const body = Uint8Array.of(1, 64, 0, 2, 4, 3, 0, 4, 0, 2, 0x30, 0);
    expect(readCertificateRequest(body)).toEqual({ certificateTypes: [64], signatureSchemes: [0x0403] });
  });
});
