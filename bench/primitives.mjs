// @ts-check
/**
 * What the primitives of a handshake cost in `node:crypto` on this machine, in microseconds a call: the
 * evidence for the ways that src/crypto/node takes. `node bench/primitives.mjs [--milliseconds N] [--only TEXT]`
 *
 * Whatever reads a key or a certificate gets another one each time, as a handshake does.
 */
import * as crypto from 'node:crypto';
import { parseArgs } from 'node:util';
import { median, table } from './lib/figures.mjs';
import { machine } from './lib/machine.mjs';
import { makeCertificate } from './lib/plain-certificate.mjs';

const BATCHES = 7;
const POOL = 512;

const { values } = parseArgs({
  options: { milliseconds: { type: 'string', default: '300' }, only: { type: 'string', default: '' } },
});

/** @type {string[][]} */
const rows = [];

/**
 * @param {string} name
 * @param {(i: number) => unknown} call `i` counts up
 */
function measure(name, call) {
  if (!name.toLowerCase().includes(values.only.toLowerCase())) return;
  let i = 0;
  for (let start = performance.now(); performance.now() - start < 30; ) call(i++);
  const batchMs = Number(values.milliseconds) / BATCHES;
  const costs = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const first = i;
    const start = performance.now();
    let now = start;
    for (; now - start < batchMs; now = performance.now()) for (let k = 0; k < 8; k++) call(i++);
    costs.push(((now - start) * 1000) / (i - first));
  }
  rows.push([name, median(costs).toFixed(2), Math.min(...costs).toFixed(2)]);
}

/** @param {string} title */
const section = (title) => rows.push([`\n  ${title}`, '', '']);

/**
 * @template T
 * @param {readonly T[]} items
 * @returns {(i: number) => T}
 */
const pick = (items) => (i) => /** @type {T} */ (items[i % items.length]);

/** A key pair whose public half is had as bytes at once, never exported from the fresh key as a JWK. */
function makeP256() {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { spki: publicKey, pkcs8: privateKey };
}

// ---- P-256 keys and signatures ----
const POINT_LENGTH = 65;
const data = crypto.randomBytes(1200);
const p256 = Array.from({ length: POOL }, () => {
  const { spki, pkcs8 } = makeP256();
  const point = spki.subarray(-POINT_LENGTH);
  const privateKey = crypto.createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  return {
    spki,
    pkcs8,
    point,
    jwk,
    pem,
    privateKey,
    publicKey,
    signature: crypto.sign('sha256', data, privateKey),
  };
});
const p256At = pick(p256);

section('ECDSA P-256 with SHA-256, 1,200 bytes');
measure('generateKeyPairSync P-256', () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }));
measure('sign, KeyObject', (i) => crypto.sign('sha256', data, p256At(i).privateKey));
measure('createSign().update().sign(), KeyObject', (i) =>
  crypto.createSign('sha256').update(data).sign(p256At(i).privateKey),
);
measure('verify, KeyObject', (i) => crypto.verify('sha256', data, p256At(i).publicKey, p256At(i).signature));
measure('verify, key given as SPKI DER', (i) =>
  crypto.verify('sha256', data, { key: p256At(i).spki, format: 'der', type: 'spki' }, p256At(i).signature),
);
measure('verify, key given as JWK', (i) =>
  crypto.verify(
    'sha256',
    data,
    /** @type {any} */ ({ key: p256At(i).jwk, format: 'jwk' }),
    p256At(i).signature,
  ),
);

section('Reading a P-256 public key, another each time');
measure('createPublicKey, SPKI DER', (i) =>
  crypto.createPublicKey({ key: p256At(i).spki, format: 'der', type: 'spki' }),
);
measure('createPublicKey, SPKI PEM', (i) => crypto.createPublicKey(p256At(i).pem));
measure('createPublicKey, JWK', (i) => crypto.createPublicKey({ key: p256At(i).jwk, format: 'jwk' }));
measure('createPrivateKey, PKCS #8 DER', (i) =>
  crypto.createPrivateKey({ key: p256At(i).pkcs8, format: 'der', type: 'pkcs8' }),
);

