import { concat } from '../bytes/bytes.ts';
import { DerTag } from '../bytes/der-reader.ts';
import type { NodeSigningKey } from '../crypto/node/keys.ts';
import type { HashName } from '../registry/algorithms.ts';
import {
  bitString,
  element,
  integer,
  nothing,
  objectIdentifier,
  printableString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

export interface CertificateFields {
  /** Undefined for Ed25519, which hashes by itself. */
  readonly hash: HashName | undefined;
  readonly serialNumber: bigint;
  /** Milliseconds since 1970; certificates count whole seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly country: string | undefined;
  readonly commonName: string | undefined;
}

const ID_COUNTRY_NAME = objectIdentifier('2.5.4.6');
const ID_COMMON_NAME = objectIdentifier('2.5.4.3');

/** RFC 5758 §3.2, and RFC 3279 §2.2.3 for SHA-1: the parameters are absent. */
const ECDSA_WITH: Readonly<Record<HashName, string>> = {
  'sha-1': '1.2.840.10045.4.1',
  'sha-224': '1.2.840.10045.4.3.1',
  'sha-256': '1.2.840.10045.4.3.2',
  'sha-384': '1.2.840.10045.4.3.3',
  'sha-512': '1.2.840.10045.4.3.4',
};

/** RFC 4055 §5, and RFC 3279 §2.2.1 for SHA-1: the parameters are NULL. */
const RSA_WITH: Readonly<Record<HashName, string>> = {
  'sha-1': '1.2.840.113549.1.1.5',
  'sha-224': '1.2.840.113549.1.1.14',
  'sha-256': '1.2.840.113549.1.1.11',
  'sha-384': '1.2.840.113549.1.1.12',
  'sha-512': '1.2.840.113549.1.1.13',
};

/** RFC 8410 §3. */
const ED25519 = '1.3.101.112';

/**
 * Writes a self-signed X.509 v3 certificate (RFC 5280 §4.1) and gives its DER.
 *
 * It has no extensions, like those of the browsers: in DTLS-SRTP the fingerprint alone says whose it is, and
 * there is no authority whose limits extensions could state.
 */
export function writeCertificate(key: NodeSigningKey, fields: CertificateFields): Uint8Array {
  const algorithm = signatureAlgorithm(key, fields.hash);
  const name = distinguishedName(fields);
  const tbsCertificate = sequence(
    element(DerTag.CONTEXT_0, integer(2n)), // v3
    integer(fields.serialNumber),
    algorithm,
    name,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    name,
    key.spki,
  );
  return sequence(tbsCertificate, algorithm, bitString(key.signCertificate(fields.hash, tbsCertificate)));
}

function signatureAlgorithm(key: NodeSigningKey, hash: HashName | undefined): Uint8Array {
  if (hash === undefined) return sequence(objectIdentifier(ED25519));
  if (key.keyType === 'rsa') return sequence(objectIdentifier(RSA_WITH[hash]), nothing());
  return sequence(objectIdentifier(ECDSA_WITH[hash]));
}

/** `Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }` (RFC 5280 §4.1.2.4), the country first. */
function distinguishedName(fields: CertificateFields): Uint8Array {
  const { country, commonName } = fields;
  const parts: Uint8Array[] = [];
  if (country !== undefined) parts.push(set(sequence(ID_COUNTRY_NAME, printableString(country))));
  if (commonName !== undefined) parts.push(set(sequence(ID_COMMON_NAME, utf8String(commonName))));
  return sequence(concat(...parts));
}
