/** The name of a registered number, or the number itself for one that is not known here. */
export function nameOf(registry: Readonly<Record<string, number>>, value: number): string {
  for (const name in registry) if (registry[name] === value) return name;
  return `0x${value.toString(16).padStart(4, '0')}`;
}
