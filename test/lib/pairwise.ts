/** The values that each factor of a test can have. */
export type Factors<Row> = { readonly [Name in keyof Row]: readonly Row[Name][] };

/**
 * Rows in which every two values of different factors meet at least once, found greedily and always the same.
 * Most faults need two factors to show; all combinations would take a hundred times longer.
 */
export function pairwise<Row extends object>(factors: Factors<Row>): Row[] {
  const names = Object.keys(factors) as (keyof Row)[];
  const open = new Set<string>();
  const key = (a: keyof Row, i: number, b: keyof Row, j: number): string =>
    names.indexOf(a) < names.indexOf(b)
      ? `${String(a)}${i} ${String(b)}${j}`
      : `${String(b)}${j} ${String(a)}${i}`;
  for (const a of names) {
    for (const b of names) {
      if (a === b) continue;
      factors[a].forEach((_, i) => {
        factors[b].forEach((__, j) => void open.add(key(a, i, b, j)));
      });
    }
  }
  const rows: Row[] = [];
  while (open.size > 0) {
    const chosen = new Map<keyof Row, number>();
    const gain = (name: keyof Row, i: number): number =>
      [...chosen].filter(([other, j]) => open.has(key(name, i, other, j))).length;
    const pending = (name: keyof Row, i: number): number =>
      [...open].filter((pair) => pair.split(' ').includes(`${String(name)}${i}`)).length;
    for (const name of names) {
      let best = 0;
      factors[name].forEach((_, i) => {
        const better = gain(name, i) - gain(name, best) || pending(name, i) - pending(name, best);
        if (better > 0) best = i;
      });
      chosen.set(name, best);
    }
    const before = open.size;
    for (const [a, i] of chosen) for (const [b, j] of chosen) if (a !== b) open.delete(key(a, i, b, j));
    if (open.size === before) {
      // The greedy choice met nothing new: begin from a pair that is still open.
      const [first = '', second = ''] = [...open][0]?.split(' ') ?? [];
      for (const name of names) {
        for (const part of [first, second]) {
          const index = part.slice(String(name).length);
          if (part.startsWith(String(name)) && /^\d+$/.test(index)) chosen.set(name, Number(index));
        }
      }
      for (const [a, i] of chosen) for (const [b, j] of chosen) if (a !== b) open.delete(key(a, i, b, j));
    }
    rows.push(Object.fromEntries(names.map((name) => [name, factors[name][chosen.get(name) ?? 0]])) as Row);
  }
  return rows;
}