// ---- Certificates: signed with the one key, each with its own public key, so each is another ----
const certificates = p256.map(makeCertificate);
const certificateAt = pick(certificates);
section('Reading a certificate, another each time');
measure('X509Certificate, DER', (i) => new crypto.X509Certificate(certificateAt(i)));
measure(
  'X509Certificate, DER, then .publicKey',
  (i) => new crypto.X509Certificate(certificateAt(i)).publicKey,
);
measure('SHA-256 of it', (i) => crypto.createHash('sha256').update(certificateAt(i)).digest());

// What a handshake pays is reading a key and its first use; the first use hides a part of the reading.
section('Reading a P-256 public key and verifying once with it');
measure('SPKI DER, verify', (i) => {
  const key = crypto.createPublicKey({ key: p256At(i).spki, format: 'der', type: 'spki' });
  return crypto.verify('sha256', data, key, p256At(i).signature);
});
measure('JWK, verify', (i) => {
  const key = crypto.createPublicKey({ key: p256At(i).jwk, format: 'jwk' });
  return crypto.verify('sha256', data, key, p256At(i).signature);
});
measure('X509Certificate, .publicKey, verify', (i) => {
  const key = new crypto.X509Certificate(certificateAt(i)).publicKey;
  return crypto.verify('sha256', data, key, p256At(i).signature);
});

// ---- X25519 ----
const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const X25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const x25519 = Array.from({ length: POOL }, () => {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const raw = publicKey.subarray(-32);
  return {
    spki: publicKey,
    pkcs8: privateKey,
    jwk: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') },
    publicKey: crypto.createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
    privateKey: crypto.createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
  };
});
const x25519At = pick(x25519);
const basePoint = crypto.createPublicKey({
  key: Buffer.concat([X25519_SPKI_PREFIX, Buffer.from([9, ...new Uint8Array(31)])]),
  format: 'der',
  type: 'spki',
});
section('X25519');
measure('generateKeyPairSync, KeyObjects', () => crypto.generateKeyPairSync('x25519'));
measure('generateKeyPairSync, public half exported as SPKI', () =>
  crypto.generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' }),
);
measure('generateKeyPairSync with publicKeyEncoding SPKI', () =>
  crypto.generateKeyPairSync(
    'x25519',
    /** @type {any} */ ({ publicKeyEncoding: { type: 'spki', format: 'der' } }),
  ),
);
measure('private key from 32 random bytes as PKCS #8', () =>
  crypto.createPrivateKey({
    key: Buffer.concat([X25519_PKCS8_PREFIX, crypto.randomBytes(32)]),
    format: 'der',
    type: 'pkcs8',
  }),
);
measure('private key from 32 random bytes as JWK (its x is ignored)', (i) =>
  crypto.createPrivateKey({
    key: { ...x25519At(i).jwk, d: crypto.randomBytes(32).toString('base64url') },
    format: 'jwk',
  }),
);
measure('public bytes by agreement with the base point', (i) =>
  crypto.diffieHellman({ privateKey: x25519At(i).privateKey, publicKey: basePoint }),
);
measure('key pair: generateKeyPairSync, public bytes by the base point', () =>
  crypto.diffieHellman({ privateKey: crypto.generateKeyPairSync('x25519').privateKey, publicKey: basePoint }),
);
measure('key pair: private JWK of random bytes, public bytes by its JWK export', (i) =>
  crypto
    .createPrivateKey({
      key: { ...x25519At(i).jwk, d: crypto.randomBytes(32).toString('base64url') },
      format: 'jwk',
    })
    .export({ format: 'jwk' }),
);
measure('diffieHellman, KeyObjects', (i) =>
  crypto.diffieHellman({ privateKey: x25519At(i).privateKey, publicKey: x25519At(i + 1).publicKey }),
);
measure('createPublicKey, SPKI DER', (i) =>
  crypto.createPublicKey({ key: x25519At(i).spki, format: 'der', type: 'spki' }),
);
measure('createPublicKey, JWK', (i) => crypto.createPublicKey({ key: x25519At(i).jwk, format: 'jwk' }));

