import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyType } from '../../../src/registry/algorithms.ts';

/** A self-signed certificate that `openssl req` made, on disk for the peer that uses it. */
export interface PeerCertificate {
  readonly keyType: KeyType;
  readonly certFile: string;
  readonly keyFile: string;
  readonly pem: string;
  readonly keyPem: string;
  /** `sha-256 AB:CD:…`, computed by OpenSSL. */
  readonly fingerprint: string;
}

const NEW_KEY: Readonly<Record<KeyType, readonly string[]>> = {
  'ecdsa-p256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ecdsa-p384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['-newkey', 'ed25519'],
  rsa: ['-newkey', 'rsa:2048'],
};

/** What no switch of `openssl` says: a configuration without extended master secret (RFC 7627). */
const WITHOUT_EXTENDED_MASTER_SECRET = `openssl_conf = main
[main]
ssl_conf = tls
[tls]
system_default = options
[options]
Options = -ExtendedMasterSecret
`;

/** Makes certificates on demand, one for each name, in a folder that `dispose` removes. */
export class PeerCertificates {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'dtlslib-interop-'));
  readonly #made: Map<string, Promise<PeerCertificate>> = new Map();

  of(keyType: KeyType, commonName = 'peer'): Promise<PeerCertificate> {
    const name = `${keyType}-${commonName}`;
    let made = this.#made.get(name);
    if (made === undefined) {
      made = this.#make(keyType, name, commonName);
      this.#made.set(name, made);
    }
    return made;
  }

  /** Writes a configuration file and gives its name. */
  withoutExtendedMasterSecret(): string {
    const file = join(this.folder, 'without-extended-master-secret.cnf');
    writeFileSync(file, WITHOUT_EXTENDED_MASTER_SECRET);
    return file;
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #make(keyType: KeyType, name: string, commonName: string): Promise<PeerCertificate> {
    const certFile = join(this.folder, `${name}.cert.pem`);
    const keyFile = join(this.folder, `${name}.key.pem`);
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-nodes', '-days', '30', '-subj', `/CN=${commonName}`],
      ...NEW_KEY[keyType],
      ...['-keyout', keyFile, '-out', certFile],
    ]);
    const pem = readFileSync(certFile, 'utf8');
    return {
      keyType,
      certFile,
      keyFile,
      pem,
      keyPem: readFileSync(keyFile, 'utf8'),
      fingerprint: `sha-256 ${new X509Certificate(pem).fingerprint256}`,
    };
  }
}
