import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../bytes/bytes.ts';
import { importPublicKey } from '../crypto/node/keys.ts';
import { createCertificate } from './create.ts';
import { certificatePublicKey } from './parse.ts';

const certificates: Uint8Array[] = [];

beforeAll(() => {
  for (const keyType of ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'] as const)
    certificates.push(createCertificate({ keyType }).der);
});

describe('certificatePublicKey()', () => {
  it('finds what node:crypto finds', () => {
    for (const der of certificates) {
      const expected = new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' });
      expect(Buffer.from(certificatePublicKey(der) ?? [])).toEqual(expected);
    }
  });

  it('takes a version 1 certificate, whose version field is absent', () => {
    // Certificate { TBSCertificate { 1, {}, {}, {}, {}, SubjectPublicKeyInfo { NULL } }, {}, BIT STRING }
    const v1 = fromHex('3016' + '300f020101300030003000300030020500' + '3000' + '030100');
    expect(Buffer.from(certificatePublicKey(v1) ?? []).toString('hex')).toBe('30020500');
  });

  it('undefined for a certificate that is cut, or followed by anything', () => {
    for (const der of certificates) {
      for (let length = 0; length < der.length; length++)
        expect(certificatePublicKey(der.subarray(0, length))).toBeUndefined();
      expect(certificatePublicKey(Buffer.concat([der, Uint8Array.of(0)]))).toBeUndefined();
    }
  });

  it('never throws on arbitrary bytes, nor does the import of what it finds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const spki = certificatePublicKey(bytes);
        if (spki !== undefined) importPublicKey(spki);
      }),
    );
  });

  it('never throws on certificates with bytes changed, nor does the import of what it finds', () => {
    const change = fc.tuple(fc.nat(1500), fc.nat(255));
    fc.assert(
      fc.property(fc.nat(3), fc.array(change, { minLength: 1, maxLength: 4 }), (which, changes) => {
        const der = Uint8Array.from(certificates[which] ?? []);
        for (const [at, byte] of changes) der[at % der.length] = byte;
        const spki = certificatePublicKey(der);
        if (spki !== undefined) importPublicKey(spki);
      }),
      { numRuns: 500 },
    );
  });
});
