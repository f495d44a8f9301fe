import { randomBytes } from '../crypto/node/digest.ts';
import { generateSigningKey, generateSigningKeyAsync, type NodeSigningKey } from '../crypto/node/keys.ts';
import { RSA_MODULUS_MAX, RSA_MODULUS_MIN } from '../crypto/public-key-info.ts';
import { checkInteger, invalidArgument, invalidType, invalidValue, outOfRange } from '../errors/arguments.ts';
import { HASH_LENGTH, type HashName, type KeyType } from '../registry/algorithms.ts';
import { Certificate } from './certificate.ts';
import { isHashName } from './fingerprint.ts';
import { type CertificateFields, writeCertificate } from './write-certificate.ts';

export interface CertificateOptions {
  /** Default `'ecdsa-p256'`. */
  readonly keyType?: KeyType | undefined;
  /** Bits of an RSA key, 2048 to 4096; default 2048. Other keys do not use it. */
  readonly modulusLength?: number | undefined;
  /** Hash of the certificate's own signature; default `'sha-256'`. Not to be given with Ed25519. */
  readonly hash?: HashName | undefined;
  /** 1 to 2^159 - 1, which is 20 bytes (RFC 5280 §4.1.2.2). Default: 16 random bytes. */
  readonly serialNumber?: number | bigint | undefined;
  /** Seconds from now until it expires; default 30 days. It is valid from a day ago, for peers whose clock is slow. */
  readonly lifetimeSeconds?: number | undefined;
  /** Two letters (ISO 3166); default none. */
  readonly country?: string | undefined;
  /** 1 to 64 characters. Default `WebRTC`, which tells nothing of who owns it, when there is no country either. */
  readonly commonName?: string | undefined;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly wallClock?: (() => number) | undefined;
}

export const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'];
export const DAY_SECONDS = 86_400;
const SERIAL_LIMIT = 2n ** 159n;
/** The last moment that GeneralizedTime can say: 9999-12-31T23:59:59Z. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Makes a key and a self-signed certificate for it. RSA keys take time: hundreds of milliseconds.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE for a wrong option.
 */
export function createCertificate(options: CertificateOptions = {}): Certificate {
  const checked = checkOptions(options, 2048, 4096);
  return certify(generateSigningKey(checked), checked);
}

/** The same with the key made off the event loop. A wrong option rejects the promise. */
export async function createCertificateAsync(options: CertificateOptions = {}): Promise<Certificate> {
  const checked = checkOptions(options, 2048, 4096);
  return certify(await generateSigningKeyAsync(checked), checked);
}

/**
 * `createCertificate` with RSA keys from 1024 to 8192 bits. Not part of the public API: it is for the Prosody
 * functions, whose callers state the bits themselves and are warned about weak ones.
 */
export function createCertificateOfAnySize(options: CertificateOptions = {}): Certificate {
  const checked = checkOptions(options, RSA_MODULUS_MIN, RSA_MODULUS_MAX);
  return certify(generateSigningKey(checked), checked);
}

interface CheckedOptions extends CertificateFields {
  readonly keyType: KeyType;
  readonly modulusLength: number;
}

function certify(key: NodeSigningKey, fields: CertificateFields): Certificate {
  return new Certificate([writeCertificate(key, fields)], key);
}

function checkOptions(options: CertificateOptions, minBits: number, maxBits: number): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
  const { keyType = 'ecdsa-p256', modulusLength = 2048, country, commonName, wallClock = Date.now } = options;
  oneOf('options.keyType', keyType, KEY_TYPES);
  checkInteger('options.modulusLength', modulusLength, minBits, maxBits);
  checkName(country, commonName);
  if (typeof wallClock !== 'function')
    throw invalidType('options.wallClock', 'a function that gives milliseconds', wallClock);
  return {
    keyType,
    modulusLength,
    hash: checkHash(keyType, options.hash),
    serialNumber: checkSerialNumber(options.serialNumber),
    ...checkValidity(wallClock(), options.lifetimeSeconds),
    country,
    commonName: commonName ?? (country === undefined ? 'WebRTC' : undefined),
  };
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  const expected = `one of ${allowed.join(', ')}`;
  if (typeof value !== 'string') throw invalidType(name, expected, value);
  if (!allowed.includes(value)) throw invalidValue(name, expected, value);
}

function checkHash(keyType: KeyType, hash: HashName | undefined): HashName | undefined {
  if (hash === undefined) return keyType === 'ed25519' ? undefined : 'sha-256';
  if (!isHashName(hash)) oneOf('options.hash', hash, Object.keys(HASH_LENGTH));
  if (keyType === 'ed25519') {
    throw invalidArgument(
      'The "options.hash" property is not for Ed25519, which has a hash of its own (RFC 8410); leave it out.',
    );
  }
  return hash;
}

function checkSerialNumber(value: number | bigint | undefined): bigint {
  const expected = 'an integer from 1 to 2^159 - 1, and a bigint above 2^53 - 1';
  if (value === undefined) return randomSerialNumber();
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw invalidType('options.serialNumber', expected, value);
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw outOfRange('options.serialNumber', expected, value);
  const serial = BigInt(value);
  if (serial < 1n || serial >= SERIAL_LIMIT) throw outOfRange('options.serialNumber', expected, value);
  return serial;
}

/** 16 bytes, 126 bits of them random: positive, and always of the same length. */
function randomSerialNumber(): bigint {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.reduce((serial, byte) => (serial << 8n) | BigInt(byte), 0n);
}

function checkValidity(
  now: number,
  lifetimeSeconds: number = 30 * DAY_SECONDS,
): { notBefore: number; notAfter: number } {
  if (!Number.isFinite(now))
    throw invalidType('options.wallClock', 'a function that gives milliseconds since 1970', now);
  const notBefore = now - DAY_SECONDS * 1000;
  if (notBefore < 0 || now > LAST_TIME)
    throw outOfRange('options.wallClock', 'in the years 1970 to 9999', now);
  checkInteger('options.lifetimeSeconds', lifetimeSeconds, 1, Math.floor((LAST_TIME - now) / 1000));
  return { notBefore, notAfter: now + lifetimeSeconds * 1000 };
}

function checkName(country: string | undefined, commonName: string | undefined): void {
  if (country !== undefined) {
    const expected = 'two letters, such as DE';
    if (typeof country !== 'string') throw invalidType('options.country', expected, country);
    if (!/^[A-Za-z]{2}$/.test(country)) throw invalidValue('options.country', expected, country);
  }
  if (commonName !== undefined) {
    // ub-common-name (RFC 5280 §A.1). A NUL would end the name for programs in C.
    const expected = 'a string of 1 to 64 characters, with no NUL and no lone surrogate';
    if (typeof commonName !== 'string') throw invalidType('options.commonName', expected, commonName);
    const length = [...commonName].length;
    if (length < 1 || length > 64 || /[\0\p{Surrogate}]/u.test(commonName)) {
      throw invalidValue('options.commonName', expected, commonName);
    }
  }
}
