import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePcmu, encodePcmu } from '../src/cli/audio/g711.ts';
import { melody } from '../src/cli/audio/melody.ts';
import { readWav, writeWav } from '../src/cli/audio/wav.ts';
import { PROFILE_NAMES } from '../src/cli/peer-options.ts';
import { createCertificate } from '../src/index.ts';
import { isMediaDatagram } from '../src/net/demultiplex.ts';
import { CommandRun, listeningPort, runCommand } from './cli-support.ts';
import { Program } from './interop/lib/program.ts';

const LOOPBACK = '127.0.0.1';
const PROGRAM = new URL('../dist/cli/main.js', import.meta.url).pathname;

/** Ten packets, and a part of one. */
const SAMPLES = melody(0.21);
const OTHER_SAMPLES = melody(0.5).subarray(2400);

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtlslib-audio-'));
  writeFileSync(path('tune.wav'), writeWav({ sampleRate: 8000, samples: SAMPLES }));
  writeFileSync(path('other.wav'), writeWav({ sampleRate: 8000, samples: OTHER_SAMPLES }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);
const newFile = (): string => path(`${++files}.wav`);

/** As it sounds once it has been PCMU, in whole packets. */
function onTelephone(samples: Int16Array): Int16Array {
  const pcmu = new Uint8Array(Math.ceil(samples.length / 160) * 160).fill(0xff);
  pcmu.set(encodePcmu(samples));
  return decodePcmu(pcmu);
}

const recorded = (file: string): Int16Array => readWav(readFileSync(file)).samples;

async function serve(...argv: readonly string[]): Promise<{ server: CommandRun; port: string }> {
  const server = new CommandRun(['serve', '--insecure', ...argv]);
  return { server, port: await listeningPort(server) };
}

const connect = (port: string, ...argv: readonly string[]): CommandRun =>
  new CommandRun(['connect', LOOPBACK, port, '--insecure', ...argv]);

describe('dtlslib serve --record and dtlslib connect --play', () => {
  it.each(PROFILE_NAMES)('carry audio with %s, each payload the same', async (profile) => {
    const file = newFile();
    const { server, port } = await serve('--record', file, '--profiles', profile);
    const client = connect(port, '--play', path('tune.wav'), '--once');
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    expect([server.stderr, client.stderr]).toEqual(['', '']);
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(client.stdout).toMatch(/Playing \S+tune\.wav: 0\.2 s of audio in 11 packets/);
    const [, sent] =
      /Sent: (11 SRTP packets of [\d,]+ bytes in all, \d+ SRTCP packets)/.exec(client.stdout) ?? [];
    expect(server.stdout).toContain(`Received: ${sent}, 0 lost\n`);
    expect(server.stdout).toContain(`Recorded ${file}: 0.2 s\n`);
    const picture = /(?:^ +[\u2800-\u28ff]+\n){4}/m;
    expect(picture.exec(client.stdout)?.[0]).toBeDefined();
    expect(picture.exec(server.stdout)?.[0]).toBeDefined();
  });

  it('are two processes', async () => {
    const file = newFile();
    await using server = new Program(process.execPath, [PROGRAM, 'serve', '--insecure', '--record', file]);
    const [, port = ''] = await server.waitFor(/Listening on \S+:(\d+)\n/);
    const play = ['--insecure', '--play', path('tune.wav'), '--once'];
    await using client = new Program(process.execPath, [PROGRAM, 'connect', LOOPBACK, port, ...play]);
    await client.waitFor(/Closed\./);
    await server.waitFor(/Closed\./);
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
  });

  it('carry audio both ways at once, beside messages', async () => {
    const [atServer, atClient] = [newFile(), newFile()];
    const { server, port } = await serve('--play', path('other.wav'), '--record', atServer);
    const client = connect(port, '--play', path('tune.wav'), '--record', atClient);
    await Promise.all([server.waitFor(/Lines typed/), client.waitFor(/Lines typed/)]);
    client.type('do you hear it?');
    await server.waitFor(/^< do you hear it\?$/m);
    await Promise.all([server.waitFor(/^Played/m), client.waitFor(/^Played/m)]);
    // What was sent before a message has come before it.
    server.type('yes, all of it');
    await client.waitFor(/^< yes, all of it$/m);
    client.stdin.end();
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    expect(recorded(atServer)).toEqual(onTelephone(SAMPLES));
    expect(recorded(atClient)).toEqual(onTelephone(OTHER_SAMPLES));
  });

  it('resample and mix what is no telephone sound', async () => {
    const samples = Int16Array.from(
      { length: 9600 },
      (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * i) / 48_000),
    );
    writeFileSync(path('hifi.wav'), writeWav({ sampleRate: 48_000, samples }));
    const file = newFile();
    const { server, port } = await serve('--record', file);
    expect(await connect(port, '--play', path('hifi.wav'), '--once').exitCode).toBe(0);
    expect(await server.exitCode).toBe(0);
    const heard = recorded(file);
    expect(heard).toHaveLength(1600);
    const off = heard.map((sample, i) => sample - 8000 * Math.sin((2 * Math.PI * 440 * i) / 8000));
    expect(Math.max(...off.subarray(200, 1400).map(Math.abs))).toBeLessThan(400);
  });
});

