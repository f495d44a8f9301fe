// @ts-check
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

/** Garbage left by making certificates is collected before the clock starts; see `serve-lines.mjs`. */
const node = (/** @type {string} */ path) => new Contestant(process.execPath, ['--expose-gc', file(path)]);

function startOurs() {
  if (!existsSync(file('../dist/index.js'))) throw new Error('dist/index.js is missing: run `npm run build`');
  return node('peers/dtlslib-handshake.mjs');
}

/** Compiles the C program with the machine's compiler and libssl. */
function startOpenssl() {
  if (!works('cc', ['--version']))
    throw new Error('`cc` is missing: install a C compiler (Debian: apt install gcc)');
  mkdirSync(file('../.bench'), { recursive: true });
  const program = file('../.bench/openssl-handshake');
  const args = ['-O2', '-o', program, file('peers/openssl-handshake.c'), '-lssl', '-lcrypto'];
  try {
    execFileSync('cc', args, { stdio: 'pipe' });
  } catch (cause) {
    const said = String(/** @type {any} */ (cause).stderr);
    if (/openssl\/\w+\.h|-lssl|-lcrypto/.test(said)) {
      throw new Error(
        "libssl's headers or library are missing: install libssl-dev (Debian: apt install libssl-dev)",
      );
    }
    throw new Error(`\`cc ${args.join(' ')}\` failed:\n${said}`);
  }
  return new Contestant(program, []);
}

function startWerift() {
  try {
    createRequire(import.meta.url).resolve('werift');
  } catch {
    throw new Error('the package `werift` is missing: run `npm install`');
  }
  return node('peers/werift-handshake.mjs');
}

/**
 * `start` throws a sentence that names what is missing. `target` is the rate to reach, as a multiple of that stack's.
 * @typedef {{ name: string, start: () => Contestant, warmUp: number, target?: number }} Stack
 * @type {Record<string, Stack>}
 */
export const STACKS = {
  ours: { name: 'dtlslib', start: startOurs, warmUp: 300 },
  openssl: { name: 'libssl', start: startOpenssl, warmUp: 300, target: 1 },
  werift: { name: 'werift', start: startWerift, warmUp: 60, target: 8 },
};

/** @param {string} key one of `STACKS` */
export const stackOf = (key) => /** @type {Stack} */ (STACKS[key]);
