import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(resolve(ROOT, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  );

/** On the package as it is built. */
function run(...programs: readonly string[]): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', programs.join('')], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 30_000,
  });
}

describe('README', () => {
  const [call = '', media = ''] = blocks('js');

  test('its program runs as it stands', () => {
    expect(run(call)).toBe('SRTP_AES128_CM_SHA1_80 16 14 16\n');
  });

  test('its second program goes on where the first ends, and prints what is said of it', () => {
    const [, said = ''] = /It prints `([^`]+)`/.exec(README) ?? [];
    expect(said).toContain('replayed');
    expect(run(call, media)).toBe(`SRTP_AES128_CM_SHA1_80 16 14 16\n${said}\n`);
  });

  test('its first two commands are the main job and the tests', () => {
    expect(blocks('sh').slice(0, 2)).toEqual(['npm install && npm start\n', 'npm install && npm test\n']);
  });

  test('what it shows of the main job are lines of it, but for the bytes of packets', () => {
    const withoutBytes = (text: string): string[] => text.replaceAll(/\b[0-9a-f]{2}\b/g, 'xx').split('\n');
    const [shown = ''] = blocks('text');
    const folder = mkdtempSync(join(tmpdir(), 'dtlslib-readme-'));
    try {
      const demo = ['dist/cli/main.js', 'demo', '--fast', '--record', join(folder, 'heard.wav')];
      const printed = withoutBytes(execFileSync(process.execPath, demo, { cwd: ROOT, encoding: 'utf8' }));
      let at = 0;
      for (const line of withoutBytes(shown.trimEnd())) {
        at = printed.indexOf(line, at) + 1;
        expect(at, line).toBeGreaterThan(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('every file it names is there', () => {
    const named = [...README.matchAll(/\bdocs\/[\w-]+\.md/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
  });

  test('every script of npm that it names is there', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'));
    const named = [...README.matchAll(/`npm run ([\w:]+)`/g)].map(([, name]) => name ?? '');
    expect(named).toContain('bench:srtp');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
