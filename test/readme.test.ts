import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePcmu, encodePcmu } from '../src/cli/audio/g711.ts';
import { melody } from '../src/cli/audio/melody.ts';
import { soundPicture } from '../src/cli/call/report.ts';

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

  test('the picture is that of the melody which the main job plays', () => {
    const [shown = ''] = blocks('text');
    const heard = decodePcmu(encodePcmu(melody(5)));
    expect(shown).toContain(`   heard by the server:\n${soundPicture(heard, 100).join('\n')}\n`);
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
