import { fromHex, sameBytes } from '../bytes/bytes.ts';
import { DerReader, DerTag } from '../bytes/der-reader.ts';
import type { KeyType } from '../registry/algorithms.ts';

/** Sizes of RSA moduli that are taken, in bits; above, a signature costs the one who checks it too much. */
export const RSA_MODULUS_MIN = 1024;
export const RSA_MODULUS_MAX = 8192;

export interface Curve {
  readonly keyType: 'ecdsa-p256' | 'ecdsa-p384';
  /** The name that OpenSSL gives it. */
  readonly openssl: string;
  readonly jwk: string;
  /** Bytes of a coordinate. */
  readonly size: number;
  /** SubjectPublicKeyInfo up to the coordinates: id-ecPublicKey, the curve, an uncompressed point (RFC 5480 §2). */
  readonly spkiPrefix: Uint8Array;
}

export const CURVES: readonly [Curve, Curve] = [
  {
    keyType: 'ecdsa-p256',
    openssl: 'prime256v1',
    jwk: 'P-256',
    size: 32,
    spkiPrefix: fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004'),
  },
  {
    keyType: 'ecdsa-p384',
    openssl: 'secp384r1',
    jwk: 'P-384',
    size: 48,
    spkiPrefix: fromHex('3076301006072a8648ce3d020106052b8104002203620004'),
  },
];

/** SubjectPublicKeyInfo up to the 32 bytes of an Ed25519 key (RFC 8410 §4). */
const ED25519_SPKI_PREFIX: Uint8Array = fromHex('302a300506032b6570032100');
/** AlgorithmIdentifier content of rsaEncryption with its NULL (RFC 3279 §2.3.1). */
const RSA_ALGORITHM: Uint8Array = fromHex('06092a864886f70d0101010500');

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && sameBytes(bytes.subarray(0, prefix.length), prefix);
}

/** What a SubjectPublicKeyInfo says, before any of it is given to OpenSSL. */
export type PublicKeyInfo =
  | {
      readonly keyType: 'ecdsa-p256' | 'ecdsa-p384';
      readonly curve: Curve;
      readonly x: Uint8Array;
      readonly y: Uint8Array;
    }
  | { readonly keyType: 'ed25519'; readonly raw: Uint8Array }
  | { readonly keyType: 'rsa'; readonly pkcs1: Uint8Array; readonly modulusLength: number };

/**
 * The y coordinates of the points of small order on edwards25519, in all encodings; the bit of x's sign does not
 * matter. Under such a key, which nobody's private key belongs to, one signature fits many messages.
 */
const SMALL_ORDER: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

function isSmallOrder(raw: Uint8Array): boolean {
  const y = Uint8Array.from(raw);
  y[31] = (y[31] ?? 0) & 0x7f;
  return SMALL_ORDER.some((point) => sameBytes(point, y));
}

/** Takes the forms apart that this library knows; undefined for any other bytes. Never throws. */
export function readPublicKeyInfo(spki: Uint8Array): PublicKeyInfo | undefined {
  for (const curve of CURVES) {
    const at = curve.spkiPrefix.length;
    if (spki.length !== at + 2 * curve.size || !startsWith(spki, curve.spkiPrefix)) continue;
    const x = spki.subarray(at, at + curve.size);
    return { keyType: curve.keyType, curve, x, y: spki.subarray(at + curve.size) };
  }
  if (spki.length === ED25519_SPKI_PREFIX.length + 32 && startsWith(spki, ED25519_SPKI_PREFIX)) {
    const raw = spki.subarray(ED25519_SPKI_PREFIX.length);
    return isSmallOrder(raw) ? undefined : { keyType: 'ed25519', raw };
  }
  return readRsaPublicKeyInfo(spki);
}

/**
 * ```asn1
 * SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }  -- RFC 5280 §4.1
 * RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }                             -- RFC 8017 §A.1.1
 * ```
 */
function readRsaPublicKeyInfo(spki: Uint8Array): PublicKeyInfo | undefined {
  const outer = new DerReader(spki);
  const info = new DerReader(outer.read(DerTag.SEQUENCE));
  const algorithm = info.read(DerTag.SEQUENCE);
  const bits = info.read(DerTag.BIT_STRING);
  if (!outer.finished || !info.finished || !sameBytes(algorithm, RSA_ALGORITHM) || bits[0] !== 0)
    return undefined;

  const pkcs1 = bits.subarray(1);
  const key = new DerReader(pkcs1);
  const numbers = new DerReader(key.read(DerTag.SEQUENCE));
  const modulus = positiveInteger(numbers.read(DerTag.INTEGER));
  const exponent = positiveInteger(numbers.read(DerTag.INTEGER));
  if (!key.finished || !numbers.finished || modulus === undefined || exponent === undefined) return undefined;

  const modulusLength = bitLength(modulus);
  if (modulusLength < RSA_MODULUS_MIN || modulusLength > RSA_MODULUS_MAX || !isOdd(modulus)) return undefined;
  // 3 to 2^33 - 1, odd: larger exponents have no use but to make whoever checks the signature work.
  if (bitLength(exponent) < 2 || bitLength(exponent) > 33 || !isOdd(exponent)) return undefined;
  return { keyType: 'rsa', pkcs1, modulusLength };
}

/** The magnitude of a positive DER INTEGER in its shortest form (X.690 §8.3.2), without a sign byte. */
function positiveInteger(content: Uint8Array): Uint8Array | undefined {
  const first = content[0];
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0) return content;
  const second = content[1];
  return second !== undefined && second >= 0x80 ? content.subarray(1) : undefined;
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - (Math.clz32(magnitude[0] ?? 0) - 24);
}

function isOdd(magnitude: Uint8Array): boolean {
  return ((magnitude.at(-1) ?? 0) & 1) === 1;
}

/** The kind of a SubjectPublicKeyInfo, undefined when this library does not take it. Imports nothing, never throws. */
export function publicKeyType(spki: Uint8Array): KeyType | undefined {
  return readPublicKeyInfo(spki)?.keyType;
}
