import { createHash, X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../src/prosody/certificate.ts';
import {
  dtlslib_create_cert,
  dtlslib_free,
  dtlslib_free_cert,
  dtlslib_get_cert_fingerprint,
  dtlslib_hash_type_sha_1,
  dtlslib_hash_type_sha_224,
  dtlslib_hash_type_sha_256,
  dtlslib_hash_type_sha_384,
  dtlslib_hash_type_sha_512,
  dtlslib_init,
  dtlslibSwitches,
} from '../src/prosody/index.ts';
import { captureLog, ecdsaCertificate, present, resetLog, text } from './prosody-support.ts';

afterEach(resetLog);

const HASHES = [
  ['sha-1', dtlslib_hash_type_sha_1, 59],
  ['sha-224', dtlslib_hash_type_sha_224, 83],
  ['sha-256', dtlslib_hash_type_sha_256, 95],
  ['sha-384', dtlslib_hash_type_sha_384, 143],
  ['sha-512', dtlslib_hash_type_sha_512, 191],
] as const;

/** What the handle stands for, as Node reads it. */
function x509(cert: object | null): X509Certificate {
  return new X509Certificate(present(certificates.find(cert)).certificate.der);
}

describe('dtlslib_init()', () => {
  it('gives a library without a context, with a context of 32 bytes, and with the versions it has', () => {
    expect(dtlslib_init(null, 0)).not.toBeNull();
    expect(dtlslib_init(new Uint8Array(0), 0)).not.toBeNull();
    expect(dtlslib_init(new Uint8Array(32), 32)).not.toBeNull();
    expect(dtlslib_init(new Uint8Array(64), 32)).not.toBeNull();
    expect(dtlslib_init(null, 0, { versions: ['DTLSv1.2'] })).not.toBeNull();
    expect(dtlslib_init(null, 0, null)).not.toBeNull();
  });

  it.each([
    ['a context over 32 bytes', new Uint8Array(33), 33],
    ['NULL with a length', null, 4],
    ['a context shorter than its length', new Uint8Array(4), 5],
    ['a length below 0', new Uint8Array(4), -1],
    ['a length that is no integer', new Uint8Array(4), 1.5],
  ])('gives null for %s', (_, context, length) => {
    const log = captureLog();
    expect(dtlslib_init(context, length)).toBeNull();
    expect(log.error).toHaveLength(1);
  });

  it('gives null for a version that is unknown, and for one that is not available', () => {
    const log = captureLog();
    expect(dtlslib_init(null, 0, { versions: ['DTLSv9' as 'DTLSv1'] })).toBeNull();
    expect(dtlslib_init(null, 0, { versions: ['DTLSv1'] })).toBeNull();
    expect(dtlslib_init(null, 0, { versions: [] })).toBeNull();
    expect(log.error).toHaveLength(3);
    expect(log.error[1]).toContain('DTLSv1');
  });
});

describe('dtlslib_free()', () => {
  it('passes over NULL and what was freed', () => {
    const lib = dtlslib_init(null, 0);
    expect(dtlslib_free(lib)).toBeUndefined();
    expect(dtlslib_free(lib)).toBeUndefined();
    expect(dtlslib_free(null)).toBeUndefined();
  });
});

describe('dtlslib_create_cert()', () => {
  it('makes an RSA certificate as its arguments say', () => {
    const cert = dtlslib_create_cert(dtlslib_hash_type_sha_256, 2048, 4711, 86_400, 'DE', 'prosody.example');
    const read = x509(cert);
    expect(read.publicKey.asymmetricKeyType).toBe('rsa');
    expect(read.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(Number.parseInt(read.serialNumber, 16)).toBe(4711);
    expect(read.subject).toBe('C=DE\nCN=prosody.example');
    expect(read.verify(read.publicKey)).toBe(true);
    const lifetime = Date.parse(read.validTo) - Date.now();
    expect(Math.abs(lifetime - 86_400_000)).toBeLessThan(60_000);
  });

  it.each([
    [256, 'prime256v1'],
    [384, 'secp384r1'],
  ])('makes an ECDSA key of %i bits', (bits, namedCurve) => {
    const read = x509(dtlslib_create_cert(dtlslib_hash_type_sha_256, bits, 1, 3600, null, 'x'));
    expect(read.publicKey.asymmetricKeyType).toBe('ec');
    expect(read.publicKey.asymmetricKeyDetails?.namedCurve).toBe(namedCurve);
  });

  it('warns of an RSA key under 2048 bits, whatever the switches say', () => {
    const log = captureLog();
    dtlslibSwitches.LOG_ERRORS = false;
    for (const bits of [1024, 2047]) {
      expect(dtlslib_create_cert(dtlslib_hash_type_sha_256, bits, 1, 3600, null, 'weak')).not.toBeNull();
    }
    expect(log.warning).toHaveLength(2);
    expect(log.warning[0]).toContain('1024');
    expect(log.error).toEqual([]);
  });

  it.each([0, -1, 255, 257, 512, 1023, 8193, 2048.5, Number.NaN])('gives null for %d bits', (bits) => {
    const log = captureLog();
    expect(dtlslib_create_cert(dtlslib_hash_type_sha_256, bits, 1, 3600, null, 'x')).toBeNull();
    expect(log.error).toHaveLength(1);
    expect(log.warning).toEqual([]);
  });

  it.each(HASHES)('signs with %s', (name, ht) => {
    const cert = dtlslib_create_cert(ht, 256, 1, 3600, null, 'x');
    const read = x509(cert);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(present(certificates.find(cert)).hash).toBe(name);
  });

  it.each([-1, 5, 2.5, Number.NaN])('gives null for the unknown hash %d', (ht) => {
    expect(dtlslib_create_cert(ht, 256, 1, 3600, null, 'x')).toBeNull();
  });

  it.each([
    ['a serial number below 0', -1, 3600, null, 'x'],
    ['a serial number that is no int', 2 ** 31, 3600, null, 'x'],
    ['no lifetime', 1, 0, null, 'x'],
    ['a lifetime below 0', 1, -3600, null, 'x'],
    ['a lifetime past the year 9999', 1, 1e12, null, 'x'],
    ['a country of three letters', 1, 3600, 'DEU', 'x'],
    ['a country of one letter', 1, 3600, 'D', 'x'],
    ['a common name of 65 characters', 1, 3600, null, 'x'.repeat(65)],
  ])('gives null for %s', (_, serial, lifetime, country, name) => {
    const log = captureLog();
    expect(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, serial, lifetime, country, name)).toBeNull();
    expect(log.error).toHaveLength(1);
  });

  it('takes a random serial number for 0', () => {
    const [a, b] = [x509(ecdsaCertificate('x')), x509(ecdsaCertificate('x'))];
    expect(a.serialNumber).not.toBe(b.serialNumber);
  });

  it('takes texts as zero-terminated bytes, and NULL and empty ones for none', () => {
    const country = Buffer.from('FR\0garbage');
    const name = Buffer.from('Zoë\0');
    expect(x509(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, 1, 60, country, name)).subject).toContain(
      'C=FR',
    );
    expect(
      x509(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, 1, 60, null, name)).subject,
    ).not.toContain('C=');
    expect(x509(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, 1, 60, '', '')).subject).toContain('CN=');
    expect(x509(dtlslib_create_cert(dtlslib_hash_type_sha_256, 256, 1, 60, null, null)).subject).toContain(
      'CN=',
    );
  });
});

