// @ts-check
/**
 * Compiles kernel/ from AssemblyScript to WebAssembly, into src/crypto/packets/kernel.generated.ts. What is there
 * already is left alone while its sources are the same.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const output = join(root, 'src/crypto/packets/kernel.generated.ts');
const sources = [
  ...readdirSync(join(root, 'kernel'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `kernel/${name}`),
  'src/crypto/packets/layout.ts',
  'scripts/build-kernel.mjs',
].sort();

const digest = createHash('sha256');
for (const path of sources) digest.update(path).update(readFileSync(join(root, path)));
const head = `// Compiled from kernel/ by scripts/build-kernel.mjs. Sources: ${digest.digest('hex')}\n`;

if (!existsSync(output) || !readFileSync(output, 'utf8').startsWith(head)) {
  const { default: asc } = await import('assemblyscript/asc');
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      'kernel/index.ts',
      '--baseDir',
      root,
      '--outFile',
      'kernel.wasm',
      '--runtime',
      'stub',
      '--use',
      'abort=',
    ].concat(['-O3', '--converge', '--noAssert', '--enable', 'simd', '--maximumMemory', '8']),
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`kernel: ${error?.message}\n${stderr.toString()}`);
  const text = Buffer.from(binary).toString('base64');
  writeFileSync(output, `${head}export const KERNEL: string =\n  '${text}';\n`);
}
