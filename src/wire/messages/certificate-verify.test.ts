import fc from 'fast-check';
import { describe } from 'vitest';
import { bytesOf, codecLaws } from '../../../test/lib/codec.ts';
import { readCertificateVerify, writeCertificateVerify } from './certificate-verify.ts';

describe('CertificateVerify (RFC 5246 §7.4.8)', () => {
  codecLaws({
    values: fc.record({ scheme: fc.nat(0xffff), signature: bytesOf(0, 300) }),
    write: writeCertificateVerify,
    read: readCertificateVerify,
    malformed: { 'a signature longer than the message': Uint8Array.of(4, 3, 0, 9, 1) },
  });
});
