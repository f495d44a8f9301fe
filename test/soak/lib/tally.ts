import { type Outcome, SIDES } from './road.ts';

/** How the handshakes broken off at one point have ended. */
interface Row {
  handshakes: number;
  /** How many sides have ended in each way. */
  readonly outcomes: Map<string, number>;
}

/** Counts what became of all handshakes. */
export class Tally {
  readonly #rows = new Map<string, Row>();

  add(point: string, outcome: Outcome): void {
    let row = this.#rows.get(point);
    if (row === undefined) {
      row = { handshakes: 0, outcomes: new Map() };
      this.#rows.set(point, row);
    }
    row.handshakes++;
    for (const side of SIDES) row.outcomes.set(outcome[side], (row.outcomes.get(outcome[side]) ?? 0) + 1);
  }

  get points(): readonly string[] {
    return [...this.#rows.keys()];
  }

  /** A line for each point, in the order of `points`. */
  table(points: readonly string[]): string[][] {
    return [...new Set(points)].map((point) => {
      const { handshakes = 0, outcomes = new Map<string, number>() } = this.#rows.get(point) ?? {};
      const ways = [...outcomes]
        .sort(([, a], [, b]) => b - a)
        .map(([outcome, count]) => `${outcome} ${count.toLocaleString('en')}`);
      return [point, handshakes.toLocaleString('en'), ways.join(', ')];
    });
  }
}

/** Columns side by side: the first and the last to the left, those between to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        i === 0 || !/^[\d,]+( kB)?$/.test(cell) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [headings, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}
