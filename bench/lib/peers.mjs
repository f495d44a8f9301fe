// @ts-check
/** Starts a stack's program, or throws a sentence that names what is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.mjs';

/** @param {string} path from the folder of the benchmarks */
const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * @param {string} program
 * @param {string[]} args
 */
function works(program, args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Garbage left by preparing a round is collected before the clock starts; see `serve-lines.mjs`. */
const node = (/** @type {string} */ path) => new Contestant(process.execPath, ['--expose-gc', file(path)]);

/**
 * @param {string} path of the program
 * @param {string} bundle what it imports, in `dist/`
 */
export function startOurs(path, bundle) {
  if (!existsSync(file(`../dist/${bundle}`)))
    throw new Error(`dist/${bundle} is missing: run \`npm run build\``);
  return node(path);
}

/** @param {string} path of the program */
export function startWerift(path) {
  try {
    createRequire(import.meta.url).resolve('werift');
  } catch {
    throw new Error('the package `werift` is missing: run `npm install`');
  }
  return node(path);
}

/** Programs compiled by this process. @type {Map<string, string>} */
const compiled = new Map();

/**
 * Compiles a C program with the machine's compiler and library.
 * @param {string} name of the program in `peers/`, without `.c`
 * @param {{ library: string, link: string[], missing: RegExp, debian: string }} needs `missing`: what the compiler
 *   says where the library is not installed; `debian`: the package that brings it
 */
export function startCompiled(name, needs) {
  const program = compiled.get(name) ?? compile(name, needs);
  compiled.set(name, program);
  return new Contestant(program, []);
}

/** @type {(...parameters: Parameters<typeof startCompiled>) => string} */
function compile(name, { library, link, missing, debian }) {
  if (!works('cc', ['--version']))
    throw new Error('`cc` is missing: install a C compiler (Debian: apt install gcc)');
  mkdirSync(file('../.bench'), { recursive: true });
  const program = file(`../.bench/${name}`);
  const args = ['-O2', '-o', program, file(`peers/${name}.c`), ...link];
  try {
    execFileSync('cc', args, { stdio: 'pipe' });
  } catch (cause) {
    const said = String(/** @type {any} */ (cause).stderr);
    if (missing.test(said)) {
      throw new Error(
        `${library}'s headers or library are missing: install ${debian} (Debian: apt install ${debian})`,
      );
    }
    throw new Error(`\`cc ${args.join(' ')}\` failed:\n${said}`);
  }
  return program;
}
