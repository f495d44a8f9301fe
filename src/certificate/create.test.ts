import { describe, expect, it } from 'vitest';
import {
  type CertificateOptions,
  createCertificate,
  createCertificateAsync,
  createCertificateOfAnySize,
} from './create.ts';

const wallClock = (): number => Date.UTC(2030, 0, 15, 12, 0, 0, 500);

describe('createCertificate()', () => {
  it('by default: P-256, 16 random bytes of serial number, 30 days, CN=WebRTC', () => {
    const certificate = createCertificate();
    const { x509 } = certificate;
    expect(certificate.keyType).toBe('ecdsa-p256');
    expect(x509.subject).toBe('CN=WebRTC');
    expect(x509.issuer).toBe(x509.subject);
    expect(x509.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(x509.serialNumber).not.toBe(createCertificate().x509.serialNumber);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.ca).toBe(false);
  });

  it('is valid from a day before now until the lifetime is over', () => {
    const { x509 } = createCertificate({ wallClock, lifetimeSeconds: 3600 });
    expect(x509.validFrom).toBe('Jan 14 12:00:00 2030 GMT');
    expect(x509.validTo).toBe('Jan 15 13:00:00 2030 GMT');
  });

  it('can expire in any year up to 9999', () => {
    for (const [year, text] of [
      [2049, 'Dec 31 23:59:59 2049 GMT'],
      [2050, 'Dec 31 23:59:59 2050 GMT'],
      [9999, 'Dec 31 23:59:59 9999 GMT'],
    ] as const) {
      const lifetimeSeconds = Math.floor((Date.UTC(year, 11, 31, 23, 59, 59, 500) - wallClock()) / 1000);
      expect(createCertificate({ wallClock, lifetimeSeconds }).x509.validTo).toBe(text);
    }
  });

  it.each([
    [1, '01'],
    [255, 'FF'],
    [2 ** 31 - 1, '7FFFFFFF'],
    [2n ** 159n - 1n, `7F${'FF'.repeat(19)}`],
  ])('takes the serial number %s', (serialNumber, hex) => {
    expect(createCertificate({ serialNumber }).x509.serialNumber).toBe(hex);
  });

  it('names: a country, a common name, both', () => {
    expect(createCertificate({ country: 'CH' }).x509.subject).toBe('C=CH');
    expect(createCertificate({ commonName: 'x' }).x509.subject).toBe('CN=x');
    expect(createCertificate({ country: 'CH', commonName: 'Zürich 🏔' }).x509.subject).toBe(
      'C=CH\nCN=Zürich 🏔',
    );
    expect(createCertificate({ commonName: 'ü'.repeat(64) }).x509.subject).toBe(`CN=${'ü'.repeat(64)}`);
  });

  it('takes undefined for any option, and skips those it does not know', () => {
    const options = Object.fromEntries(
      [
        'keyType',
        'modulusLength',
        'hash',
        'serialNumber',
        'lifetimeSeconds',
        'country',
        'commonName',
        'wallClock',
      ].map((name) => [name, undefined]),
    );
    expect(createCertificate({ ...options, other: 1 } as CertificateOptions).keyType).toBe('ecdsa-p256');
  });

  const WRONG: readonly (readonly [unknown, string])[] = [
    [null, 'ERR_INVALID_ARG_TYPE'],
    [3, 'ERR_INVALID_ARG_TYPE'],
    [{ keyType: null }, 'ERR_INVALID_ARG_TYPE'],
    [{ keyType: 'dsa' }, 'ERR_INVALID_ARG_VALUE'],
    [{ keyType: 'ECDSA-P256' }, 'ERR_INVALID_ARG_VALUE'],
    [{ modulusLength: '2048' }, 'ERR_INVALID_ARG_TYPE'],
    [{ keyType: 'rsa', modulusLength: 2047 }, 'ERR_OUT_OF_RANGE'],
    [{ keyType: 'rsa', modulusLength: 1024 }, 'ERR_OUT_OF_RANGE'],
    [{ keyType: 'rsa', modulusLength: 4097 }, 'ERR_OUT_OF_RANGE'],
    [{ keyType: 'rsa', modulusLength: 2048.5 }, 'ERR_OUT_OF_RANGE'],
    [{ hash: 256 }, 'ERR_INVALID_ARG_TYPE'],
    [{ hash: 'md5' }, 'ERR_INVALID_ARG_VALUE'],
    [{ hash: 'sha256' }, 'ERR_INVALID_ARG_VALUE'],
    [{ hash: 'constructor' }, 'ERR_INVALID_ARG_VALUE'],
    [{ keyType: 'ed25519', hash: 'sha-256' }, 'ERR_INVALID_ARG_VALUE'],
    [{ keyType: 'ed25519', hash: 'sha-512' }, 'ERR_INVALID_ARG_VALUE'],
    [{ serialNumber: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ serialNumber: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: 0n }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: -1n }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: 2 ** 53 }, 'ERR_OUT_OF_RANGE'],
    [{ serialNumber: 2n ** 159n }, 'ERR_OUT_OF_RANGE'],
    [{ lifetimeSeconds: '60' }, 'ERR_INVALID_ARG_TYPE'],
    [{ lifetimeSeconds: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ lifetimeSeconds: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ lifetimeSeconds: 0.5 }, 'ERR_OUT_OF_RANGE'],
    [{ lifetimeSeconds: Number.POSITIVE_INFINITY }, 'ERR_OUT_OF_RANGE'],
    [{ lifetimeSeconds: 9000 * 366 * 86_400 }, 'ERR_OUT_OF_RANGE'],
    [{ country: 41 }, 'ERR_INVALID_ARG_TYPE'],
    [{ country: '' }, 'ERR_INVALID_ARG_VALUE'],
    [{ country: 'CHE' }, 'ERR_INVALID_ARG_VALUE'],
    [{ country: 'C1' }, 'ERR_INVALID_ARG_VALUE'],
    [{ country: 'ÜÜ' }, 'ERR_INVALID_ARG_VALUE'],
    [{ commonName: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ commonName: '' }, 'ERR_INVALID_ARG_VALUE'],
    [{ commonName: 'x'.repeat(65) }, 'ERR_INVALID_ARG_VALUE'],
    [{ commonName: 'good.example\0.evil.example' }, 'ERR_INVALID_ARG_VALUE'],
    [{ commonName: '\ud800' }, 'ERR_INVALID_ARG_VALUE'],
    [{ wallClock: 5 }, 'ERR_INVALID_ARG_TYPE'],
    [{ wallClock: () => Number.NaN }, 'ERR_INVALID_ARG_TYPE'],
    [{ wallClock: () => 0 }, 'ERR_OUT_OF_RANGE'],
    [{ wallClock: () => Date.UTC(10_000, 0) }, 'ERR_OUT_OF_RANGE'],
  ];

  it.each(WRONG)('refuses %o with %s', async (options, code) => {
    const wrong = options as CertificateOptions;
    expect(() => createCertificate(wrong)).toThrow(expect.objectContaining({ code }));
    await expect(createCertificateAsync(wrong)).rejects.toMatchObject({ code });
  });
});

describe('createCertificateAsync()', () => {
  it.each(['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'] as const)('makes %s', async (keyType) => {
    const certificate = await createCertificateAsync({ keyType, commonName: 'later' });
    expect(certificate.keyType).toBe(keyType);
    expect(certificate.x509.subject).toBe('CN=later');
    expect(certificate.x509.verify(certificate.x509.publicKey)).toBe(true);
  });
});

describe('createCertificateOfAnySize()', () => {
  it('makes RSA keys of 1024 bits with any hash', () => {
    for (const hash of ['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'] as const) {
      const { x509 } = createCertificateOfAnySize({ keyType: 'rsa', modulusLength: 1024, hash });
      expect(x509.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
      expect(x509.verify(x509.publicKey)).toBe(true);
    }
  });

  it('refuses fewer', () => {
    expect(() => createCertificateOfAnySize({ keyType: 'rsa', modulusLength: 1023 })).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
  });
});
