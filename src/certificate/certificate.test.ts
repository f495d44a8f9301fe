import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIGNATURE_SCHEMES } from '../registry/signature-schemes.ts';
import { Certificate } from './certificate.ts';
import { createCertificate } from './create.ts';
import { formatPem, parsePem } from './pem.ts';

const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'] as const;

function keyPem(certificate: Certificate): string {
  const pem = certificate.privateKeyPem;
  if (pem === undefined) throw new Error('no key');
  return pem;
}

function encrypted(certificate: Certificate, passphrase: string): string {
  return createPrivateKey(keyPem(certificate))
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase })
    .toString();
}

function thrown(action: () => unknown): Error & { code?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('Certificate.fromPem()', () => {
  it.each(KEY_TYPES)('%s: reads what we write, as strings and as bytes', (keyType) => {
    const own = createCertificate({ keyType });
    for (const read of [
      Certificate.fromPem({ cert: own.pem, key: keyPem(own) }),
      Certificate.fromPem({ cert: Buffer.from(own.pem), key: Buffer.from(keyPem(own)) }),
      Certificate.fromPem({ cert: `a comment\r\n${own.pem.replaceAll('\n', '\r\n')}`, key: keyPem(own) }),
    ]) {
      expect(read.der).toEqual(own.der);
      expect(read.keyType).toBe(keyType);
      expect(read.privateKeyPem).toBe(own.privateKeyPem);
      expect(read.fingerprint()).toBe(own.x509.fingerprint256);
      expect(read.signingKey?.keyType).toBe(keyType);
    }
  });

  it('reads a chain, leaf first, and a certificate without its key', () => {
    const [leaf, issuer] = [createCertificate(), createCertificate({ keyType: 'rsa' })];
    const chain = Certificate.fromPem({ cert: leaf.pem + issuer.pem, key: keyPem(leaf) });
    expect(chain.chain).toEqual([leaf.der, issuer.der]);
    expect(chain.pem).toBe(leaf.pem + issuer.pem);
    const bare = Certificate.fromPem({ cert: leaf.pem });
    expect(bare.signingKey).toBeUndefined();
    expect(bare.privateKeyPem).toBeUndefined();
  });

  it('decrypts a key with its passphrase', () => {
    const own = createCertificate();
    const key = encrypted(own, 'opensesame');
    for (const passphrase of ['opensesame', Buffer.from('opensesame')])
      expect(Certificate.fromPem({ cert: own.pem, key, passphrase }).privateKeyPem).toBe(own.privateKeyPem);
  });

  it('says what is wrong with a passphrase, and does not repeat it', () => {
    const own = createCertificate();
    const key = encrypted(own, 'opensesame');
    const missing = thrown(() => Certificate.fromPem({ cert: own.pem, key }));
    expect(missing).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('passphrase'),
    });
    const wrong = thrown(() => Certificate.fromPem({ cert: own.pem, key, passphrase: 'hunter2' }));
    expect(wrong).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('wrong') });
    expect(inspect(wrong)).not.toContain('hunter2');
  });

  it('refuses the key of another certificate', () => {
    const [one, other] = [createCertificate(), createCertificate()];
    for (const stranger of [other, createCertificate({ keyType: 'rsa' })])
      expect(thrown(() => Certificate.fromPem({ cert: one.pem, key: keyPem(stranger) }))).toMatchObject({
        code: 'ERR_INVALID_ARG_VALUE',
        message: expect.stringContaining('does not belong'),
      });
    // The key of the second certificate in the chain is not the leaf's.
    expect(thrown(() => Certificate.fromPem({ cert: one.pem + other.pem, key: keyPem(other) })).code).toBe(
      'ERR_INVALID_ARG_VALUE',
    );
  });

  it('refuses other things with a code', () => {
    const own = createCertificate();
    const key = keyPem(own);
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'ERR_INVALID_ARG_TYPE'],
      [{}, 'ERR_INVALID_ARG_TYPE'],
      [{ cert: 5, key }, 'ERR_INVALID_ARG_TYPE'],
      [{ cert: '', key }, 'ERR_INVALID_ARG_VALUE'],
      [{ cert: key, key }, 'ERR_INVALID_ARG_VALUE'],
      [{ cert: formatPem('CERTIFICATE', Uint8Array.of(0x30, 0)), key }, 'ERR_INVALID_ARG_VALUE'],
      [{ cert: own.pem + formatPem('CERTIFICATE', Uint8Array.of(1)), key }, 'ERR_INVALID_ARG_VALUE'],
      [{ cert: own.pem, key: 5 }, 'ERR_INVALID_ARG_TYPE'],
      [{ cert: own.pem, key: null }, 'ERR_INVALID_ARG_TYPE'],
      [{ cert: own.pem, key: own.pem }, 'ERR_INVALID_ARG_VALUE'],
      [{ cert: own.pem, key, passphrase: 5 }, 'ERR_INVALID_ARG_TYPE'],
    ];
    for (const [options, code] of cases)
      expect(thrown(() => Certificate.fromPem(options as { cert: string })).code, inspect(options)).toBe(
        code,
      );
  });
});

