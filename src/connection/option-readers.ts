import { checkInteger, invalidType, invalidValue } from '../errors/arguments.ts';

/* Readers of single options, by the option's name; each throws a Node-style error for what it cannot take. */

export function checkFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw invalidType(`options.${name}`, 'true or false', value);
}

export function readFunction<T>(name: string, value: T | undefined): T | undefined {
  if (value !== undefined && typeof value !== 'function')
    throw invalidType(`options.${name}`, 'a function', value);
  return value;
}

export function readInteger(
  name: string,
  value: number | undefined,
  fallback: number,
  range: { readonly min: number; readonly max: number },
): number {
  if (value === undefined) return fallback;
  checkInteger(`options.${name}`, value, range.min, range.max);
  return value;
}

/** Picks `names` out of what there is, in the caller's order; everything when there are none. */
export function readNames<T extends { readonly name: string }>(
  option: string,
  names: unknown,
  known: readonly T[],
): readonly T[] {
  if (names === undefined) return known;
  if (!Array.isArray(names) || names.length === 0)
    throw invalidType(`options.${option}`, 'an array of names, not empty', names);
  return names.map((name: unknown) => {
    const found = known.find((entry) => entry.name === name);
    if (found === undefined)
      throw invalidValue(`options.${option}`, `made of ${known.map((entry) => entry.name).join(', ')}`, name);
    return found;
  });
}
