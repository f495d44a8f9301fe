import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_LENGTH, type HashName } from '../registry/algorithms.ts';
import {
  certificateFingerprint,
  type Fingerprint,
  formatFingerprint,
  matchFingerprints,
  normalizeFingerprint,
  parseFingerprint,
} from './fingerprint.ts';

const HASHES = Object.keys(HASH_LENGTH) as HashName[];
const der = new Uint8Array([1, 2, 3, 4, 5]);

function right(algorithm: HashName): Fingerprint {
  return { algorithm, value: certificateFingerprint(der, algorithm) };
}

function wrong(algorithm: HashName, seed = 0): Fingerprint {
  return { algorithm, value: certificateFingerprint(Uint8Array.of(9, seed), algorithm) };
}

describe('certificateFingerprint()', () => {
  it.each(HASHES)('is upper-case hex pairs joined by colons, by %s', (algorithm) => {
    const digest = createHash(algorithm.replace('-', '')).update(der).digest('hex').toUpperCase();
    expect(certificateFingerprint(der, algorithm)).toBe(digest.match(/../g)?.join(':'));
  });

  it('refuses a hash it does not know', () => {
    for (const name of ['md5', 'SHA-256', 'sha256', 'toString', ''])
      expect(() => certificateFingerprint(der, name as HashName)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
      );
  });
});

describe('parseFingerprint()', () => {
  const { value } = right('sha-256');

  it.each([
    `sha-256 ${value}`,
    `SHA-256 ${value.toLowerCase()}`,
    `  sha-256   ${value} \r\n`,
    `a=fingerprint:sha-256 ${value}`,
    `A=Fingerprint:Sha-256 ${value}\r\n`,
    `fingerprint:sha-256 ${value}`,
    `a=fingerprint: sha-256 ${value}`,
  ])('reads %j', (text) => {
    expect(parseFingerprint(text)).toEqual({ algorithm: 'sha-256', value });
  });

  it('lets an unknown hash through', () => {
    expect(parseFingerprint('SHA3-256 ab:cd')).toEqual({ algorithm: 'sha3-256', value: 'AB:CD' });
  });

  it.each(['md5', 'MD5', 'md2'])('refuses %s and says why', (name) => {
    expect(() => parseFingerprint(`${name} ${'00:'.repeat(15)}00`)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('refused') }),
    );
  });

  it.each([
    '',
    'sha-256',
    value,
    `sha-256 ${value} more`,
    `sha-256 ${value}:`,
    `sha-256 :${value}`,
    `sha-256 ${value.replaceAll(':', '')}`,
    `sha-256 ${value.replaceAll(':', '-')}`,
    `sha-256 ${value.replace(/^../, 'GG')}`,
    `b=fingerprint:sha-256 ${value}`,
    `a=setup:active`,
    `sha-256\n${value}`,
  ])('refuses %j', (text) => {
    expect(() => parseFingerprint(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
  });

  it.each(HASHES)('refuses a digest of the wrong length for %s', (algorithm) => {
    const { value: whole } = right(algorithm);
    for (const text of [whole.slice(3), `${whole}:00`])
      expect(() => parseFingerprint(`${algorithm} ${text}`)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('bytes') }),
      );
  });

  it('refuses what is no string', () => {
    for (const value of [undefined, null, 1, {}])
      expect(() => parseFingerprint(value as unknown as string)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
      );
  });

  it('throws nothing but coded errors on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseFingerprint(text);
        } catch (error) {
          expect(error).toHaveProperty('code', 'ERR_INVALID_ARG_VALUE');
        }
      }),
    );
  });

  it('reads what formatFingerprint() writes', () => {
    for (const algorithm of HASHES)
      expect(parseFingerprint(formatFingerprint(right(algorithm)))).toEqual(right(algorithm));
  });
});

describe('normalizeFingerprint()', () => {
  it('takes a line or the W3C shape in either case', () => {
    const { algorithm, value } = right('sha-256');
    expect(normalizeFingerprint(`sha-256 ${value}`)).toEqual({ algorithm, value });
    expect(normalizeFingerprint({ algorithm: 'SHA-256', value: value.toLowerCase() })).toEqual({
      algorithm,
      value,
    });
  });

  it('refuses other things with a code', () => {
    for (const thing of [null, undefined, 3, {}, { algorithm: 'sha-256' }, { algorithm: 1, value: 'AB' }])
      expect(() => normalizeFingerprint(thing as Fingerprint)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
      );
    for (const thing of [
      { algorithm: '', value: 'AB' },
      { algorithm: 'sha 256', value: 'AB' },
      { algorithm: 'sha-256', value: '' },
      { algorithm: 'sha-256', value: 'AB' },
      { algorithm: 'md5', value: 'AB' },
    ])
      expect(() => normalizeFingerprint(thing)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
      );
  });
});

describe('matchFingerprints()', () => {
  it.each(HASHES)('%s: a match', (algorithm) => {
    const fingerprint = right(algorithm);
    expect(matchFingerprints(der, [fingerprint])).toEqual({
      matched: true,
      algorithm,
      actual: fingerprint.value,
      expected: [fingerprint.value],
    });
  });

  it.each(HASHES)('%s: a mismatch, with what was found and what was expected', (algorithm) => {
    expect(matchFingerprints(der, [wrong(algorithm)])).toEqual({
      matched: false,
      algorithm,
      actual: right(algorithm).value,
      expected: [wrong(algorithm).value],
    });
  });

  it.each(HASHES)('%s: several of one hash with one match, in any place', (algorithm) => {
    const others = [wrong(algorithm, 1), wrong(algorithm, 2)];
    for (let at = 0; at <= others.length; at++)
      expect(matchFingerprints(der, others.toSpliced(at, 0, right(algorithm))).matched).toBe(true);
    expect(matchFingerprints(der, others).matched).toBe(false);
  });

  it('counts the most preferred hash only: a match of a weaker one beside a mismatch is none', () => {
    for (const [weak, weaker] of HASHES.entries())
      for (const stronger of HASHES.slice(weak + 1)) {
        for (const list of [
          [right(weaker), wrong(stronger)],
          [wrong(stronger), right(weaker)],
        ]) {
          const match = matchFingerprints(der, list);
          expect(match).toMatchObject({
            matched: false,
            algorithm: stronger,
            expected: [wrong(stronger).value],
          });
        }
        expect(matchFingerprints(der, [wrong(weaker), right(stronger)]).matched).toBe(true);
      }
  });

  it('does not match by unknown hashes alone', () => {
    const unknown = parseFingerprint(`sha3-256 ${right('sha-256').value}`);
    expect(matchFingerprints(der, [unknown])).toEqual({
      matched: false,
      algorithm: undefined,
      actual: undefined,
      expected: [],
    });
    expect(matchFingerprints(der, [unknown, right('sha-256')]).matched).toBe(true);
  });

  it('does not match an empty list', () => {
    expect(matchFingerprints(der, []).matched).toBe(false);
  });

  it('compares names and digits without case', () => {
    const { value } = right('sha-384');
    expect(matchFingerprints(der, [{ algorithm: 'SHA-384', value: value.toLowerCase() }]).matched).toBe(true);
  });
});
