import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/attacks.md'), 'utf8');

interface Row {
  readonly id: string;
  readonly promise: string;
  readonly files: readonly string[];
  /** File and name of each test. */
  readonly tests: readonly (readonly [string, string])[];
}

function readRow(line: string): Row {
  const [, id = '', promise = '', defence = '', proof = ''] = line.split('|').map((cell) => cell.trim());
  const tests = [...proof.matchAll(/`([^`]+\.test\.ts)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(
    ([, file = '', names = '']) =>
      [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => [file, name] as const),
  );
  return { id, promise, files: [...defence.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file), tests };
}

const ROWS = text
  .split('\n')
  .filter((line) => /^\| S\d/.test(line))
  .map(readRow);

const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(join(root, file), 'utf8');
  sources.set(file, source);
  return source;
}

describe('docs/attacks.md', () => {
  it('has a row for each of S1 to S28, in order', () => {
    expect(ROWS.map(({ id }) => id)).toEqual(Array.from({ length: 28 }, (_, i) => `S${i + 1}`));
  });

  it('quotes no test that the table does not attribute to a file', () => {
    const quoted = text.match(/“[^”]+”/g) ?? [];
    expect(ROWS.flatMap(({ tests }) => tests).map(([, name]) => `“${name}”`)).toEqual(quoted);
  });

  it.each(ROWS.map((row) => [row.id, row] as const))('%s: its defence and its tests exist', (_, row) => {
    for (const file of row.files) expect(existsSync(join(root, file)), file).toBe(true);
    for (const [file, name] of row.tests) {
      const literals = [`'${name}'`, `"${name}"`, `\`${name}\``];
      const found = literals.some((literal) => sourceOf(file).includes(literal));
      expect(found, `${file} has a test “${name}”`).toBe(true);
    }
  });

  it.each(ROWS.filter(({ tests }) => tests.length === 0).map(({ id, promise }) => [id, promise] as const))(
    '%s, without a test, is of something not built yet',
    (_, promise) => expect(promise).toContain('Not built yet'),
  );
});
