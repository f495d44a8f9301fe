import { Buffer } from 'node:buffer';
import { equal, hash } from '../crypto/node/digest.ts';
import { describe, invalidArgument, invalidType, invalidValue } from '../errors/arguments.ts';
import { HASH_LENGTH, type HashName } from '../registry/algorithms.ts';

/** A certificate's fingerprint in the shape of W3C's RTCDtlsFingerprint. */
export interface Fingerprint {
  /** Name of the hash in lower case, such as `sha-256`. */
  readonly algorithm: string;
  /** Hex pairs in upper case, joined by colons. */
  readonly value: string;
}

/** Most preferred first (RFC 8122 §5.1: the strongest that both know). */
const PREFERENCE: readonly HashName[] = ['sha-512', 'sha-384', 'sha-256', 'sha-224', 'sha-1'];

/** Broken so far that a second certificate of the same fingerprint can be made (RFC 8122 §5). */
const REFUSED: readonly string[] = ['md5', 'md2'];

/** `a=fingerprint:` SP-separated hash-func, a token of RFC 4566 §9, and fingerprint, hex pairs (RFC 8122 §5). */
const LINE = /^(?:a=)?(?:fingerprint:)?[ \t]*([!#$%&'*+.^_`{|}~0-9A-Za-z-]+)[ \t]+([^ \t]+)$/i;
/** `:00` to `:FF`. */
const HEX_PAIR: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `:${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);
const DIGITS = /^[0-9A-F]{2}(?::[0-9A-F]{2})*$/;

export function isHashName(name: unknown): name is HashName {
  return typeof name === 'string' && Object.hasOwn(HASH_LENGTH, name);
}

/** The fingerprint over a whole DER certificate: hex pairs in upper case, joined by colons. */
export function certificateFingerprint(der: Uint8Array, algorithm: HashName = 'sha-256'): string {
  if (!isHashName(algorithm))
    throw invalidValue('hash', `one of ${Object.keys(HASH_LENGTH).join(', ')}`, algorithm);
  return hexPairs(hash(algorithm, der));
}

/** Every handshake formats one: a loop over a table costs a third of a regular expression. */
function hexPairs(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX_PAIR[byte];
  return text.slice(1);
}

/**
 * Reads `sha-256 AB:CD:…`, or the whole SDP attribute `a=fingerprint:sha-256 AB:CD:…`. Names and digits may be
 * in either case. A hash that is not known here is let through, for a description may offer it beside another
 * one; it never matches.
 *
 * @throws ERR_INVALID_ARG_TYPE for what is no string, ERR_INVALID_ARG_VALUE for text that is no fingerprint,
 * for a digest of the wrong length, and for md5 and md2.
 */
export function parseFingerprint(text: string): Fingerprint {
  if (typeof text !== 'string') throw invalidType('fingerprint', 'a string', text);
  const [, algorithm, value] = LINE.exec(text.trim()) ?? [];
  if (algorithm === undefined || value === undefined) {
    throw invalidValue(
      'fingerprint',
      'a hash name, a space, and hex pairs joined by colons ("sha-256 AB:CD:…")',
      text,
    );
  }
  return checked(algorithm, value);
}

/** A fingerprint in either form, checked, with the name in lower case and the digits in upper case. */
export function normalizeFingerprint(fingerprint: string | Fingerprint): Fingerprint {
  if (typeof fingerprint === 'string') return parseFingerprint(fingerprint);
  if (typeof fingerprint !== 'object' || fingerprint === null) {
    throw invalidType('fingerprint', 'a string or an object { algorithm, value }', fingerprint);
  }
  const { algorithm, value } = fingerprint;
  if (typeof algorithm !== 'string') throw invalidType('fingerprint.algorithm', 'a string', algorithm);
  if (typeof value !== 'string') throw invalidType('fingerprint.value', 'a string', value);
  return checked(algorithm.trim(), value.trim());
}

/** As it stands in SDP after `a=fingerprint:`. */
export function formatFingerprint(fingerprint: Fingerprint): string {
  return `${fingerprint.algorithm} ${fingerprint.value}`;
}

function checked(algorithmText: string, valueText: string): Fingerprint {
  const algorithm = algorithmText.toLowerCase();
  const value = valueText.toUpperCase();
  if (REFUSED.includes(algorithm)) {
    throw invalidArgument(
      `A fingerprint by ${algorithm} is refused: two certificates of one ${algorithm} digest can be made at will, ` +
        'so that it proves nothing; use sha-256.',
    );
  }
  if (algorithm === '' || /\s/.test(algorithm)) {
    throw invalidValue('fingerprint', 'named by a hash such as sha-256', algorithmText);
  }
  if (!DIGITS.test(value)) {
    throw invalidArgument(
      `A fingerprint is hex pairs joined by colons ("AB:CD:…"); received ${describe(valueText)}.`,
    );
  }
  const length = (value.length + 1) / 3;
  if (isHashName(algorithm) && length !== HASH_LENGTH[algorithm]) {
    throw invalidArgument(
      `A ${algorithm} fingerprint has ${HASH_LENGTH[algorithm]} bytes; this one has ${length}.`,
    );
  }
  return { algorithm, value };
}

export interface FingerprintMatch {
  readonly matched: boolean;
  /** The hash that was compared: the most preferred one offered. Undefined when none offered is known here. */
  readonly algorithm: string | undefined;
  /** The certificate's fingerprint by that hash. */
  readonly actual: string | undefined;
  /** The values offered for that hash. */
  readonly expected: readonly string[];
}

/**
 * Compares a DER certificate with the fingerprints from a session description. Only those of the most preferred
 * hash count, and one of them must match (RFC 8122 §5.1): a match of a weaker hash beside it proves less than
 * what the peer said can be proved.
 */
export function matchFingerprints(der: Uint8Array, fingerprints: readonly Fingerprint[]): FingerprintMatch {
  const algorithm = PREFERENCE.find((name) =>
    fingerprints.some((offer) => offer.algorithm.toLowerCase() === name),
  );
  if (algorithm === undefined) return { matched: false, algorithm, actual: undefined, expected: [] };

  const expected = fingerprints
    .filter((offer) => offer.algorithm.toLowerCase() === algorithm)
    .map((offer) => offer.value.toUpperCase());
  const actual = certificateFingerprint(der, algorithm);
  const actualBytes = Buffer.from(actual);
  let matched = false;
  for (const value of expected) matched = equal(Buffer.from(value), actualBytes) || matched;
  return { matched, algorithm, actual, expected };
}
