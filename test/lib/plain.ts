/** The same value with every Buffer made a plain Uint8Array, for comparing by content. */
export function plain<T>(value: T): T {
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map((entry) => plain(entry)) as T;
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [key, plain(entry)])) as T;
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)])) as T;
  }
  return value;
}
