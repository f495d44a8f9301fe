import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { toHex } from '../bytes/bytes.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { CommandError } from './command.ts';

/** @throws CommandError that names the file and says why. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${systemReason(error)}`);
  }
}

/** Where what will take the place of `file` is written first. Nobody knows it before, to put a link there. */
export function nameBeside(file: string): string {
  return `${file}.${toHex(nodeCrypto.randomBytes(6))}.new`;
}

/**
 * Makes a new file. With `force` it takes the place of an older one, all at once and with its own mode.
 *
 * @throws CommandError when there is one already, or it cannot be written.
 */
export function writeNewFile(file: string, text: string, mode: number, force: boolean): void {
  try {
    const target = force ? nameBeside(file) : file;
    writeFileSync(target, text, { mode, flag: 'wx' });
    if (force) renameSync(target, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new CommandError(`${file} exists already; name another file, or say --force to replace it`);
    throw new CommandError(`cannot write ${file}: ${systemReason(error)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'nobody listens there',
  ENETUNREACH: 'no route to that network',
  EHOSTUNREACH: 'no route to that host',
  EMSGSIZE: 'the datagram is too large',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name service does not answer',
};

/** The system's error for people, with its code for those who search. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  const reason = REASONS[code];
  return reason === undefined ? code : `${reason} (${code})`;
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
