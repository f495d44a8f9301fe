import { reportError } from './log.ts';

/** Texts as C passes them: zero-terminated bytes in a buffer. */

const TERMINATOR = 1;

/**
 * Writes `text`, which is ASCII, and a zero into `dest`. Gives its length without the zero, 0 when `dest_len`
 * or the buffer itself has no room for both (nothing is written), -1 when there is no buffer.
 */
export function writeText(caller: string, text: string, dest: unknown, dest_len: unknown): number {
  if (!(dest instanceof Uint8Array) || !isUnsigned(dest_len)) {
    reportError(`${caller}: dest is NULL, or dest_len is not an unsigned integer`);
    return -1;
  }
  const room = Math.min(dest_len, dest.length);
  if (text.length + TERMINATOR > room) {
    reportError(`${caller}: the text needs ${text.length + TERMINATOR} bytes, there are ${room}`);
    return 0;
  }
  for (let i = 0; i < text.length; i++) dest[i] = text.charCodeAt(i);
  dest[text.length] = 0;
  return text.length;
}

/** A string, or bytes up to their first zero, as a string; undefined for NULL and for an empty text. */
export function readText(value: unknown): string | undefined {
  if (typeof value === 'string') return untilZero(value);
  if (value instanceof Uint8Array) return untilZero(new TextDecoder().decode(value));
  return undefined;
}

function untilZero(text: string): string | undefined {
  const end = text.indexOf('\0');
  const visible = end < 0 ? text : text.slice(0, end);
  return visible === '' ? undefined : visible;
}

/** Whether a number is one that a C `unsigned int` can hold. */
export function isUnsigned(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
