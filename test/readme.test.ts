import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(resolve(ROOT, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  );

describe('README', () => {
  test('its program runs as it stands, on the package as it is built', () => {
    const [program] = blocks('js');
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program ?? ''], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(printed).toBe('SRTP_AES128_CM_SHA1_80 16 14 16\n');
  });

  test('its first two commands are the main job and the tests', () => {
    expect(blocks('sh').slice(0, 2)).toEqual(['npm install && npm start\n', 'npm install && npm test\n']);
  });

  test('every file it names is there', () => {
    const named = [...README.matchAll(/\bdocs\/[\w-]+\.md/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
  });
});
