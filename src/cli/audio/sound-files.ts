import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { CommandError } from '../command.ts';
import { codeOf, nameBeside, systemReason } from '../files.ts';
import { encodePcmu } from './g711.ts';
import { resample, TELEPHONE_RATE } from './resample.ts';
import { readWav, wavParts } from './wav.ts';

/** What is played is in memory, and made into telephone sound, before the call: a minute's work at most. */
const MAX_MEBIBYTES = 128;
const MAX_SECONDS = 3600;

/**
 * A sound as PCMU, 8,000 bytes a second. Of a file of at most 128 MiB, and at most an hour.
 *
 * @throws CommandError that names the file and says why it cannot be played.
 */
export function readPcmu(file: string): Uint8Array {
  try {
    const { sampleRate, samples } = readWav(readBounded(file), MAX_SECONDS);
    if (samples.length === 0) throw new Error('there is no sound in it');
    if (sampleRate < 4000 || sampleRate > 192_000)
      throw new Error(`it has ${sampleRate} samples a second; 4,000 to 192,000 are taken`);
    return encodePcmu(resample(samples, sampleRate));
  } catch (error) {
    if (codeOf(error) !== undefined) throw new CommandError(`cannot read ${file}: ${systemReason(error)}`);
    throw new CommandError(`cannot play ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** As much as the file has when it is opened. Devices and pipes, which may never end, are no files here. */
function readBounded(file: string): Uint8Array {
  // Without O_NONBLOCK, which Windows has not, opening a pipe waits for whoever writes into it.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    // Reading a folder fails, and says that it is one.
    if (!stat.isFile() && !stat.isDirectory()) throw new Error('it is a device or a pipe, and no file');
    if (stat.size > MAX_MEBIBYTES * 2 ** 20)
      throw new Error(`it has more than ${MAX_MEBIBYTES} MiB, which is the most that is taken`);
    const bytes = new Uint8Array(Math.max(1, stat.size));
    let length = 0;
    let read: number;
    do {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
    } while (read > 0);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A WAV file that will be written later. It is made at once, so that whatever stands in the way is known before the
 * call; for its owner alone to read, as what people say is theirs.
 */
export class NewWavFile {
  readonly name: string;
  /** Where the bytes go until they are complete. */
  readonly #target: string;
  #descriptor: number | undefined;

  /**
   * With `force` it takes the place of an older file, when it is written; of a link, not of what that leads to.
   *
   * @throws CommandError when there is one already, or none can be made.
   */
  constructor(name: string, force: boolean) {
    this.name = name;
    this.#target = force ? nameBeside(name) : name;
    if (lstatSync(name, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new CommandError(`cannot write ${name}: it is a folder`);
    try {
      this.#descriptor = openSync(this.#target, 'wx', 0o600);
    } catch (error) {
      if (codeOf(error) === 'EEXIST')
        throw new CommandError(`${name} exists already; name another file, or say --force to replace it`);
      throw new CommandError(`cannot write ${name}: ${systemReason(error)}`);
    }
  }

  /** @throws CommandError when it cannot be written. */
  write(samples: Int16Array): void {
    if (this.#descriptor === undefined) return;
    try {
      for (const part of wavParts({ sampleRate: TELEPHONE_RATE, samples }))
        writeFileSync(this.#descriptor, part);
      if (this.#target !== this.name) renameSync(this.#target, this.name);
    } catch (error) {
      this.discard();
      throw new CommandError(`cannot write ${this.name}: ${systemReason(error)}`);
    }
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** There is nothing to write: what was made goes away. Does nothing once it was written. */
  discard(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#target, { force: true });
  }
}
