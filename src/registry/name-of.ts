/** The name of a registered number, or the number itself for one that is not known here. */
export function nameOf(registry: Readonly<Record<string, number>>, value: number): string {
  for (const name in registry) if (registry[name] === value) return name;
  return `0x${value.toString(16).padStart(4, '0')}`;
}

/** A sentence is not to grow with what a peer sends. */
const MAX_NAMES = 24;

/** Names for a sentence: `a, b and c`, or `none`. */
export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  if (names.length > MAX_NAMES)
    return `${names.slice(0, MAX_NAMES).join(', ')} and ${names.length - MAX_NAMES} more`;
  return names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The same for names that a peer has chosen: quoted, so that they can break no line and no log. */
export function quotedList(names: readonly string[]): string {
  return nameList(names.map((name) => JSON.stringify(name)));
}
