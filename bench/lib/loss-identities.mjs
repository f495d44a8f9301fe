// @ts-check
/** Two P-256 certificates on disk, the same for every stack. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificate } from '../../dist/index.js';
import { temporaryFolder } from './loss-children.mjs';

/** @typedef {{ certFile: string, keyFile: string, fingerprint: string }} Identity */
/** @typedef {{ client: Identity, server: Identity }} Identities */

/**
 * @param {string} folder
 * @param {string} name
 * @returns {Identity}
 */
function makeIdentity(folder, name) {
  const certificate = createCertificate({ keyType: 'ecdsa-p256', commonName: name });
  const [certFile, keyFile] = [join(folder, `${name}.cert.pem`), join(folder, `${name}.key.pem`)];
  writeFileSync(certFile, certificate.pem);
  writeFileSync(keyFile, certificate.privateKeyPem ?? '', { mode: 0o600 });
  return { certFile, keyFile, fingerprint: `sha-256 ${certificate.fingerprint('sha-256')}` };
}

/** @returns {Identities} */
export function makeIdentities() {
  const folder = temporaryFolder();
  return { client: makeIdentity(folder, 'client'), server: makeIdentity(folder, 'server') };
}