describe('Certificate.fromDer()', () => {
  it('copies what it is given', () => {
    const { der } = createCertificate();
    const borrowed = Uint8Array.from(der);
    const certificate = Certificate.fromDer([borrowed]);
    borrowed.fill(0);
    expect(certificate.der).toEqual(der);
    expect(certificate.chain[0]).toEqual(der);
  });

  it('takes any bytes; only what looks inside them throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 3 }), (chain) => {
        const certificate = Certificate.fromDer(chain);
        expect(certificate.fingerprint()).toHaveLength(95);
        inspect(certificate);
        JSON.stringify(certificate);
        expect(thrown(() => certificate.x509).code).toBe('ERR_INVALID_ARG_VALUE');
        expect(thrown(() => certificate.keyType).code).toBe('ERR_INVALID_ARG_VALUE');
      }),
      { numRuns: 50 },
    );
  });

  it('refuses what is no list of bytes', () => {
    expect(thrown(() => Certificate.fromDer([])).code).toBe('ERR_INVALID_ARG_VALUE');
    expect(thrown(() => Certificate.fromDer('x' as unknown as Uint8Array[])).code).toBe(
      'ERR_INVALID_ARG_TYPE',
    );
    expect(thrown(() => Certificate.fromDer(['x'] as unknown as Uint8Array[])).code).toBe(
      'ERR_INVALID_ARG_TYPE',
    );
  });
});

describe('Certificate', () => {
  it.each(KEY_TYPES)('%s: hides its private key when inspected or made JSON', (keyType) => {
    const certificate = createCertificate({ keyType });
    const lines = keyPem(certificate)
      .split('\n')
      .filter((line) => line.length === 64);
    const shown = [
      inspect(certificate),
      inspect(certificate, { showHidden: true, depth: 9, getters: true }),
      inspect(certificate, { showHidden: true, depth: 9, customInspect: false }),
      JSON.stringify(certificate),
      JSON.stringify({ ...certificate }),
      String(certificate),
    ].join('\n');
    // A line that the certificate shares with the key can only hold the public half.
    const publicText =
      certificate.pem + createPublicKey(keyPem(certificate)).export({ format: 'pem', type: 'spki' });
    for (const line of lines) if (!publicText.includes(line)) expect(shown).not.toContain(line);
    expect(shown).not.toContain('PRIVATE');
    expect(inspect(certificate)).toContain(certificate.fingerprint());
  });

  it('cannot be changed', () => {
    const certificate = createCertificate();
    expect(() => Object.assign(certificate, { der: new Uint8Array(1) })).toThrow(TypeError);
    expect(() => (certificate.chain as Uint8Array[]).push(new Uint8Array(1))).toThrow(TypeError);
    expect(certificate.x509).toBe(certificate.x509);
  });

  it('has fingerprints that node:crypto agrees with', () => {
    const certificate = createCertificate();
    expect(certificate.fingerprint('sha-1')).toBe(certificate.x509.fingerprint);
    expect(certificate.fingerprint('sha-256')).toBe(certificate.x509.fingerprint256);
    expect(certificate.fingerprint('sha-512')).toBe(certificate.x509.fingerprint512);
    expect(thrown(() => certificate.fingerprint('md5' as 'sha-1')).code).toBe('ERR_INVALID_ARG_VALUE');
  });

  it('signs with the key of the certificate', () => {
    const certificate = createCertificate();
    const scheme = SIGNATURE_SCHEMES.find(({ name }) => name === 'ecdsa_secp256r1_sha256');
    if (scheme === undefined || certificate.signingKey === undefined) throw new Error('no key');
    const signature = certificate.signingKey.sign(scheme, Uint8Array.of(1));
    expect(verify('sha256', Uint8Array.of(1), certificate.x509.publicKey, signature)).toBe(true);
  });
});

describe('parsePem()', () => {
  it('reads what formatPem() writes, at any length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (blocks) => {
        const text = blocks.map((der) => formatPem('CERTIFICATE', der)).join('between\n');
        expect(parsePem('CERTIFICATE', text)).toEqual(blocks);
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('stops at a block without an end', () => {
    expect(parsePem('CERTIFICATE', '-----BEGIN CERTIFICATE-----\nAAAA\n')).toEqual([]);
  });

  it('never throws, whatever the text, and gives no more than it holds (S27)', () => {
    const pieces = fc.constantFrom(
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      '-----BEGIN',
      '-----',
      '\n',
      'AAAA',
      'MIIB',
      '====',
      '\u0000',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const blocks = parsePem('CERTIFICATE', parts.join(''));
        expect(blocks.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(
          parts.join('').length,
        );
        expect(thrown(() => Certificate.fromPem({ cert: parts.join('') })).code).toBe(
          'ERR_INVALID_ARG_VALUE',
        );
      }),
    );
  });
});
