import { Buffer } from 'node:buffer';
import {
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
  type SignKeyObjectInput,
  type VerifyKeyObjectInput,
} from 'node:crypto';
import { promisify } from 'node:util';
import { invalidArgument } from '../../errors/arguments.ts';
import type { HashName, KeyType } from '../../registry/algorithms.ts';
import { canSign, type SignatureSchemeParameters } from '../../registry/signature-schemes.ts';
import type { SigningKey, VerifyKey } from '../provider.ts';
import {
  CURVES,
  type Curve,
  type PublicKeyInfo,
  RSA_MODULUS_MAX,
  RSA_MODULUS_MIN,
  readPublicKeyInfo,
} from '../public-key-info.ts';
import { base64url } from './base64url.ts';
import { digestName } from './digest.ts';

/**
 * Reads a DER SubjectPublicKeyInfo: an uncompressed point on P-256 or P-384, Ed25519, or RSA of 1024 to 8192
 * bits. Undefined for anything else, malformed DER and points off the curve included.
 */
export function importPublicKey(spki: Uint8Array): VerifyKey | undefined {
  const info = readPublicKeyInfo(spki);
  if (info === undefined) return undefined;
  try {
    return new NodeVerifyKey(
      info.keyType,
      publicKeyObject(info),
      info.keyType === 'rsa' ? info.modulusLength : undefined,
    );
  } catch {
    return undefined;
  }
}

/** OpenSSL 3 decodes a SubjectPublicKeyInfo at twice the price of a JWK, and four times that of PKCS#1. */
function publicKeyObject(info: PublicKeyInfo): KeyObject {
  switch (info.keyType) {
    case 'rsa':
      return createPublicKey({ key: Buffer.from(info.pkcs1), format: 'der', type: 'pkcs1' });
    case 'ed25519':
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(info.raw) }, format: 'jwk' });
    default: {
      const { curve, x, y } = info;
      return createPublicKey({
        key: { kty: 'EC', crv: curve.jwk, x: base64url(x), y: base64url(y) },
        format: 'jwk',
      });
    }
  }
}

class NodeVerifyKey implements VerifyKey {
  readonly keyType: KeyType;
  /** Bits of an RSA modulus; undefined for other keys. */
  readonly modulusLength: number | undefined;
  readonly #key: KeyObject;

  constructor(keyType: KeyType, key: KeyObject, modulusLength: number | undefined) {
    this.keyType = keyType;
    this.#key = key;
    this.modulusLength = modulusLength;
  }

