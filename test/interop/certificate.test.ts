import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Certificate } from '../../src/certificate/certificate.ts';
import {
  type CertificateOptions,
  createCertificate,
  createCertificateOfAnySize,
} from '../../src/certificate/create.ts';
import { certificatePublicKey } from '../../src/certificate/parse.ts';
import { importPublicKey } from '../../src/crypto/node/keys.ts';
import type { HashName, KeyType } from '../../src/registry/algorithms.ts';
import { requireProgram } from './programs.ts';

const HASHES: readonly HashName[] = ['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'];
const DAY = 86_400_000;

interface Combination extends CertificateOptions {
  readonly title: string;
  readonly keyType: KeyType;
  /** The signature algorithm as `openssl x509 -text` prints it. */
  readonly signature: string;
  /** The key as it prints it. */
  readonly key: string;
}

function openSslHash(hash: HashName): string {
  return hash.replace('-', '').toUpperCase();
}

function ecdsa(keyType: KeyType, bits: number): Combination[] {
  return HASHES.map((hash) => ({
    title: `${keyType} ${hash}`,
    keyType,
    hash,
    signature: `ecdsa-with-${openSslHash(hash)}`,
    key: `Public-Key: (${bits} bit)`,
  }));
}

function rsa(modulusLength: number, hash: HashName): Combination {
  return {
    title: `rsa ${modulusLength} ${hash}`,
    keyType: 'rsa',
    modulusLength,
    hash,
    signature: `${openSslHash(hash).toLowerCase()}WithRSAEncryption`,
    key: `Public-Key: (${modulusLength} bit)`,
  };
}

/** Every legal combination of key and hash; each size of RSA at least once. */
const COMBINATIONS: readonly Combination[] = [
  ...ecdsa('ecdsa-p256', 256),
  ...ecdsa('ecdsa-p384', 384),
  { title: 'ed25519', keyType: 'ed25519', signature: 'ED25519', key: 'Public Key Algorithm: ED25519' },
  ...HASHES.map((hash) => rsa(2048, hash)),
  rsa(1024, 'sha-512'),
  rsa(3072, 'sha-384'),
  rsa(4096, 'sha-256'),
];

