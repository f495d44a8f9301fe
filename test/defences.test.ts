import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFENCES, hasTest, patternOf, takeOut } from './defences/index.ts';

const root = join(import.meta.dirname, '..');
const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(join(root, file), 'utf8');
  sources.set(file, source);
  return source;
}

// `npm run defences` takes them out; here is looked at whether it still can.
describe('the list of defences', () => {
  const rows = sourceOf('docs/attacks.md')
    .split('\n')
    .filter((line) => /^\| S\d/.test(line));
  const built = rows.filter((row) => row.includes('.test.ts`')).map((row) => row.split('|')[1]?.trim() ?? '');

  it.each(built)('has a defence of %s', (line) => {
    expect(DEFENCES.filter((defence) => defence.line === line)).not.toEqual([]);
  });

  it('has no defence of anything else, and none twice', () => {
    for (const { line } of DEFENCES) expect(built).toContain(line);
    const changes = DEFENCES.map(({ line, file, text, replacement }) =>
      [line, file, text, replacement].join(),
    );
    expect(new Set(changes).size).toBe(changes.length);
    expect(new Set(DEFENCES.map(({ what }) => what)).size).toBe(DEFENCES.length);
  });

  it.each(DEFENCES.map((defence) => [defence.line, defence.what, defence] as const))(
    '%s: %s: stands where it says, with tests that are there',
    (_, what, defence) => {
      expect(what).toMatch(/^[A-Z“].+\.$|^[a-z]\w+[A-Z(].+\.$/);
      expect(takeOut(sourceOf(defence.file), defence)).not.toBe(sourceOf(defence.file));
      expect(defence.tests).not.toEqual([]);
      for (const [file, name] of defence.tests)
        expect(hasTest(sourceOf(file), name), `${file} has “${name}”`).toBe(true);
    },
  );
});

describe('takeOut()', () => {
  const defence = {
    line: 'S1',
    what: 'x',
    file: 'a.ts',
    tests: [],
    text: 'if (bad) return;',
    replacement: '',
  };

  it('takes the text out', () => expect(takeOut('a; if (bad) return; b;', defence)).toBe('a;  b;'));

  it('throws when it is gone, when it stands there twice, and when nothing changes', () => {
    expect(() => takeOut('a;', defence)).toThrow('a.ts does not have');
    expect(() => takeOut('if (bad) return; if (bad) return;', defence)).toThrow('2 times');
    expect(() => takeOut('if (bad) return;', { ...defence, replacement: defence.text })).toThrow('nothing');
  });
});

describe('patternOf()', () => {
  it.each([
    ['a name (S1)', 'a name (S1)', true],
    ['a name (S1)', 'the %s of a name (S1)', true],
    ['a name (S1)', 'a name (S1), and more', false],
    ['a name (S1)', 'no surname (S1)', false],
    ['the %s of %i', 'the key of 5', true],
    ['the %s of %i', 'of the key of 5', false],
    ['30 % lost', '30 % lost {} {}', true],
    ['$name: of its lengths', 'SRTP_X: of its lengths', true],
    ['costs $5', 'costs $5', true],
  ])('“%s” and “%s”', (name, title, matches) => expect(patternOf(name).test(title)).toBe(matches));
});
