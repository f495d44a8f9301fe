import { describe, expect, it } from 'vitest';
import { CommandRun, runCommand } from './cli-support.ts';

describe('dtlslib demo', () => {
  it('shows the whole handshake on at most 64 lines of 100 columns, without colour codes', async () => {
    const { exitCode, stdout, stderr } = await runCommand('demo');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(64);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\x1b');
  });

  it('draws the messages of RFC 6347 §4.2.4 in their order, with the cookie exchange', async () => {
    const { stdout } = await runCommand('demo');
    const messages = [...stdout.matchAll(/│ {2}(\w+)/g)].map(([, name]) => name);
    expect(messages).toEqual([
      'ClientHello',
      'HelloVerifyRequest',
      'ClientHello',
      'ServerHello',
      'Certificate',
      'ServerKeyExchange',
      'CertificateRequest',
      'ServerHelloDone',
      'Certificate',
      'ClientKeyExchange',
      'CertificateVerify',
      'ChangeCipherSpec',
      'Finished',
      'ChangeCipherSpec',
      'Finished',
      'ApplicationData',
      'ApplicationData',
      'Alert',
      'Alert',
    ]);
    expect(stdout.match(/bytes ─+▶│/g)).toHaveLength(5);
    expect(stdout.match(/│◀─+ \d+ bytes/g)).toHaveLength(5);
  });

  it('shows keys as digests, equal on both sides, and fingerprints that match', async () => {
    const { stdout } = await runCommand('demo');
    expect(stdout.match(/client ([0-9a-f]{8}), server \1: equal/g)).toHaveLength(2);
    expect(stdout.match(/was shown (\S+), was told \1: match/g)).toHaveLength(2);
    expect(stdout).not.toMatch(/[0-9a-f]{12}/i);
    expect(stdout).toContain('Profile SRTP_AES128_CM_SHA1_80');
  });

  it.each([
    [
      ['--profile', 'srtp_aead_aes_256_gcm'],
      'Profile SRTP_AEAD_AES_256_GCM: a key of 32 bytes and a salt of 12',
    ],
    [['--profile', 'SRTP_AES128_CM_HMAC_SHA1_32'], 'Profile SRTP_AES128_CM_SHA1_32'],
    [['--group', 'p-384', '--key-type', 'ecdsa-p384'], 'key agreement by P-384'],
    [['--key-type', 'rsa'], 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    [['--key-type', 'ed25519'], 'client: ed25519'],
  ])('takes %j', async (argv, expected) => {
    const { exitCode, stdout } = await runCommand('demo', ...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(expected);
  });

  it('leaves out the cookie exchange when told to', async () => {
    const { exitCode, stdout } = await runCommand('demo', '--no-cookie');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('HelloVerifyRequest');
  });

  it('keeps every datagram of the handshake within --mtu, and none is without messages', async () => {
    const { exitCode, stdout } = await runCommand('demo', '--mtu', '256');
    expect(exitCode).toBe(0);
    for (const [, size] of stdout.matchAll(/─ (\d+) bytes ─/g)) expect(Number(size)).toBeLessThanOrEqual(256);
    expect(stdout).toContain('bytes 0-');
    const lines = stdout.split('\n');
    for (const [index, line] of lines.entries())
      if (/[▶◀]/.test(line)) expect(lines[index + 1]).toMatch(/^ {9}│ {2}\w/);
  });

  it('writes traces of both ends to standard error, with no secret in them', async () => {
    const { stderr } = await runCommand('demo', '--trace');
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    for (const end of ['client', 'server'])
      expect(events.some((event) => event['end'] === end && event['state'] === 'connected')).toBe(true);
    // A time has up to 13 decimals.
    expect(stderr).not.toMatch(/[0-9a-f]{20}/i);
  });

  it('is coloured on a terminal, and not when NO_COLOR is set', async () => {
    const coloured = new CommandRun(['demo'], { isTTY: true });
    const plain = new CommandRun(['demo'], { isTTY: true, env: { NO_COLOR: '1' } });
    await Promise.all([coloured.exitCode, plain.exitCode]);
    expect(coloured.stdout).toContain('\x1b[1m');
    expect(plain.stdout).not.toContain('\x1b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences are made of one.
    const bare = coloured.stdout.replace(/\x1b\[\d+m/g, '');
    for (const line of bare.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
