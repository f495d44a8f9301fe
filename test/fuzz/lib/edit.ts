/** One change to one packet. What the numbers mean is the operation's; each is taken modulo what there is. */
export interface Edit {
  /** Which packet of the case, counted from 0. */
  readonly at: number;
  readonly operation: string;
  readonly numbers: readonly number[];
}

/** All that a run needs to happen again in the same way. */
export interface Case {
  readonly target: string;
  /** Which of the target's settings. */
  readonly setup: string;
  readonly edits: readonly Edit[];
}

type EditRow = readonly [at: number, operation: string, ...numbers: number[]];

/** One line of text, for files and command lines. */
export function formatCase({ target, setup, edits }: Case): string {
  const rows = edits.map(({ at, operation, numbers }): EditRow => [at, operation, ...numbers]);
  return JSON.stringify({ target, setup, edits: rows });
}

/** @throws Error for what `formatCase` has not written. */
export function parseCase(text: string): Case {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('edits' in value) || !Array.isArray(value.edits))
    throw new Error('a case is {"target":…,"setup":…,"edits":[[at,"operation",…],…]}');
  const { target, setup } = value as { readonly target?: unknown; readonly setup?: unknown };
  return { target: String(target), setup: String(setup), edits: value.edits.map(editOf) };
}

function editOf(row: unknown): Edit {
  if (!Array.isArray(row)) throw new Error('an edit is [at, "operation", numbers…]');
  const [at, operation, ...numbers] = row as unknown[];
  return { at: Number(at), operation: String(operation), numbers: numbers.map(Number) };
}
