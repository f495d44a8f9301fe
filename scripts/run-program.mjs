// @ts-check
/**
 * Runs a TypeScript program of this repository that is no part of the package, such as a fuzzer or a soak:
 * `node [options of Node's] scripts/run-program.mjs PROGRAM.ts [arguments]`. It is put together with what it imports of
 * `src/`, so that it may use any of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { setup as buildKernel } from './build-kernel.mjs';

const root = resolve(import.meta.dirname, '..');
const [program] = process.argv.splice(2, 1);
if (program === undefined)
  throw new Error('which program? node scripts/run-program.mjs PROGRAM.ts [arguments]');

await buildKernel();
// Within the project, so that packages are found from there.
const folder = mkdtempSync(resolve(root, 'node_modules/.program-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const outfile = resolve(folder, 'program.mjs');
await build({
  absWorkingDir: root,
  entryPoints: [program],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'inline',
  logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
