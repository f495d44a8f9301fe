/** Node-style errors for what the caller did wrong. Thrown at once, synchronously. */

type NodeErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_MISSING_ARGS'
  | 'ERR_INVALID_STATE'
  | 'ERR_FEATURE_UNAVAILABLE'
  | 'ERR_SRTP_INDEX_USED'
  | 'ERR_SRTP_KEY_EXPIRED';

function coded<E extends Error>(error: E, code: NodeErrorCode): E & { code: NodeErrorCode } {
  return Object.assign(error, { code });
}

/** What is told of a value in its place: a length, say, where the value is a secret or says nothing. */
export class Shown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Describes a value without printing what may be a secret: type, and value only for short plain ones. */
export function describe(value: unknown): string {
  if (value instanceof Shown) return value.text;
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') {
    return value.length <= 60 && !value.includes('PRIVATE KEY')
      ? JSON.stringify(value)
      : `a string of ${value.length} characters`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an instance of ${(value as object).constructor?.name ?? 'Object'}`;
}

/** As Node words it: `mtu` is an argument, `options.mtu` a property. */
function sentence(name: string, expected: string, received: unknown): string {
  const what = name.includes('.') ? 'property' : 'argument';
  return `The "${name}" ${what} must be ${expected}; received ${describe(received)}.`;
}

/** `expected` continues the sentence "`name` must be …". An option is named `options.` and its name. */
export function invalidType(name: string, expected: string, received: unknown): TypeError {
  return coded(new TypeError(sentence(name, expected, received)), 'ERR_INVALID_ARG_TYPE');
}

/** `expected` continues the sentence "`name` must be …". An option is named `options.` and its name. */
export function invalidValue(name: string, expected: string, received: unknown): TypeError {
  return coded(new TypeError(sentence(name, expected, received)), 'ERR_INVALID_ARG_VALUE');
}

/** `expected` continues the sentence "`name` must be …". An option is named `options.` and its name. */
export function outOfRange(name: string, expected: string, received: unknown): RangeError {
  return coded(new RangeError(sentence(name, expected, received)), 'ERR_OUT_OF_RANGE');
}

/** For a value that is wrong in a way that "must be …" does not say: `message` is a whole sentence, free of secrets. */
export function invalidArgument(message: string, cause?: unknown): TypeError {
  return coded(new TypeError(message, cause === undefined ? undefined : { cause }), 'ERR_INVALID_ARG_VALUE');
}

/** `message` is a whole sentence. */
export function missingArgs(message: string): TypeError {
  return coded(new TypeError(message), 'ERR_MISSING_ARGS');
}

/** `message` is a whole sentence. */
export function invalidState(message: string): Error {
  return coded(new Error(message), 'ERR_INVALID_STATE');
}

/** Something the design has and this version does not; `message` is a whole sentence. */
export function unavailable(message: string): Error {
  return coded(new Error(message), 'ERR_FEATURE_UNAVAILABLE');
}

/** Throws unless `value` is an integer from `min` to `max`. */
export function checkInteger(
  name: string,
  value: unknown,
  min: number,
  max: number,
): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, `an integer from ${min} to ${max}`, value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw outOfRange(name, `an integer from ${min} to ${max}`, value);
  }
}

/** Throws unless `now` is a time. */
export function checkNow(now: unknown): asserts now is number {
  if (typeof now !== 'number' || !Number.isFinite(now))
    throw invalidType('now', 'milliseconds on a steady clock', now);
}

/** Of bytes, how many. */
export function lengthOf(bytes: Uint8Array): Shown {
  return new Shown(`${bytes.length} bytes`);
}

/** Throws unless `value` is bytes. */
export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidType(name, 'a Uint8Array or Buffer', value);
}

/** What may be a secret, in a shape it should not have: of text its length is told. */
export function concealed(value: unknown): unknown {
  return typeof value === 'string' ? new Shown(`a string of ${value.length} characters`) : value;
}

/** The same for a secret, of which text is not shown either. */
export function checkSecretBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  const hint = typeof value === 'string' ? ", as Buffer.from(text, 'base64') makes one of text" : '';
  throw invalidType(name, `a Uint8Array or Buffer${hint}`, concealed(value));
}

/** A packet that must not be protected with this key; `message` is a whole sentence. */
export function refusedPacket(code: 'ERR_SRTP_INDEX_USED' | 'ERR_SRTP_KEY_EXPIRED', message: string): Error {
  return coded(new Error(message), code);
}
