import { utf8 } from '../bytes/bytes.ts';
import { invalidType, invalidValue } from '../errors/arguments.ts';

/** `ProtocolName<1..2^8-1>` (RFC 7301 §3.1). */
export function checkAlpnProtocols(name: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names)) throw invalidType(name, 'an array of names', names);
  for (const entry of names) {
    if (typeof entry !== 'string' || entry.length === 0 || utf8(entry).length > 255) {
      throw invalidValue(name, 'made of names of 1 to 255 bytes', entry);
    }
  }
}
