import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a program that a test needs is on the PATH, for `describe.skipIf(!requireProgram('openssl'))`.
 * On a developer's machine a missing one skips its tests, and is told by name; in CI (`CI=true`) it fails them,
 * for a peer that silently went missing would look like a pass.
 */
export function requireProgram(name: string): boolean {
  if (isInstalled(name)) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`${name} is not installed, and CI needs it for this test`);
  console.warn(`skipped: ${name} is not installed`);
  return false;
}

function isInstalled(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
