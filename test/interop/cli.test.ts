import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandRun, listeningPort, runCommand } from '../cli-support.ts';
import { EXPORTER_LABEL, ServerProgram } from './lib/openssl.ts';
import { Program } from './lib/program.ts';
import { requireProgram } from './programs.ts';

/** The commands as the help of `dtlslib serve` and `dtlslib connect` shows them, typed by hand. */
const EXPORT = ['-keymatexport', EXPORTER_LABEL, '-keymatexportlen', '60'];
const KEYING_MATERIAL = /Keying material: ([0-9A-F]{120})/;

describe.skipIf(!requireProgram('openssl'))('dtlslib and openssl', () => {
  let folder = '';
  let pair: string[] = [];
  let fingerprint = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dtlslib-cli-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    pair = ['-cert', cert, '-key', key];
    expect((await runCommand('cert', '--out', cert, '--key-out', key)).exitCode).toBe(0);
    fingerprint = (await runCommand('fingerprint', cert)).stdout.trim();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['SRTP_AES128_CM_SHA1_80', []],
    ['SRTP_AES128_CM_SHA1_32', ['-listen']],
  ])('connect talks to s_server with %s %j and has its keying material', async (profile, more) => {
    const options = ['-dtls1_2', '-accept', '127.0.0.1:0', '-use_srtp', profile, ...pair, ...EXPORT, ...more];
    await using server = await new ServerProgram('openssl', ['s_server', ...options]).listening();
    const argv = ['--fingerprint', fingerprint, '--show-keys'];
    const client = new CommandRun(['connect', '127.0.0.1', String(server.port), ...argv]);
    const [, material = ''] = await server.waitFor(KEYING_MATERIAL);
    await client.waitFor(/Lines typed/);
    expect(client.stdout).toContain(`Keying material: ${material}\n`);
    expect(client.stdout).toContain(`SRTP profile: ${profile}\n`);
    expect(client.stdout).toContain('checked: its certificate');
    client.type('good evening');
    await server.waitFor(/^good evening$/m);
    server.write('good morning');
    await client.waitFor(/^< good morning$/m);
    client.stdin.end();
    expect(await client.exitCode).toBe(0);
    await server.waitFor(/DONE|CONNECTION CLOSED/);
  });

  it.each([
    ['with the fingerprint of its certificate', () => ['--fingerprint', fingerprint], () => pair],
    ['without a certificate', () => ['--insecure', '--no-client-cert'], () => []],
    ['without the cookie exchange', () => ['--insecure', '--no-cookie'], () => pair],
  ])('serve talks to s_client %s and has its keying material', async (_, serverArgv, certificate) => {
    const server = new CommandRun(['serve', '--show-keys', ...serverArgv()]);
    const port = await listeningPort(server);
    const options = ['-dtls1_2', '-use_srtp', 'SRTP_AES128_CM_SHA1_80', ...certificate(), ...EXPORT];
    await using client = new Program('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options]);
    const [, material = ''] = await client.waitFor(KEYING_MATERIAL);
    await server.waitFor(/Lines typed/);
    expect(server.stdout).toContain(`Keying material: ${material}\n`);
    client.write('good evening');
    await server.waitFor(/^< good evening$/m);
    server.type('good morning');
    await client.waitFor(/^good morning$/m);
    server.interrupt();
    expect(await server.exitCode).toBe(0);
    await client.waitFor(/^closed$/m);
  });

  it('serve refuses an s_client of another certificate, and tells how one without can do', async () => {
    const wrong = new CommandRun([
      'serve',
      '--fingerprint',
      fingerprint.replace(/..$/, (end) => (end === '00' ? '01' : '00')),
    ]);
    const options = ['-dtls1_2', '-use_srtp', 'SRTP_AES128_CM_SHA1_80'];
    const connect = ['s_client', '-connect', `127.0.0.1:${await listeningPort(wrong)}`, ...options, ...pair];
    await using refused = new Program('openssl', connect);
    expect(await wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain('ERR_DTLS_FINGERPRINT_MISMATCH');
    await refused.waitFor(/bad certificate/);

    const strict = new CommandRun(['serve', '--insecure']);
    const bare = ['s_client', '-connect', `127.0.0.1:${await listeningPort(strict)}`, ...options];
    await using _client = new Program('openssl', bare);
    expect(await strict.exitCode).toBe(1);
    expect(strict.stderr).toContain('ERR_DTLS_NO_PEER_CERTIFICATE');
    expect(strict.stderr).toContain('--no-client-cert');
  });

  it('connect says what to do about an s_server without SRTP', async () => {
    const options = ['-dtls1_2', '-accept', '127.0.0.1:0', ...pair];
    await using server = await new ServerProgram('openssl', ['s_server', ...options]).listening();
    const { exitCode, stderr } = await runCommand('connect', '127.0.0.1', String(server.port), '--insecure');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--no-srtp');
  });
});
