import type { ModuleCoverage } from './coverage.ts';

type Counts = ReadonlyMap<
  string,
  { readonly cases: number; readonly milliseconds: number; readonly fresh: number }
>;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return `${all.map(line).join('\n')}\n`;
}

/** How many cases each target had, and how long one took. */
export function targetTable(counts: Counts): string {
  const rows = [...counts].map(([name, { cases, milliseconds, fresh }]) => [
    name,
    String(cases),
    (milliseconds / cases).toFixed(2),
    String(fresh),
  ]);
  return table(['target', 'cases', 'ms each', 'reached new code'], rows);
}

function folderOf(name: string): string {
  return name.split('/').slice(1, -1).slice(0, 2).join('/') || 'index';
}

function percent({ total, covered }: { readonly total: number; readonly covered: number }): string {
  return total === 0 ? '-' : `${((100 * covered) / total).toFixed(1)} %`;
}

function summed(modules: readonly ModuleCoverage[], name: string): ModuleCoverage {
  const of = modules.filter((module) => name === 'all' || folderOf(module.name) === name);
  return {
    name,
    total: of.reduce((sum, { total }) => sum + total, 0),
    covered: of.reduce((sum, { covered }) => sum + covered, 0),
  };
}

/** How much of the functions in src/ has run: after the corpus, and after all. */
export function coverageTable(
  before: readonly ModuleCoverage[],
  after: readonly ModuleCoverage[],
  details: boolean,
): string {
  const head = ['code that has run, of src/', 'by the corpus', 'at the end'];
  if (details) {
    const rows = after.map((module, i) => [module.name, percent(before[i] ?? module), percent(module)]);
    return table(head, rows);
  }
  const names = [...new Set(after.map(({ name }) => folderOf(name))), 'all'];
  return table(
    head,
    names.map((name) => [name, percent(summed(before, name)), percent(summed(after, name))]),
  );
}
