import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Alert } from '../registry/alerts.ts';
import {
  checkBytes,
  checkInteger,
  describe as describeValue,
  invalidArgument,
  invalidState,
  invalidType,
  invalidValue,
  missingArgs,
  outOfRange,
  unavailable,
} from './arguments.ts';
import { ALERTS, DtlsError, type DtlsErrorCode } from './dtls-error.ts';

describe('DtlsError', () => {
  it.each(Object.entries(ALERTS))('%s goes with the alert %s', (code, alert) => {
    const error = new DtlsError(code as DtlsErrorCode, 'A sentence.');
    expect(error).toMatchObject({ code, alert, name: 'DtlsError', message: 'A sentence.' });
    expect(error).toBeInstanceOf(Error);
    expect(error.cause).toBeUndefined();
    if (alert !== undefined) expect(Object.hasOwn(Alert, alert)).toBe(true);
  });

  it('takes another alert and a cause', () => {
    const cause = new Error('why');
    const error = new DtlsError('ERR_DTLS_ALERT_RECEIVED', 'x', { alert: 'access_denied', cause });
    expect(error).toMatchObject({ alert: 'access_denied', cause });
  });
});

describe('errors of the caller', () => {
  it.each<[Error & { code?: string }, string, new () => Error]>([
    [invalidType('mtu', 'a number', 'x'), 'ERR_INVALID_ARG_TYPE', TypeError],
    [invalidValue('role', "'client' or 'server'", 'x'), 'ERR_INVALID_ARG_VALUE', TypeError],
    [outOfRange('mtu', 'an integer from 1 to 2', 3), 'ERR_OUT_OF_RANGE', RangeError],
    [missingArgs('Give it.'), 'ERR_MISSING_ARGS', TypeError],
    [invalidState('Not now.'), 'ERR_INVALID_STATE', Error],
    [unavailable('Not yet.'), 'ERR_FEATURE_UNAVAILABLE', Error],
    [invalidArgument('No.'), 'ERR_INVALID_ARG_VALUE', TypeError],
  ])('%s', (error, code, type) => {
    expect(error).toBeInstanceOf(type);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/\.$/);
  });

  it('words an argument and an option as Node does', () => {
    expect(invalidType('now', 'a number', 'x').message).toBe(
      'The "now" argument must be a number; received "x".',
    );
    expect(outOfRange('options.mtu', 'an integer from 1 to 2', 3).message).toBe(
      'The "options.mtu" property must be an integer from 1 to 2; received 3.',
    );
  });

  it('invalidArgument() keeps the cause', () => {
    const cause = new Error('why');
    expect(invalidArgument('No.', cause).cause).toBe(cause);
    expect(Object.hasOwn(invalidArgument('No.'), 'cause')).toBe(false);
  });

  it('checkInteger() tells the type from the range', () => {
    expect(() => checkInteger('n', 5, 1, 5)).not.toThrow();
    expect(() => checkInteger('n', '5', 1, 5)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
    for (const wrong of [0, 6, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkInteger('n', wrong, 1, 5)).toThrow(
        expect.objectContaining({ code: 'ERR_OUT_OF_RANGE', message: expect.stringContaining('"n"') }),
      );
    }
  });

  it('checkBytes() takes Buffer and Uint8Array, and nothing like them', () => {
    for (const bytes of [new Uint8Array(1), Buffer.alloc(1)])
      expect(() => checkBytes('b', bytes)).not.toThrow();
    for (const wrong of ['a', [1], new ArrayBuffer(1), new Uint16Array(1), undefined, null]) {
      expect(() => checkBytes('b', wrong)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
    }
  });
});

describe('describe()', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['short', '"short"'],
    ['x'.repeat(61), 'a string of 61 characters'],
    ['-----BEGIN PRIVATE KEY-----', 'a string of 27 characters'],
    [5, '5'],
    [5n, '5'],
    [true, 'true'],
    [() => 1, 'a function'],
    [[1, 2], 'an array of 2'],
    [Buffer.from('secret'), 'an instance of Buffer'],
    [Object.create(null), 'an instance of Object'],
  ])('%s', (value, expected) => expect(describeValue(value)).toBe(expected));

  it('prints no contents of what may be a secret (S28)', () => {
    const error = invalidType('key', 'text', { key: 'hunter2' });
    expect(inspect(error)).not.toContain('hunter2');
  });
});