describe('dtlslib_get_cert_fingerprint()', () => {
  it.each(HASHES)('writes the %s of the whole certificate, zero-terminated', (name, ht, length) => {
    const cert = present(dtlslib_create_cert(ht, 256, 1, 3600, null, 'x'));
    const dest = new Uint8Array(256).fill(0x55);
    expect(dtlslib_get_cert_fingerprint(cert, dest, dest.length)).toBe(length);
    const digest = createHash(name.replace('-', '')).update(x509(cert).raw).digest('hex').toUpperCase();
    expect(text(dest)).toBe(digest.match(/../g)?.join(':'));
    expect(dest[length]).toBe(0);
    expect(dest[length + 1]).toBe(0x55);
  });

  it('gives 0 and writes nothing when text and zero do not fit', () => {
    const cert = ecdsaCertificate('x');
    for (const [room, size] of [
      [95, 256],
      [0, 256],
      [256, 95],
    ] as const) {
      const dest = new Uint8Array(size).fill(0x55);
      expect(dtlslib_get_cert_fingerprint(cert, dest, room)).toBe(0);
      expect(dest.every((byte) => byte === 0x55)).toBe(true);
    }
    expect(dtlslib_get_cert_fingerprint(cert, new Uint8Array(96), 96)).toBe(95);
  });

  it('gives -1 for NULL, a freed certificate, no buffer, and what is no certificate', () => {
    const cert = ecdsaCertificate('x');
    const dest = new Uint8Array(256);
    expect(dtlslib_get_cert_fingerprint(null, dest, 256)).toBe(-1);
    expect(dtlslib_get_cert_fingerprint(cert, null, 256)).toBe(-1);
    expect(dtlslib_get_cert_fingerprint(cert, dest, -1)).toBe(-1);
    expect(dtlslib_get_cert_fingerprint({ handle: 'dtlslib_cert' }, dest, 256)).toBe(-1);
    dtlslib_free_cert(cert);
    expect(dtlslib_get_cert_fingerprint(cert, dest, 256)).toBe(-1);
  });
});

describe('dtlslib_free_cert()', () => {
  it('passes over NULL and what was freed', () => {
    const cert = ecdsaCertificate('x');
    expect(dtlslib_free_cert(cert)).toBeUndefined();
    expect(dtlslib_free_cert(cert)).toBeUndefined();
    expect(dtlslib_free_cert(null)).toBeUndefined();
  });
});
