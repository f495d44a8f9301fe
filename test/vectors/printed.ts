import { fromHex } from '../../src/bytes/bytes.ts';

/** The bytes of a vector as an RFC prints it, in groups and over several lines. */
export function bytes(printed: string): Uint8Array {
  const digits = printed.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${printed}`);
  return fromHex(digits);
}

/** Vectors with the name that each has in its RFC, for `test.each`. */
export function titled<T extends { readonly section: string; readonly title: string }>(
  vectors: readonly T[],
): (readonly [name: string, vector: T])[] {
  return vectors.map((vector) => [`${vector.section} ${vector.title}`, vector] as const);
}
