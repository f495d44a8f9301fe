// @ts-check
/**
 * Packs the package, installs it into an empty project as a user would, and uses it there: every entry point is
 * imported, its types are compiled against, and the command runs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'dtlslib-package-'));

/** @param {string} command @param {string[]} args @param {string} [cwd] */
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

try {
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  /** @type {string[]} */
  const files = packed[0].files.map((/** @type {{ path: string }} */ file) => file.path);
  const stray = files.filter(
    (path) =>
      !/^(dist|docs)\/|^(README\.md|SECURITY\.md|LICENSE|package\.json)$/.test(path) ||
      /\.test\.|tsbuildinfo/.test(path),
  );
  if (stray.length > 0) throw new Error(`files that do not belong into the package: ${stray.join(', ')}`);

  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`]);

  writeFileSync(
    join(folder, 'use.ts'),
    `import { createCertificate, DtlsConnection, type DtlsOutput } from 'dtlslib';
import { dtlslib_free, dtlslib_init } from 'dtlslib/prosody';
import { SrtpReceiver, SrtpSender, type SrtpOptions } from 'dtlslib/srtp';
const certificate = createCertificate();
const connection = new DtlsConnection({ role: 'server', certificate, remoteFingerprints: 'later', srtpProfiles: ['SRTP_AES128_CM_SHA1_80'] });
const output: DtlsOutput | undefined = connection.poll();
const lib = dtlslib_init(new Uint8Array(4), 4);
dtlslib_free(lib);
const srtp: SrtpOptions = { profile: 'SRTP_AEAD_AES_128_GCM', masterKey: new Uint8Array(16), masterSalt: new Uint8Array(12) };
const rtp = Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 42);
const opened: Uint8Array | undefined = new SrtpReceiver(srtp).unprotect(new SrtpSender(srtp).protect(rtp));
if (opened?.at(-1) !== 42) throw new Error('dtlslib/srtp does not work');
if (output !== undefined || lib === null || !/^[0-9A-F:]{95}$/.test(certificate.fingerprint())) throw new Error('the package does not work');
`,
  );
  const tsc = join(root, 'node_modules/.bin/tsc');
  run(tsc, [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
    'use.ts',
  ]);
  run('node', ['use.js']);
  run('npx', ['--offline', 'dtlslib', '--version']);
  console.log(
    `package: ${files.length} files; all entry points, their types and the command work when installed`,
  );
} catch (error) {
  const { message, stdout, stderr } = /** @type {Error & { stdout?: string, stderr?: string }} */ (error);
  console.error(`package: ${message}\n${stdout ?? ''}${stderr ?? ''}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
