import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// What is run is what the sources say.

const root = resolve(import.meta.dirname, '..');
const GENERATED = 'src/crypto/packets/kernel.generated.ts';
const copy = mkdtempSync(join(tmpdir(), 'kernel-generated-'));
const path = join(copy, GENERATED);
const generated = readFileSync(join(root, GENERATED), 'utf8');

async function buildKernel(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(copy, 'scripts/build-kernel.mjs')], { cwd: copy });
  return readFileSync(path, 'utf8');
}

beforeAll(() => {
  for (const name of ['kernel', 'src/crypto/packets/layout.ts', 'scripts/build-kernel.mjs', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('scripts/build-kernel.mjs', () => {
  test('makes kernel.generated.ts of the sources, to the byte', async () => {
    expect(await buildKernel()).toBe(generated);
  });

  test('leaves it alone while the sources are the same', async () => {
    const { mtimeMs } = statSync(path);
    await buildKernel();
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });
});
