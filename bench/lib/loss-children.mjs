// @ts-check
/** Processes and files that do not outlive this process, however it ends. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();
/** @type {Set<string>} */
const folders = new Set();

/** Exit codes as a shell gives them. */
const SIGNALS = /** @type {const} */ ([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const [signal, code] of SIGNALS) process.once(signal, () => process.exit(code));

/** @param {ChildProcess} child */
function keep(child) {
  running.add(child);
  const forget = () => running.delete(child);
  child.once('exit', forget);
  // One that could not be started has no exit.
  child.once('error', forget);
  // Writing to one that has just ended is no failure of ours.
  child.stdin?.on('error', () => {});
  return child;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
export const start = (command, args) => keep(spawn(command, args, { stdio: 'pipe' }));

/**
 * A program of Node that takes and sends messages.
 * @param {string} file
 * @param {readonly string[]} args
 */
export const startNode = (file, args) =>
  keep(fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));

/** @param {ChildProcess} child */
export async function end(child) {
  if (!running.has(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'dtlslib-bench-'));
  folders.add(folder);
  return folder;
}