section('P-256 key agreement');
measure('createECDH().generateKeys()', () => crypto.createECDH('prime256v1').generateKeys());
const ecdh = crypto.createECDH('prime256v1');
ecdh.generateKeys();
measure('computeSecret, uncompressed point', (i) => ecdh.computeSecret(p256At(i).point));

// ---- Hashes, HMAC, PRF ----
const hmacKey = crypto.randomBytes(48);
const hmacKeyObject = crypto.createSecretKey(hmacKey);
const seed = crypto.randomBytes(96);
const block = crypto.randomBytes(64 + 96);
const hash = /** @type {((name: string, data: Uint8Array, encoding: string) => unknown) | undefined} */ (
  /** @type {any} */ (crypto).hash
);
section('SHA-256 and HMAC-SHA-256');
measure('createHash, 160 bytes', () => crypto.createHash('sha256').update(block).digest());
if (hash !== undefined) measure('hash() in one call, 160 bytes', () => hash('sha256', block, 'buffer'));
const running = crypto.createHash('sha256').update(data);
measure('Hash.copy().digest()', () => running.copy().digest());
measure('createHmac, 48-byte key, 96 bytes', () =>
  crypto.createHmac('sha256', hmacKey).update(seed).digest(),
);
measure('createHmac, key as KeyObject, 96 bytes', () =>
  crypto.createHmac('sha256', hmacKeyObject).update(seed).digest(),
);
if (hash !== undefined) {
  measure('HMAC out of two hash() calls, 96 bytes', () => {
    const inner = /** @type {Buffer} */ (hash('sha256', block, 'buffer'));
    const outer = Buffer.allocUnsafe(96);
    outer.set(inner, 64);
    return hash('sha256', outer, 'buffer');
  });
}
measure('hkdfSync, 32 bytes out', () => crypto.hkdfSync('sha256', hmacKey, seed, seed, 32));

// ---- AES-128-GCM ----
const aesKey = crypto.randomBytes(16);
const aesKeyObject = crypto.createSecretKey(aesKey);
const nonce = crypto.randomBytes(12);
const aad = crypto.randomBytes(13);
const plaintext = crypto.randomBytes(24);
/** @param {crypto.CipherKey} key */
function seal(key) {
  const cipher = crypto.createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(aad);
  const body = cipher.update(plaintext);
  cipher.final();
  return [body, cipher.getAuthTag()];
}
const [body = Buffer.alloc(0), tag = Buffer.alloc(0)] = seal(aesKey);
section('AES-128-GCM, a record with Finished (24 bytes)');
measure('seal, key as bytes', () => seal(aesKey));
measure('seal, key as KeyObject', () => seal(aesKeyObject));
measure('open, key as bytes', () => {
  const decipher = crypto.createDecipheriv('aes-128-gcm', aesKey, nonce);
  decipher.setAAD(aad).setAuthTag(tag);
  const opened = decipher.update(body);
  decipher.final();
  return opened;
});

section('Others');
measure('randomBytes(32)', () => crypto.randomBytes(32));
const random = Buffer.alloc(32);
measure('randomFillSync, 32 bytes', () => crypto.randomFillSync(random));
measure('timingSafeEqual, 12 bytes', () => crypto.timingSafeEqual(nonce, nonce));
measure('createSecretKey, 16 bytes', () => crypto.createSecretKey(aesKey));

const { cpu, cores, node, nodeOpenssl } = machine();
process.stdout.write(`${cpu}, ${cores} cores; Node ${node} with OpenSSL ${nodeOpenssl}
Microseconds a call: the median of ${BATCHES} batches, and the fastest batch.

${table([['primitive', 'median', 'fastest'], ...rows])}
`);