  verify(scheme: SignatureSchemeParameters, data: Uint8Array, signature: Uint8Array): boolean {
    if (!canSign(this, scheme)) return false;
    // As long as the modulus (RFC 8017 §8.1.2, §8.2.2): OpenSSL takes one of PSS without the zeros that it begins with.
    if (this.modulusLength !== undefined && signature.length !== Math.ceil(this.modulusLength / 8))
      return false;
    try {
      return nodeVerify(digest(scheme.hash), data, keyInput(scheme, this.#key), signature);
    } catch {
      return false;
    }
  }
}

/** A private key held by OpenSSL. Neither `util.inspect` nor `JSON.stringify` shows anything of it. */
export class NodeSigningKey implements SigningKey {
  readonly keyType: KeyType;
  /** Bits of an RSA modulus; undefined for other keys. */
  readonly modulusLength: number | undefined;
  readonly #key: KeyObject;
  #spki: Uint8Array | undefined;

  /** `key` must not come from `generateKeyPairSync`: exporting such a one can hang Node 20 for ever. */
  constructor(key: KeyObject, keyType: KeyType, spki?: Uint8Array) {
    this.keyType = keyType;
    this.modulusLength = keyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
    this.#key = key;
    this.#spki = spki;
  }

  /** DER SubjectPublicKeyInfo of the public half. */
  get spki(): Uint8Array {
    this.#spki ??= new Uint8Array(createPublicKey(this.#key).export({ format: 'der', type: 'spki' }));
    return this.#spki;
  }

  sign(scheme: SignatureSchemeParameters, data: Uint8Array): Uint8Array {
    if (!canSign(this, scheme))
      throw invalidArgument(`A key of type ${this.keyType} cannot make ${scheme.name} signatures.`);
    return nodeSign(digest(scheme.hash), data, keyInput(scheme, this.#key));
  }

  /** Signs as certificates are signed: RSA with PKCS#1 v1.5, and any hash; none for Ed25519, which has its own. */
  signCertificate(hash: HashName | undefined, data: Uint8Array): Uint8Array {
    return nodeSign(digest(hash), data, this.#key);
  }

  /** The private key as unencrypted PKCS#8 PEM. */
  toPem(): string {
    return this.#key.export({ format: 'pem', type: 'pkcs8' }).toString();
  }

  toJSON(): { keyType: KeyType } {
    return { keyType: this.keyType };
  }
}

function digest(hash: HashName | undefined): string | null {
  return hash === undefined ? null : digestName(hash);
}

function keyInput(
  scheme: SignatureSchemeParameters,
  key: KeyObject,
): KeyObject | (SignKeyObjectInput & VerifyKeyObjectInput) {
  if (scheme.algorithm !== 'rsa-pss') return key;
  // The salt is as long as the digest (RFC 8446 §4.2.3).
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

export interface KeyParameters {
  readonly keyType: KeyType;
  /** Bits of an RSA modulus; not looked at for other keys. */
  readonly modulusLength?: number | undefined;
}

/** Keys come out of the generator as bytes, and are imported again: see the constructor of `NodeSigningKey`. */
const ENCODINGS: ED25519KeyPairOptions<'der', 'der'> = {
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
};

const generateKeyPairAsync = promisify(generateKeyPair);

export function generateSigningKey(parameters: KeyParameters): NodeSigningKey {
  const { keyType, modulusLength = 2048 } = parameters;
  switch (keyType) {
    case 'rsa':
      return fromEncoded(keyType, generateKeyPairSync('rsa', { modulusLength, ...ENCODINGS }));
    case 'ed25519':
      return fromEncoded(keyType, generateKeyPairSync('ed25519', ENCODINGS));
    default:
      return generateOnCurve(keyType === 'ecdsa-p256' ? CURVES[0] : CURVES[1]);
  }
}

/** The same, with the key made off the event loop. */
export async function generateSigningKeyAsync(parameters: KeyParameters): Promise<NodeSigningKey> {
  const { keyType, modulusLength = 2048 } = parameters;
  switch (keyType) {
    case 'rsa':
      return fromEncoded(keyType, await generateKeyPairAsync('rsa', { modulusLength, ...ENCODINGS }));
    case 'ed25519':
      return fromEncoded(keyType, await generateKeyPairAsync('ed25519', ENCODINGS));
    default: {
      const namedCurve = keyType === 'ecdsa-p256' ? CURVES[0].openssl : CURVES[1].openssl;
      return fromEncoded(keyType, await generateKeyPairAsync('ec', { namedCurve, ...ENCODINGS }));
    }
  }
}

function fromEncoded(keyType: KeyType, pair: { publicKey: Buffer; privateKey: Buffer }): NodeSigningKey {
  const key = createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' });
  pair.privateKey.fill(0);
  return new NodeSigningKey(key, keyType, new Uint8Array(pair.publicKey));
}

function generateOnCurve(curve: Curve): NodeSigningKey {
  const ecdh = createECDH(curve.openssl);
  const point = ecdh.generateKeys();
  const x = point.subarray(1, 1 + curve.size);
  const y = point.subarray(1 + curve.size);
  // OpenSSL gives the private number without its leading zeros; a JWK has them (RFC 7518 §6.2.2.1).
  const d = Buffer.alloc(curve.size);
  const short = ecdh.getPrivateKey();
  d.set(short, curve.size - short.length);
  const jwk = { kty: 'EC', crv: curve.jwk, x: base64url(x), y: base64url(y), d: base64url(d) };
  d.fill(0);
  short.fill(0);
  const spki = new Uint8Array(curve.spkiPrefix.length + 2 * curve.size);
  spki.set(curve.spkiPrefix);
  spki.set(point.subarray(1), curve.spkiPrefix.length);
  return new NodeSigningKey(createPrivateKey({ key: jwk, format: 'jwk' }), curve.keyType, spki);
}

/**
 * Reads a private key in PEM: PKCS#8, encrypted or not, or the traditional EC and RSA forms.
 *
 * @throws ERR_INVALID_ARG_VALUE when it is no such key, is of a kind not taken here, or does not decrypt.
 */
export function importPrivateKeyPem(pem: string, passphrase?: string | Uint8Array): NodeSigningKey {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(pem);
  if (encrypted && passphrase === undefined) {
    throw invalidArgument('The private key is encrypted; give its "passphrase".');
  }
  const secret = typeof passphrase === 'string' ? passphrase : Buffer.from(passphrase ?? []);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase: secret } : {}) });
  } catch {
    // The cause is left out: OpenSSL's words are about its decoders, and may follow what the key holds.
    throw invalidArgument(
      encrypted
        ? 'The private key could not be decrypted: the "passphrase" is wrong, or the key is damaged.'
        : 'The "options.key" property must be a private key in PEM: PKCS#8, or the traditional EC and RSA forms.',
    );
  }
  const keyType = privateKeyType(key);
  if (keyType === undefined) {
    throw invalidArgument(
      `The private key must be ECDSA on P-256 or P-384, Ed25519, or RSA of ${RSA_MODULUS_MIN} to ${RSA_MODULUS_MAX} bits; ` +
        `this one is ${describeKey(key)}.`,
    );
  }
  return new NodeSigningKey(key, keyType);
}

function privateKeyType(key: KeyObject): KeyType | undefined {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec':
      return CURVES.find((curve) => curve.openssl === namedCurve)?.keyType;
    case 'ed25519':
      return 'ed25519';
    case 'rsa':
      return modulusLength >= RSA_MODULUS_MIN && modulusLength <= RSA_MODULUS_MAX ? 'rsa' : undefined;
    default:
      return undefined;
  }
}

function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const detail = namedCurve ?? (modulusLength === undefined ? undefined : `${modulusLength} bits`);
  return detail === undefined ? `${key.asymmetricKeyType}` : `${key.asymmetricKeyType} (${detail})`;
}