describe.skipIf(!requireProgram('openssl'))('certificates and openssl', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dtlslib-certificate-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function openssl(...parameters: string[]): string {
    return execFileSync('openssl', parameters, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  function save(name: string, text: string | undefined): string {
    if (text === undefined) throw new Error(`nothing to save as ${name}`);
    writeFileSync(join(folder, name), text);
    return name;
  }

  function load(name: string): string {
    return readFileSync(join(folder, name), 'utf8');
  }

  describe.each(COMBINATIONS)('$title, made here', (combination) => {
    const { title, signature, key, ...options } = combination;
    const now = Date.UTC(2026, 5, 15, 10, 20, 30);
    const stem = title.replaceAll(' ', '-');
    let certificate: Certificate;
    let file = '';

    beforeAll(() => {
      certificate = createCertificateOfAnySize({
        ...options,
        serialNumber: 0x1234_5678_9abc_def0n,
        lifetimeSeconds: 100 * 86_400,
        country: 'CH',
        commonName: 'Zoë Test',
        wallClock: () => now,
      });
      file = save(`${stem}.pem`, certificate.pem);
    });

    it('openssl x509 -text reads every field', () => {
      const text = openssl('x509', '-in', file, '-noout', '-text', '-nameopt', 'RFC2253,utf8,-esc_msb');
      expect(text).toContain('Version: 3 (0x2)');
      expect(text).toMatch(
        /Serial Number: *(1311768467463790320 \(0x123456789abcdef0\)|\s12:34:56:78:9a:bc:de:f0)/,
      );
      expect(text.match(/Signature Algorithm: (\S+)/g)).toEqual(
        Array(2).fill(`Signature Algorithm: ${signature}`),
      );
      expect(text).toContain('Issuer: CN=Zoë Test,C=CH');
      expect(text).toContain('Subject: CN=Zoë Test,C=CH');
      expect(text).toContain('Not Before: Jun 14 10:20:30 2026 GMT');
      expect(text).toContain('Not After : Sep 23 10:20:30 2026 GMT');
      expect(text).toContain(key);
      expect(text).not.toContain('X509v3 extensions');
    });

    it('openssl verify accepts it, its own signature included', () => {
      const time = String(now / 1000);
      // Level 0: SHA-1 and 1024 bits are below what OpenSSL takes otherwise, not malformed.
      const verify = ['verify', '-check_ss_sig', '-auth_level', '0', '-CAfile', file, '-attime', time];
      expect(openssl(...verify, file)).toContain(': OK');
      expect(openssl(...verify, '-x509_strict', file)).toContain(': OK');
    });

    it('openssl agrees on the fingerprint by every hash', () => {
      for (const hash of HASHES) {
        const line = openssl('x509', '-in', file, '-noout', '-fingerprint', `-${hash.replace('-', '')}`);
        expect(line.trim().split('=')[1]).toBe(certificate.fingerprint(hash));
      }
    });

    it('openssl pkey reads the private key, which is the one in the certificate', () => {
      const keyFile = save(`${stem}.key`, certificate.privateKeyPem);
      const publicKey = openssl('x509', '-in', file, '-noout', '-pubkey');
      expect(openssl('pkey', '-in', keyFile, '-pubout')).toBe(publicKey);
      expect(openssl('pkey', '-in', keyFile, '-check', '-noout')).toContain('valid');
    });

    it('openssl writes it again byte for byte', () => {
      expect(openssl('x509', '-in', file)).toBe(certificate.pem);
    });

    it('node:crypto reads every field', () => {
      const x509 = new X509Certificate(certificate.der);
      expect(x509.subject).toBe('C=CH\nCN=Zoë Test');
      expect(x509.issuer).toBe(x509.subject);
      expect(x509.serialNumber).toBe('123456789ABCDEF0');
      expect(Date.parse(x509.validFrom)).toBe(now - DAY);
      expect(Date.parse(x509.validTo)).toBe(now + 100 * DAY);
      expect(x509.verify(x509.publicKey)).toBe(true);
      expect(x509.checkIssued(x509)).toBe(true);
      expect(x509.publicKey.equals(createPublicKey(certificate.privateKeyPem ?? ''))).toBe(true);
      expect(x509.fingerprint256).toBe(certificate.fingerprint());
      expect(x509.fingerprint512).toBe(certificate.fingerprint('sha-512'));
    });

    it('our own reader finds the same key', () => {
      const spki = certificatePublicKey(certificate.der) ?? new Uint8Array();
      expect(Buffer.from(spki)).toEqual(
        new X509Certificate(certificate.der).publicKey.export({ format: 'der', type: 'spki' }),
      );
      expect(importPublicKey(spki)?.keyType).toBe(combination.keyType);
    });
  });

  it('openssl reads a lifetime beyond 2049, a serial number of 20 bytes, and the defaults', () => {
    const long = createCertificate({ lifetimeSeconds: 50 * 365 * 86_400, serialNumber: 2n ** 159n - 1n });
    const file = save('long.pem', long.pem);
    expect(openssl('x509', '-in', file, '-noout', '-enddate')).toMatch(/ 20[5-9]\d GMT/);
    expect(openssl('x509', '-in', file, '-noout', '-serial')).toContain(`serial=7F${'FF'.repeat(19)}`);
    expect(openssl('verify', '-check_ss_sig', '-CAfile', file, file)).toContain(': OK');
    expect(openssl('x509', '-in', file, '-noout', '-subject')).toMatch(/subject=CN ?= ?WebRTC/);
  });

  const MAKE: readonly (readonly [string, KeyType, readonly string[]])[] = [
    ['P-256', 'ecdsa-p256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['P-384', 'ecdsa-p384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['Ed25519', 'ed25519', ['-newkey', 'ed25519']],
    ['RSA', 'rsa', ['-newkey', 'rsa:2048']],
  ];

  describe.each(MAKE)('%s, made by openssl', (name, keyType, parameters) => {
    const file = (kind: string): string => `theirs-${name}.${kind}.pem`;
    let own: Certificate;

    beforeAll(() => {
      openssl(
        'req',
        '-x509',
        '-nodes',
        '-subj',
        '/C=CH/CN=theirs',
        '-keyout',
        file('key'),
        '-out',
        file('cert'),
        ...parameters,
      );
      own = Certificate.fromPem({ cert: load(file('cert')), key: load(file('key')) });
    });

    it('is read, with extensions and all', () => {
      expect(own.keyType).toBe(keyType);
      expect(own.x509.subject).toBe('C=CH\nCN=theirs');
      expect(own.pem).toBe(load(file('cert')));
      const line = openssl('x509', '-in', file('cert'), '-noout', '-fingerprint', '-sha256');
      expect(line.trim().split('=')[1]).toBe(own.fingerprint());
    });

    it('is read with its text before the PEM', () => {
      const cert = openssl('x509', '-in', file('cert'), '-text');
      expect(Certificate.fromPem({ cert, key: load(file('key')) }).der).toEqual(own.der);
    });

    it.each(['aes-256-cbc', 'des-ede3-cbc'])('the key is read as PKCS#8 encrypted with %s', (cipher) => {
      openssl(
        'pkcs8',
        '-topk8',
        '-in',
        file('key'),
        '-v2',
        cipher,
        '-passout',
        'pass:secret',
        '-out',
        file(cipher),
      );
      const key = load(file(cipher));
      expect(key).toContain('ENCRYPTED');
      const cert = own.pem;
      expect(Certificate.fromPem({ cert, key, passphrase: 'secret' }).privateKeyPem).toBe(own.privateKeyPem);
      for (const passphrase of [undefined, 'wrong', ''])
        expect(() => Certificate.fromPem({ cert, key, passphrase })).toThrow(/passphrase/);
    });

    it.runIf(keyType !== 'ed25519')('the key is read in its traditional form, plain and encrypted', () => {
      const label = keyType === 'rsa' ? 'RSA' : 'EC';
      const command = keyType === 'rsa' ? ['rsa', '-traditional'] : ['ec'];
      const plain = openssl(...command, '-in', file('key'));
      expect(plain).toContain(`BEGIN ${label} PRIVATE KEY`);
      const cert = own.pem;
      expect(Certificate.fromPem({ cert, key: plain }).privateKeyPem).toBe(own.privateKeyPem);

      const key = openssl(...command, '-in', file('key'), '-aes128', '-passout', 'pass:secret');
      expect(key).toContain('Proc-Type: 4,ENCRYPTED');
      expect(Certificate.fromPem({ cert, key, passphrase: 'secret' }).privateKeyPem).toBe(own.privateKeyPem);
      for (const passphrase of [undefined, 'wrong'])
        expect(() => Certificate.fromPem({ cert, key, passphrase })).toThrow(/passphrase/);
    });
  });

  it('reads an EC key that follows its EC PARAMETERS', () => {
    const key = openssl('ecparam', '-name', 'prime256v1', '-genkey');
    expect(key).toContain('EC PARAMETERS');
    const cert = openssl('req', '-x509', '-subj', '/CN=parameters', '-key', save('parameters.key', key));
    expect(Certificate.fromPem({ cert, key }).keyType).toBe('ecdsa-p256');
  });

  it('reads a chain of which openssl signed the leaf', () => {
    const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl(...request, '-x509', '-subj', '/CN=root', '-keyout', 'root.key', '-out', 'root.pem');
    openssl(...request, '-subj', '/CN=leaf', '-keyout', 'leaf.key', '-out', 'leaf.csr');
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-set_serial',
      '7',
      '-out',
      'leaf.pem',
    );
    const chain = Certificate.fromPem({ cert: load('leaf.pem') + load('root.pem'), key: load('leaf.key') });
    expect(chain.chain).toHaveLength(2);
    expect(chain.x509.issuer).toBe('CN=root');
    // Given the wrong way round, the key is not the first certificate's.
    expect(() =>
      Certificate.fromPem({ cert: load('root.pem') + load('leaf.pem'), key: load('leaf.key') }),
    ).toThrow(/does not belong/);
  });

  it.each([
    ['P-521', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521']],
    ['RSA-PSS', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048']],
    [
      'a curve with explicit parameters',
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
    ],
  ])('refuses %s with a sentence', (_, parameters) => {
    openssl(
      'req',
      '-x509',
      '-nodes',
      '-subj',
      '/CN=x',
      '-keyout',
      'odd.key',
      '-out',
      'odd.pem',
      ...parameters,
    );
    expect(() => Certificate.fromPem({ cert: load('odd.pem'), key: load('odd.key') })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });
});
