import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePcmu } from './g711.ts';
import { NewWavFile, readPcmu } from './sound-files.ts';
import { readWav, writeWav } from './wav.ts';

vi.mock('node:fs', { spy: true });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtlslib-sounds-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);

/** A WAV file of so many bytes, all silence, that takes no room on the disk. */
function silence(name: string, sampleRate: number, bytes: number): string {
  const wav = writeWav({ sampleRate, samples: new Int16Array(0) });
  // The length of the data is left open.
  writeFileSync(path(name), wav.fill(0xff, 40, 44));
  truncateSync(path(name), bytes);
  return path(name);
}

describe('readPcmu()', () => {
  it('reads a sound', () => {
    const samples = Int16Array.from({ length: 1000 }, (_, i) => i * 30);
    writeFileSync(path('sound.wav'), writeWav({ sampleRate: 8000, samples }));
    expect(readPcmu(path('sound.wav'))).toEqual(encodePcmu(samples));
  });

  it('refuses a file over 128 MiB', () => {
    const file = silence('large.wav', 192_000, 2 ** 27 + 1);
    expect(() => readPcmu(file)).toThrow(
      `cannot play ${file}: it has more than 128 MiB, which is the most that is taken`,
    );
  });

  it('refuses a sound over an hour', () => {
    const file = silence('long.wav', 4000, 44 + 2 * 4000 * 3600 + 2);
    expect(() => readPcmu(file)).toThrow(`cannot play ${file}: it lasts 61 minutes; at most 60 are taken`);
  });

  it.runIf(existsSync('/dev/zero'))('refuses a device, which may have no end', () => {
    expect(() => readPcmu('/dev/zero')).toThrow(
      'cannot play /dev/zero: it is a device or a pipe, and no file',
    );
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe, and does not wait for who writes into it', () => {
    execFileSync('mkfifo', [path('pipe')]);
    expect(() => readPcmu(path('pipe'))).toThrow('it is a device or a pipe, and no file');
  });
});

describe('NewWavFile', () => {
  it('writes a long sound in parts', () => {
    const samples = Int16Array.from({ length: 200_000 }, (_, i) => i);
    const file = new NewWavFile(path('new.wav'), false);
    const write = vi.mocked(writeFileSync).mockClear();
    file.write(samples);
    expect(Math.max(...write.mock.calls.map(([, data]) => Buffer.byteLength(data)))).toBe(128 * 1024);
    expect(readWav(readFileSync(path('new.wav')))).toEqual({ sampleRate: 8000, samples });
  });

  it.each([false, true])('refuses the name of a folder at once, force %s', (force) => {
    expect(() => new NewWavFile(folder, force)).toThrow(`cannot write ${folder}: it is a folder`);
  });
});
