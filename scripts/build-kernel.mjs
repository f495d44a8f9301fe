// @ts-check
/**
 * Compiles kernel/ from AssemblyScript to WebAssembly, into src/crypto/packets/kernel.generated.ts. What is there
 * already is left alone while sources and compiler are the same. A part of `npm run build`, and done before tests.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const output = join(root, 'src/crypto/packets/kernel.generated.ts');
const sources = [
  ...readdirSync(join(root, 'kernel'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `kernel/${name}`),
  'src/crypto/packets/layout.ts',
  'scripts/build-kernel.mjs',
  'node_modules/assemblyscript/package.json',
].sort();
const options = [
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '-O3',
  '--converge',
  '--noAssert',
  '--enable',
  'simd',
]
  // That JavaScript could not call functions with vectors: it calls none.
  .concat('--disableWarning', '112');

/** The first line of the output, which tells what it was made of. */
function headLine() {
  const digest = createHash('sha256');
  for (const path of sources) digest.update(path).update(readFileSync(join(root, path)));
  return `// Compiled from kernel/ by scripts/build-kernel.mjs. Sources: ${digest.digest('hex')}\n`;
}

/** @returns {Promise<Uint8Array>} */
async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    ['kernel/index.ts', '--baseDir', root, '--outFile', 'kernel.wasm', ...options],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  const complaints = stderr.toString();
  if (binary === undefined || complaints !== '') throw new Error(`kernel: ${error?.message}\n${complaints}`);
  return binary;
}

export async function setup() {
  const head = headLine();
  if (existsSync(output) && readFileSync(output, 'utf8').startsWith(head)) return;
  const text = Buffer.from(await compile()).toString('base64');
  // Others may be reading it.
  const draft = `${output}.${process.pid}`;
  writeFileSync(draft, `${head}export const KERNEL: string =\n  '${text}';\n`);
  renameSync(draft, output);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) await setup();
