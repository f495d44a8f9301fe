import type { Certificate } from '../certificate/certificate.ts';
import { type CertificateOptions, createCertificateOfAnySize } from '../certificate/create.ts';
import type { HashName } from '../registry/algorithms.ts';
import { readText, writeText } from './c-text.ts';
import { type dtlslib_hash_type, hashName } from './constants.ts';
import { type Handle, Handles } from './handles.ts';
import { describeError, reportError, warn } from './log.ts';

/** `dtlslib_cert*`: a certificate with its private key. */
export type dtlslib_cert = Handle<'dtlslib_cert'>;

/** What a `dtlslib_cert` stands for. */
export interface OwnCertificate {
  readonly certificate: Certificate;
  /** The `ht` it was made with, which is also the hash of its fingerprint. */
  readonly hash: HashName;
}

export const certificates: Handles<'dtlslib_cert', OwnCertificate> = new Handles('dtlslib_cert');

/** Under this an RSA key can be broken by the well equipped. */
const STRONG_RSA_BITS = 2048;
const MAX_INT = 0x7fffffff;

/**
 * Makes a key pair and a self-signed certificate for it (Prosody DTLS library, `dtlslib_create_cert`).
 *
 * - `ht`: the hash of the certificate's signature, and of `dtlslib_get_cert_fingerprint`.
 * - `bits`: the RSA modulus, 1024 to 8192; under 2048 a warning is logged. 256 and 384 make ECDSA keys on P-256
 *   and P-384, which are made much faster and give a shorter handshake.
 * - `serial`: 1 to 2^31 - 1; 0 takes a random one. Two certificates of one name need two serial numbers:
 *   Firefox refuses the second otherwise.
 * - `lifetime_seconds`: from now, at least 1.
 * - `country`: two letters; `common_name`: 1 to 64 characters; strings, or zero-terminated bytes in UTF-8; NULL
 *   or empty for none.
 *
 * Gives a new certificate; null when an argument is none of these. An RSA key takes a while to make, and the
 * program stands still for it.
 */
export function dtlslib_create_cert(
  ht: dtlslib_hash_type,
  bits: number,
  serial: number,
  lifetime_seconds: number,
  country: string | Uint8Array | null,
  common_name: string | Uint8Array | null,
): dtlslib_cert | null {
  const hash = hashName(ht);
  const key = keyOptions(bits);
  if (hash === undefined) {
    reportError(`dtlslib_create_cert: ${String(ht)} is no dtlslib_hash_type`);
  } else if (key === undefined) {
    reportError(`dtlslib_create_cert: bits must be 256, 384, or 1024 to 8192; not ${String(bits)}`);
  } else if (!Number.isInteger(serial) || serial < 0 || serial > MAX_INT) {
    reportError(`dtlslib_create_cert: serial must be an integer from 0 to 2^31 - 1; not ${String(serial)}`);
  } else {
    return create(hash, {
      ...key,
      hash,
      serialNumber: serial === 0 ? undefined : serial,
      lifetimeSeconds: lifetime_seconds,
      country: readText(country),
      commonName: readText(common_name),
    });
  }
  return null;
}

/**
 * Writes the fingerprint of a certificate and a zero into `dest`: upper-case hexadecimal pairs joined by
 * colons, over the whole DER certificate, without the name of the hash (Prosody DTLS library,
 * `dtlslib_get_cert_fingerprint`). The hash is the `ht` that the certificate was made with; in SDP its name goes
 * before: `a=fingerprint:sha-256 AB:CD:…` (RFC 8122 §5). The text has 59, 83, 95, 143 or 191 bytes for sha-1 to
 * sha-512, the zero not counted.
 *
 * Gives the length of the text; 0 when `dest_len` has no room for it and the zero (nothing is written); -1 when
 * `c` is NULL or was freed, or `dest` is NULL.
 */
export function dtlslib_get_cert_fingerprint(
  c: dtlslib_cert | null,
  dest: Uint8Array | null,
  dest_len: number,
): number {
  const own = certificates.find(c);
  if (own === undefined) {
    reportError(`dtlslib_get_cert_fingerprint: ${certificates.complaint(c)}`);
    return -1;
  }
  return writeText('dtlslib_get_cert_fingerprint', own.certificate.fingerprint(own.hash), dest, dest_len);
}

/**
 * Frees a certificate (Prosody DTLS library, `dtlslib_free_cert`). A session made with it goes on. NULL, or what
 * was freed before, is passed over.
 */
export function dtlslib_free_cert(c: dtlslib_cert | null): void {
  certificates.release(c);
}

function keyOptions(bits: unknown): Pick<CertificateOptions, 'keyType' | 'modulusLength'> | undefined {
  if (bits === 256) return { keyType: 'ecdsa-p256' };
  if (bits === 384) return { keyType: 'ecdsa-p384' };
  const isModulus = typeof bits === 'number' && Number.isInteger(bits) && bits >= 1024 && bits <= 8192;
  return isModulus ? { keyType: 'rsa', modulusLength: bits } : undefined;
}

function create(hash: HashName, options: CertificateOptions): dtlslib_cert | null {
  if (options.modulusLength !== undefined && options.modulusLength < STRONG_RSA_BITS) {
    warn(`dtlslib_create_cert: an RSA key of ${options.modulusLength} bits is weak; use 2048 or more`);
  }
  try {
    return certificates.create({ certificate: createCertificateOfAnySize(options), hash });
  } catch (error) {
    reportError(`dtlslib_create_cert: ${describeError(error)}`);
    return null;
  }
}
