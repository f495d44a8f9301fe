import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate } from '../src/index.ts';
import { CommandRun, listeningPort, runCommand } from './cli-support.ts';

const OTHER = createCertificate();

let folder = '';
const files: Record<'client' | 'server', { readonly argv: readonly string[]; readonly fingerprint: string }> =
  {
    client: { argv: [], fingerprint: '' },
    server: { argv: [], fingerprint: '' },
  };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtlslib-cli-'));
  for (const name of ['client', 'server'] as const) {
    const certificate = createCertificate();
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    writeFileSync(cert, certificate.pem);
    writeFileSync(key, certificate.privateKeyPem ?? '');
    files[name] = {
      argv: ['--cert', cert, '--key', key],
      fingerprint: `sha-256 ${certificate.fingerprint()}`,
    };
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Both {
  readonly server: CommandRun;
  readonly client: CommandRun;
}

/** A server and a client that go for each other, on a port of loopback. */
async function both(
  serverArgv: readonly string[],
  clientArgv: readonly string[],
  host = '127.0.0.1',
): Promise<Both> {
  const server = new CommandRun(['serve', '--host', host, ...serverArgv]);
  const port = await listeningPort(server);
  const client = new CommandRun(['connect', host, port, ...clientArgv]);
  return { server, client };
}

async function exitCodes({ server, client }: Both): Promise<readonly number[]> {
  return Promise.all([server.exitCode, client.exitCode]);
}

describe('dtlslib serve and dtlslib connect', () => {
  it('check fingerprints, tell what was agreed, and relay lines both ways', async () => {
    const pair = await both(
      [...files.server.argv, '--fingerprint', files.client.fingerprint],
      [...files.client.argv, '--fingerprint', files.server.fingerprint],
    );
    const { server, client } = pair;
    await Promise.all([server.waitFor(/Lines typed/), client.waitFor(/Lines typed/)]);
    client.type('over there?');
    await server.waitFor(/^< over there\?$/m);
    server.type('\x1b[2Jhere');
    await client.waitFor(/^< \\u\{1b\}\[2Jhere$/m);
    client.stdin.end();
    expect(await exitCodes(pair)).toEqual([0, 0]);

    for (const { stdout, stderr } of [server, client]) {
      expect(stderr).toBe('');
      expect(stdout).toContain('HelloVerifyRequest');
      expect(stdout).toContain('checked: its certificate is the one of --fingerprint');
      expect(stdout).toContain('SRTP profile: SRTP_AES128_CM_SHA1_80');
      expect(stdout).toMatch(/Closed\.\n$/);
      expect(stdout).not.toContain('Keying material');
      expect(stdout).not.toMatch(/[0-9a-f]{12}/i);
    }
    const digests = /to send (\w{8}), to receive (\w{8})/;
    const [, sent, received] = digests.exec(client.stdout) ?? [];
    expect(digests.exec(server.stdout)?.slice(1)).toEqual([received, sent]);
  });

  it.each(['client', 'server'] as const)(
    'the %s ends the handshake when the fingerprint is another',
    async (side) => {
      const wrong = ['--fingerprint', `sha-256 ${OTHER.fingerprint()}`];
      const pair = await both(
        side === 'server' ? wrong : ['--insecure'],
        side === 'client' ? wrong : ['--insecure'],
      );
      expect(await exitCodes(pair)).toEqual([1, 1]);
      const other = side === 'client' ? 'server' : 'client';
      expect(pair[side].stderr).toContain('ERR_DTLS_FINGERPRINT_MISMATCH');
      expect(pair[other].stderr).toContain('bad_certificate');
      expect(pair[side].stdout).not.toContain('Connected');
    },
  );

  it('say NOT CHECKED under --insecure, and print equal keying material under --show-keys', async () => {
    const flags = ['--insecure', '--show-keys', '--profiles', 'SRTP_AEAD_AES_256_GCM'];
    const pair = await both(flags, [...flags, '--once']);
    expect(await exitCodes(pair)).toEqual([0, 0]);
    const keys = /Length: 88 bytes\n {4}Keying material: ([0-9A-F]{176})\n/;
    expect(keys.exec(pair.client.stdout)?.[1]).toBe(keys.exec(pair.server.stdout)?.[1]);
    for (const { stdout } of [pair.client, pair.server]) {
      expect(stdout).toMatch(keys);
      expect(stdout).toContain('NOT CHECKED');
    }
  });

  it('do without cookie, client certificate and SRTP, with ALPN', async () => {
    const flags = ['--insecure', '--no-srtp', '--alpn', 'webrtc,other'];
    const pair = await both([...flags, '--no-cookie', '--no-client-cert'], [...flags, '--once']);
    expect(await exitCodes(pair)).toEqual([0, 0]);
    const { stdout } = pair.server;
    expect(stdout).not.toContain('HelloVerifyRequest');
    expect(stdout).not.toContain('CertificateRequest');
    expect(stdout).toContain('it has shown no certificate');
    expect(stdout).toContain('ALPN: webrtc');
    expect(stdout).toContain('SRTP profile: none');
  });

  it('say NOT ENCRYPTED of a profile that does not encrypt, and use it only when it is named', async () => {
    const pair = await both(
      ['--insecure', '--profiles', 'SRTP_NULL_SHA1_80'],
      ['--insecure', '--profiles', 'SRTP_NULL_SHA1_80', '--once'],
    );
    expect(await exitCodes(pair)).toEqual([0, 0]);
    for (const { stdout } of [pair.client, pair.server])
      expect(stdout).toMatch(/^SRTP profile: SRTP_NULL_SHA1_80\n +NOT ENCRYPTED/m);
    const unnamed = await both(['--insecure'], ['--insecure', '--profiles', 'SRTP_NULL_SHA1_80']);
    expect(await exitCodes(unnamed)).toEqual([1, 1]);
  });

  it('fail with a sentence when there is no profile in common', async () => {
    const pair = await both(
      ['--insecure', '--profiles', 'SRTP_AES128_CM_SHA1_80'],
      ['--insecure', '--profiles', 'SRTP_AEAD_AES_128_GCM'],
    );
    expect(await exitCodes(pair)).toEqual([1, 1]);
    expect(pair.server.stderr).toContain('ERR_DTLS_NO_COMMON_SRTP_PROFILE');
  });

  it('close with a close_notify when interrupted', async () => {
    const pair = await both(['--insecure'], ['--insecure']);
    await Promise.all([pair.server.waitFor(/Lines typed/), pair.client.waitFor(/Lines typed/)]);
    pair.server.interrupt();
    expect(await exitCodes(pair)).toEqual([0, 0]);
    expect(pair.client.stdout).toMatch(/Closed\.\n$/);
  });

  it('keep the key log in a file that only its owner can read', async () => {
    const file = join(folder, 'keys.log');
    const pair = await both(['--insecure', '--keylog', file], ['--insecure', '--once']);
    expect(await exitCodes(pair)).toEqual([0, 0]);
    expect(readFileSync(file, 'utf8')).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('find a host by its name', async () => {
    const pair = await both(['--insecure'], ['--insecure', '--once'], 'localhost');
    expect(await exitCodes(pair)).toEqual([0, 0]);
  });
});

describe('dtlslib serve', () => {
  it('ends with 130 when interrupted before anybody came', async () => {
    const server = new CommandRun(['serve', '--insecure']);
    await listeningPort(server);
    server.interrupt();
    expect(await server.exitCode).toBe(130);
  });

  it('says which port is taken', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { exitCode, stderr } = await runCommand(
      'serve',
      '--insecure',
      '--port',
      String(socket.address().port),
    );
    socket.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the port is in use (EADDRINUSE)');
  });

  it('says what is wrong with a certificate file', async () => {
    const argv = ['--cert', join(folder, 'client.pem'), '--key', join(folder, 'server.key')];
    const { exitCode, stderr } = await runCommand('serve', '--insecure', ...argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('does not belong to');
    expect(stderr).not.toContain('PRIVATE');
  });
});

describe('dtlslib connect', () => {
  it('gives up after --timeout', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const port = String(silent.address().port);
    const { exitCode, stderr } = await runCommand(
      'connect',
      '127.0.0.1',
      port,
      '--insecure',
      '--timeout',
      '0.05',
    );
    silent.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_DTLS_HANDSHAKE_TIMEOUT');
  });

  it('says that a host is not to be found', async () => {
    const { exitCode, stderr } = await runCommand('connect', 'no-such-host.invalid', '4444', '--insecure');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot find the address of no-such-host.invalid');
  });
});
