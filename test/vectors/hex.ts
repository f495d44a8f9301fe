import { fromHex } from '../../src/bytes/bytes.ts';

/** The bytes of a vector as an RFC prints it, in groups and over several lines. */
export function bytes(printed: string): Uint8Array {
  const digits = printed.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${printed}`);
  return fromHex(digits);
}
