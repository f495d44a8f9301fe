import { Buffer } from 'node:buffer';
import { concat, EMPTY, utf8 } from '../bytes/bytes.ts';
import { DerTag } from '../bytes/der-reader.ts';

/** One DER element: a tag, a length in the fewest bytes (X.690 §10.1), and the parts of its content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(...content);
  const { length } = body;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), body);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return concat(Uint8Array.of(tag, 0x80 + bytes.length, ...bytes), body);
}

export function sequence(...content: readonly Uint8Array[]): Uint8Array {
  return element(DerTag.SEQUENCE, ...content);
}

export function set(content: Uint8Array): Uint8Array {
  return element(DerTag.SET, content);
}

/** A non-negative INTEGER in its shortest form (X.690 §8.3). */
export function integer(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const bytes = new Uint8Array(Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'));
  // The top bit would make it negative.
  return element(DerTag.INTEGER, (bytes[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : EMPTY, bytes);
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(DerTag.BIT_STRING, Uint8Array.of(0), bytes);
}

export function nothing(): Uint8Array {
  return element(DerTag.NULL);
}

/** An OBJECT IDENTIFIER from its dotted form (X.690 §8.19). */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...others]) {
    const groups = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift(0x80 + (rest % 128));
    bytes.push(...groups);
  }
  return element(DerTag.OBJECT_IDENTIFIER, Uint8Array.from(bytes));
}

export function utf8String(text: string): Uint8Array {
  return element(DerTag.UTF8_STRING, utf8(text));
}

export function printableString(text: string): Uint8Array {
  return element(DerTag.PRINTABLE_STRING, utf8(text));
}

/** UTCTime from 1950 to 2049, GeneralizedTime otherwise, both in whole seconds of UTC (RFC 5280 §4.1.2.5). */
export function time(milliseconds: number): Uint8Array {
  const iso = new Date(milliseconds).toISOString();
  const digits = `${iso.slice(0, 19).replace(/\D/g, '')}Z`;
  const year = Number(digits.slice(0, 4));
  if (year >= 1950 && year < 2050) return element(DerTag.UTC_TIME, utf8(digits.slice(2)));
  return element(DerTag.GENERALIZED_TIME, utf8(digits));
}
