import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Certificate, createCertificate } from '../src/index.ts';
import { runCommand } from './cli-support.ts';

const COMMANDS = ['demo', 'serve', 'connect', 'cert', 'fingerprint'] as const;
const ROOT = new URL('..', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtlslib-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('dtlslib', () => {
  it('lists its commands for --help and help', async () => {
    for (const word of ['--help', '-h', 'help']) {
      const { exitCode, stdout, stderr } = await runCommand(word);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('says the same without a command, on standard error, and fails', async () => {
    const { exitCode, stdout, stderr } = await runCommand();
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('usage: dtlslib COMMAND');
  });

  it.each(COMMANDS)('explains %s, within 110 columns', async (name) => {
    const { exitCode, stdout } = await runCommand(name, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`usage: dtlslib ${name}`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    expect(await runCommand('help', name)).toEqual({ exitCode, stdout, stderr: '' });
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await runCommand('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['nonsense'], 'no command "nonsense"'],
    [['help', 'nonsense'], 'no command "nonsense"'],
    [['demo', '--nonsense'], 'no option --nonsense; see: dtlslib demo --help'],
    [['demo', '-x'], 'no option -x'],
    [['demo', 'extra'], '"extra" is one argument more'],
    [['demo', '--mtu'], '--mtu needs a value'],
    [['demo', '--mtu', '--trace'], '--mtu needs a value'],
    [['demo', '--mtu', '12'], '--mtu must be a whole number from 256 to 65535; you gave "12"'],
    [['demo', '--mtu=1e3'], '--mtu must be a whole number'],
    [['demo', '--trace=yes'], '--trace takes no value'],
    [['demo', '--mtu', '300', '--mtu=400'], '--mtu may be given only once; see: dtlslib demo --help'],
    [['demo', '--trace', '--trace'], '--trace may be given only once'],
    [['demo', '--profile', 'SRTP_NULL'], '--profile: there is no SRTP profile "SRTP_NULL"'],
    [['demo', '--group', 'P-521'], '--group must be one of X25519, P-256, P-384'],
    [['demo', '--key-type', 'dsa'], '--key-type must be one of ecdsa-p256'],
    [['serve'], 'say who the peer may be'],
    [['serve', '--insecure', '--fingerprint', 'sha-256 AB'], 'exclude each other'],
    [['serve', '--fingerprint', 'sha-256 AB'], '--fingerprint must be a hash name'],
    [['serve', '--insecure', '--port', '65536'], '--port must be a whole number'],
    [['serve', '--insecure', '--cert', 'a.pem'], '--cert and --key go together'],
    [['serve', '--insecure', '--no-srtp', '--profiles', 'x'], '--profiles and --no-srtp exclude'],
    [['serve', '--insecure', '--profiles', 'SRTP_AES128_CM_SHA1_80,'], '--profiles must be names'],
    [['serve', '--insecure', '--timeout', '0'], '--timeout must be seconds'],
    [['serve', '--no-client-cert', '--fingerprint', `sha-256 ${'AB:'.repeat(31)}AB`], 'needs --insecure'],
    [['serve', '--insecure', '--no-srtp', '--play', 'x'], '--play needs SRTP'],
    [['serve', '--insecure', '--no-srtp', '--record', 'x'], '--record needs SRTP'],
    [['serve', '--insecure', '--once', '--record', 'x'], '--once ends it before'],
    [['connect'], 'HOST and PORT missing'],
    [['connect', '127.0.0.1'], 'PORT missing'],
    [['connect', '127.0.0.1', '0', '--insecure'], 'PORT must be a whole number from 1'],
    [['connect', '127.0.0.1', '4444'], '--insecure to check nothing'],
    [['cert', '--country', 'Utopia'], '--country must be two letters'],
    [['cert', '--bits', '2048'], '--bits is for --key-type rsa'],
    [['cert', '--out', 'x.pem', '--key-out', './x.pem'], 'must be two files'],
    [['fingerprint'], 'FILE missing'],
    [['fingerprint', 'x', '--hash', 'md5'], '--hash must be one of sha-1'],
  ])('answers %j with one line and exit code 2', async (argv, expected) => {
    const { exitCode, stdout, stderr } = await runCommand(...argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^dtlslib: [^\n]+\n$/);
  });

  it('does not pass on control characters that were typed', async () => {
    expect((await runCommand('\x1b[31mred')).stderr).toContain('"\\u{1b}[31mred"');
  });
});

describe('dtlslib cert', () => {
  it.each(['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'] as const)(
    'writes an %s certificate and a key that only its owner can read',
    async (keyType) => {
      const [out, keyOut] = [join(folder, `${keyType}.pem`), join(folder, `${keyType}.key`)];
      const files = ['--out', out, '--key-out', keyOut];
      const { exitCode, stdout } = await runCommand('cert', '--key-type', keyType, '--cn', 'x', ...files);
      expect(exitCode).toBe(0);
      const certificate = Certificate.fromPem({ cert: readFileSync(out), key: readFileSync(keyOut) });
      expect(certificate.keyType).toBe(keyType);
      expect(certificate.x509.subject).toBe('CN=x');
      expect(stdout).toContain(`sha-256 ${certificate.fingerprint()}\n`);
      expect(stdout).not.toContain('PRIVATE');
      expect(statSync(keyOut).mode & 0o777).toBe(0o600);
    },
  );

  it('replaces files only when told to, and then with the right mode', async () => {
    const [out, keyOut] = [join(folder, 'kept.pem'), join(folder, 'kept.key')];
    const files = ['--out', out, '--key-out', keyOut];
    writeFileSync(keyOut, 'mine', { mode: 0o644 });
    const refused = await runCommand('cert', ...files);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${keyOut} exists already`);
    expect(readFileSync(keyOut, 'utf8')).toBe('mine');
    expect(() => statSync(out)).toThrow('ENOENT');

    expect((await runCommand('cert', '--force', ...files)).exitCode).toBe(0);
    expect(readFileSync(keyOut, 'utf8')).toContain('PRIVATE KEY');
    expect(statSync(keyOut).mode & 0o777).toBe(0o600);
  });

  it('says what a folder that is not there is', async () => {
    const { exitCode, stderr } = await runCommand('cert', '--out', join(folder, 'no', 'cert.pem'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no such file or folder (ENOENT)');
  });
});

describe('dtlslib fingerprint', () => {
  it('prints that of the first certificate, as SDP has it', async () => {
    const [first, second] = [createCertificate(), createCertificate()];
    const file = join(folder, 'chain.pem');
    writeFileSync(file, first.pem + second.pem);
    expect((await runCommand('fingerprint', file)).stdout).toBe(`sha-256 ${first.fingerprint()}\n`);
    const { stdout } = await runCommand('fingerprint', file, '--hash', 'SHA-512');
    expect(stdout).toBe(`sha-512 ${first.fingerprint('sha-512')}\n`);
  });

  it.each([
    ['no file', undefined, 'cannot read'],
    ['no certificate', 'hello', 'no "-----BEGIN CERTIFICATE-----"'],
    ['no X.509', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'not X.509'],
  ])('fails with a sentence for %s', async (name, text, expected) => {
    const file = join(folder, name.replaceAll(' ', '-'));
    if (text !== undefined) writeFileSync(file, text);
    const { exitCode, stdout, stderr } = await runCommand('fingerprint', file);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(expected);
  });
});

describe('the built program', () => {
  it('runs the demo in a process of its own', async () => {
    const run = promisify(execFile);
    const program = join(ROOT, 'dist', 'cli', 'main.js');
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const argv = ['demo', '--fast', '--record', join(folder, 'built.wav')];
    const { stdout, stderr } = await run(process.execPath, [program, ...argv]);
    expect(stderr).toBe('');
    expect(stdout).toContain('hold the same keys');
    await expect(run(process.execPath, [program, 'demo', '--nonsense'])).rejects.toMatchObject({ code: 2 });
  });
});
