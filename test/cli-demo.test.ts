import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodePcmu, encodePcmu } from '../src/cli/audio/g711.ts';
import { melody } from '../src/cli/audio/melody.ts';
import { readWav, writeWav } from '../src/cli/audio/wav.ts';
import { type CommandResult, CommandRun, runCommand } from './cli-support.ts';

let folder = '';
let recordings = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtlslib-demo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The arguments of a demo that takes no longer than it must. */
function demoArgv(...argv: readonly string[]): string[] {
  recordings++;
  return ['demo', '--fast', '--record', join(folder, `${recordings}.wav`), ...argv];
}

const runDemo = (...argv: readonly string[]): Promise<CommandResult> => runCommand(...demoArgv(...argv));

describe('dtlslib demo', () => {
  it('shows the whole handshake on at most 82 lines of 100 columns, without colour codes', async () => {
    const { exitCode, stdout, stderr } = await runDemo();
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(82);
    for (const line of lines) expect(line.replace(folder, '').length).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\x1b');
  });

  it('draws the messages of RFC 6347 §4.2.4 in their order, with the cookie exchange', async () => {
    const { stdout } = await runDemo();
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
    const { stdout } = await runDemo();
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
    const { exitCode, stdout } = await runDemo(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(expected);
  });

  it('leaves out the cookie exchange when told to', async () => {
    const { exitCode, stdout } = await runDemo('--no-cookie');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('HelloVerifyRequest');
  });

  it('keeps every datagram of the handshake within --mtu, and none is without messages', async () => {
    const { exitCode, stdout } = await runDemo('--mtu', '256');
    expect(exitCode).toBe(0);
    for (const [, size] of stdout.matchAll(/─ (\d+) bytes ─/g)) expect(Number(size)).toBeLessThanOrEqual(256);
    expect(stdout).toContain('bytes 0-');
    const lines = stdout.split('\n');
    for (const [index, line] of lines.entries())
      if (/[▶◀]/.test(line)) expect(lines[index + 1]).toMatch(/^ {9}│ {2}\w/);
  });

  it('writes traces of both ends to standard error, with no secret in them', async () => {
    const { stderr } = await runDemo('--trace');
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
    const coloured = new CommandRun(demoArgv(), { isTTY: true });
    const plain = new CommandRun(demoArgv(), { isTTY: true, env: { NO_COLOR: '1' } });
    await Promise.all([coloured.exitCode, plain.exitCode]);
    expect(coloured.stdout).toContain('\x1b[1m');
    expect(plain.stdout).not.toContain('\x1b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences are made of one.
    const bare = coloured.stdout.replace(/\x1b\[\d+m/g, '');
    for (const line of bare.split('\n')) expect(line.replace(folder, '').length).toBeLessThanOrEqual(100);
  });
});

describe('the audio of dtlslib demo', () => {
  it('is sent both ways, compared packet by packet, drawn twice alike, and recorded', async () => {
    const [, , , file = '', ...rest] = demoArgv();
    const { exitCode, stdout } = await runCommand('demo', '--fast', '--record', file, ...rest);
    expect(exitCode).toBe(0);
    for (const direction of ['client to server', 'server to client'])
      expect(stdout).toContain(
        `${direction}: 250 packets, 45,500 bytes of SRTP: all arrived, each payload the same`,
      );
    const pictures = stdout.split('\n').filter((line) => /[\u2800-\u28ff]/.test(line));
    expect(pictures).toHaveLength(8);
    expect(pictures.slice(0, 4)).toEqual(pictures.slice(4));
    expect(stdout).toMatch(
      /\(SRTCP\), at random times: [2-9] by the client, [2-9] by the server: all arrived\n/,
    );
    expect(stdout).toContain(`as WAV (5.0 s): ${file}\n`);
    expect(readWav(readFileSync(file))).toEqual({
      sampleRate: 8000,
      samples: decodePcmu(encodePcmu(melody(5))),
    });
  });

  it('shows a packet before and after: its header the same, its sound another', async () => {
    const { stdout } = await runDemo();
    const [, header = '', sound] = /RTP {2}((?:\w\w ){12})\| ((?:\w\w ){14})…/.exec(stdout) ?? [];
    const [, srtpHeader, srtpSound] = /SRTP ((?:\w\w ){12})\| ((?:\w\w ){14})…/.exec(stdout) ?? [];
    expect(header).toMatch(/^80 80 /);
    expect(srtpHeader).toBe(header);
    expect(srtpSound).not.toBe(sound);
    expect(stdout).toContain('All can still read the header, nobody the sound.');
    const start = [...encodePcmu(melody(5)).subarray(0, 14)].map((code) =>
      code.toString(16).padStart(2, '0'),
    );
    expect(sound?.trim()).toBe(start.join(' '));
  });

  it.each([
    ['SRTP_AES128_CM_SHA1_32', 4, '44,000'],
    ['SRTP_AEAD_AES_128_GCM', 16, '47,000'],
    ['SRTP_AEAD_AES_256_GCM', 16, '47,000'],
  ])('is protected with %s', async (profile, tag, bytes) => {
    const { exitCode, stdout } = await runDemo('--profile', profile);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`; ${profile} adds a tag of ${tag}.\n`);
    expect(stdout.match(new RegExp(`250 packets, ${bytes} bytes of SRTP: all arrived`, 'g'))).toHaveLength(2);
  });

  it('is readable with a profile that does not encrypt, which it says', async () => {
    const { exitCode, stdout } = await runDemo('--profile', 'SRTP_NULL_SHA1_80');
    expect(exitCode).toBe(0);
    const [, sound] = /RTP {2}(?:\w\w ){12}\| ((?:\w\w ){14})…/.exec(stdout) ?? [];
    expect(sound).toBeDefined();
    expect(/SRTP (?:\w\w ){12}\| ((?:\w\w ){14})…/.exec(stdout)?.[1]).toBe(sound);
    expect(stdout).toContain('This profile encrypts NOTHING');
    expect(stdout).not.toContain('nobody the sound');
  });

  it('is a file of one’s own with --play, as it sounds without --fast', async () => {
    const file = join(folder, 'tone.wav');
    const samples = Int16Array.from({ length: 3200 }, (_, i) => 8000 * Math.sin(i / 3));
    writeFileSync(file, writeWav({ sampleRate: 16_000, samples }));
    const recording = join(folder, 'tone-heard.wav');
    const { exitCode, stdout } = await runCommand('demo', '--play', file, '--record', recording);
    expect(exitCode).toBe(0);
    expect(stdout.match(/10 packets, 1,820 bytes of SRTP: all arrived/g)).toHaveLength(2);
    expect(readWav(readFileSync(recording)).samples).toHaveLength(1600);
  });

  it('ends when interrupted, and leaves no file', async () => {
    const file = join(folder, 'interrupted.wav');
    const demo = new CommandRun(['demo', '--record', file]);
    await demo.waitFor(/7\. Audio/);
    demo.interrupt();
    expect(await demo.exitCode).toBe(130);
    expect(demo.stderr).toBe('dtlslib: interrupted\n');
    expect(demo.stdout).not.toContain('heard by the server');
    expect(existsSync(file)).toBe(false);
  });

  it('replaces a recording only with --force', async () => {
    const file = join(folder, 'kept.wav');
    writeFileSync(file, 'mine');
    const refused = await runCommand('demo', '--fast', '--record', file);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(`${file} exists already`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await runCommand('demo', '--fast', '--record', file, '--force')).exitCode).toBe(0);
    expect(readWav(readFileSync(file)).samples).toHaveLength(40_000);
  });
});

describe('dtlslib demo without --record', () => {
  let temporary = '';
  beforeAll(() => {
    temporary = join(folder, 'temporary');
    mkdirSync(temporary);
  });
  beforeEach(() => void vi.stubEnv('TMPDIR', temporary));
  afterEach(() => void vi.unstubAllEnvs());

  /** The name of the one file that it leaves. */
  async function recordingOfDemo(): Promise<string> {
    const { exitCode, stdout } = await runCommand('demo', '--fast');
    expect(exitCode).toBe(0);
    const [, file = ''] = /as WAV \(5\.0 s; the next demo replaces it\): (\S+)\n/.exec(stdout) ?? [];
    expect(readdirSync(temporary).map((name) => join(temporary, name))).toEqual([file]);
    expect(readWav(readFileSync(file)).samples).toHaveLength(40_000);
    return file;
  }

  it('leaves one file for temporary files, however often it runs', async () => {
    expect(await recordingOfDemo()).toBe(await recordingOfDemo());
  });

  it('replaces a link that somebody has put there, and not what it leads to', async () => {
    const file = await recordingOfDemo();
    const precious = join(folder, 'precious');
    writeFileSync(precious, 'mine');
    rmSync(file);
    symlinkSync(precious, file);
    expect(await recordingOfDemo()).toBe(file);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(lstatSync(file).isSymbolicLink()).toBe(false);
  });

  it('leaves what was there when it fails', async () => {
    const file = await recordingOfDemo();
    writeFileSync(file, 'older');
    const demo = new CommandRun(['demo']);
    await demo.waitFor(/7\. Audio/);
    demo.interrupt();
    expect(await demo.exitCode).toBe(130);
    expect(readdirSync(temporary)).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe('older');
  });
});