describe('the end of a call', () => {
  it('comes for connect --play when the input has ended and all was sent', async () => {
    const file = newFile();
    const { server, port } = await serve('--record', file);
    const client = connect(port, '--play', path('tune.wav'));
    client.stdin.end();
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
  });

  it('does not come for connect --record with the end of the input, but when the server closes', async () => {
    const file = newFile();
    const { server, port } = await serve('--play', path('tune.wav'), '--once');
    const client = connect(port, '--record', file);
    client.stdin.end();
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
  });

  it('by an interrupt leaves what has come so far', async () => {
    const file = newFile();
    const long = path('long.wav');
    writeFileSync(long, writeWav({ sampleRate: 8000, samples: melody(60) }));
    const { server, port } = await serve('--record', file);
    const client = connect(port, '--play', long);
    await client.waitFor(/Lines typed/);
    client.type('the first packet is before this line');
    await server.waitFor(/^< the first/m);
    server.interrupt();
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    const heard = recorded(file);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard).toEqual(onTelephone(melody(60)).subarray(0, heard.length));
    expect(client.stdout).toMatch(/Played \S+ as far as \d+\.\d s\.\n/);
    expect(client.stdout).toMatch(/Sent: \d+ SRTP packets? of/);
  });

  it('without any audio leaves no file, and says so', async () => {
    const file = newFile();
    const { server, port } = await serve('--record', file);
    expect(await connect(port, '--once').exitCode).toBe(0);
    expect(await server.exitCode).toBe(0);
    expect(server.stderr).toContain(`no audio has come, and so ${file} was not written`);
    expect(existsSync(file)).toBe(false);
  });

  it('tells of audio that nobody recorded', async () => {
    const { server, port } = await serve();
    expect(await connect(port, '--play', path('tune.wav'), '--once').exitCode).toBe(0);
    expect(await server.exitCode).toBe(0);
    expect(server.stderr).toMatch(/ \d+ SRTP and SRTCP packets have come that nobody took; --record FILE/);
  });
});

