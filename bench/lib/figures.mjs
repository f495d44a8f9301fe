// @ts-check

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * @param {readonly number[]} values at least one
 * @returns {{ median: number, lowest: number, highest: number }}
 */
export function summary(values) {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/**
 * Our rate as a multiple of another's, round by round.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
export const ratioByRound = (ours, theirs) =>
  summary(ours.map((rate, i) => rate / (theirs[i] ?? Number.NaN)));

/**
 * Columns under each other: the first to the left, the others to the right.
 * @param {readonly (readonly string[])[]} rows
 */
export function table(rows) {
  const widths = rows.reduce((/** @type {number[]} */ widest, row) => {
    for (const [i, cell] of row.entries()) widest[i] = Math.max(widest[i] ?? 0, cell.length);
    return widest;
  }, []);
  const line = (/** @type {readonly string[]} */ row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}