describe('audio that overtakes the end of the handshake', () => {
  /** Passes datagrams on between a client and the server, but the server's Finished only behind three of media. */
  async function relayThatReorders(serverPort: number): Promise<Socket> {
    const relay = createSocket('udp4');
    relay.bind(0, LOOPBACK);
    await once(relay, 'listening');
    let client = 0;
    let media = 0;
    const held: Uint8Array[] = [];
    const CHANGE_CIPHER_SPEC = 20;
    relay.on('message', (datagram: Buffer, from: RemoteInfo) => {
      if (from.port !== serverPort) {
        client = from.port;
        relay.send(datagram, serverPort, LOOPBACK);
        return;
      }
      if (isMediaDatagram(datagram)) media++;
      if (datagram[0] === CHANGE_CIPHER_SPEC && media < 3) held.push(datagram);
      else relay.send(datagram, client, LOOPBACK);
      if (media >= 3) for (const late of held.splice(0)) relay.send(late, client, LOOPBACK);
    });
    return relay;
  }

  it('waits for the keys', async () => {
    const file = newFile();
    const { server, port } = await serve('--play', path('tune.wav'), '--once');
    const relay = await relayThatReorders(Number(port));
    const client = connect(String(relay.address().port), '--record', file);
    expect(await Promise.all([server.exitCode, client.exitCode])).toEqual([0, 0]);
    relay.close();
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
  });
});

describe('files of a call', () => {
  beforeAll(() => {
    mkdirSync(path('a folder'));
    writeFileSync(path('text.wav'), 'this is text, and no sound at all');
    writeFileSync(path('silent.wav'), writeWav({ sampleRate: 8000, samples: new Int16Array(0) }));
    writeFileSync(path('slow.wav'), writeWav({ sampleRate: 1000, samples: new Int16Array(100) }));
    writeFileSync(path('kept.wav'), 'mine');
  });

  it.each([
    ['--play', 'none.wav', 'cannot read', 'no such file or folder (ENOENT)'],
    ['--play', 'a folder', 'cannot read', 'it is a folder (EISDIR)'],
    ['--play', 'text.wav', 'cannot play', 'it is not a WAV file'],
    ['--play', 'silent.wav', 'cannot play', 'there is no sound in it'],
    ['--play', 'slow.wav', 'cannot play', 'it has 1000 samples a second; 4,000 to 192,000 are taken'],
    ['--record', 'none/new.wav', 'cannot write', 'no such file or folder (ENOENT)'],
    ['--record', 'kept.wav', '', 'exists already; name another file, or say --force to replace it'],
  ])('are looked at before the handshake: %s %s', async (option, name, what, why) => {
    for (const command of [['serve'], ['connect', LOOPBACK, '9'], ['demo']]) {
      const insecure = command[0] === 'demo' ? [] : ['--insecure'];
      const { exitCode, stdout, stderr } = await runCommand(...command, ...insecure, option, path(name));
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^dtlslib: [^\n]+\n$/);
      expect(stderr).toContain(`${what} ${path(name)}`.trim());
      expect(stderr).toContain(why);
    }
    expect(readFileSync(path('kept.wav'), 'utf8')).toBe('mine');
  });

  it('are replaced with --force, and only by a whole recording', async () => {
    const file = path('replaced.wav');
    writeFileSync(file, 'mine');
    const first = await serve('--record', file, '--force');
    expect(await connect(first.port, '--once').exitCode).toBe(0);
    expect(await first.server.exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    const { server, port } = await serve('--record', file, '--force');
    expect(await connect(port, '--play', path('tune.wav'), '--once').exitCode).toBe(0);
    expect(await server.exitCode).toBe(0);
    expect(recorded(file)).toEqual(onTelephone(SAMPLES));
  });

  it('are not left behind by whoever interrupts before anybody came', async () => {
    const file = newFile();
    const { server } = await serve('--record', file);
    expect(existsSync(file)).toBe(true);
    server.interrupt();
    expect(await server.exitCode).toBe(130);
    expect(existsSync(file)).toBe(false);
  });

  it('are not left behind by a handshake that failed', async () => {
    const file = newFile();
    const wrong = `sha-256 ${createCertificate().fingerprint()}`;
    const server = new CommandRun(['serve', '--fingerprint', wrong, '--record', file]);
    const port = await listeningPort(server);
    expect(await connect(port).exitCode).toBe(1);
    expect(await server.exitCode).toBe(1);
    expect(existsSync(file)).toBe(false);
  });
});
