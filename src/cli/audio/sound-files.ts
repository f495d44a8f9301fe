import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError } from '../command.ts';
import { codeOf, nameBeside, systemReason } from '../files.ts';
import { encodePcmu } from './g711.ts';
import { resample, TELEPHONE_RATE } from './resample.ts';
import { readWav, writeWav } from './wav.ts';

/**
 * A sound as PCMU, 8,000 bytes a second.
 *
 * @throws CommandError that names the file and says why it cannot be played.
 */
export function readPcmu(file: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${systemReason(error)}`);
  }
  try {
    const { sampleRate, samples } = readWav(bytes);
    if (samples.length === 0) throw new Error('there is no sound in it');
    if (sampleRate < 4000 || sampleRate > 192_000)
      throw new Error(`it has ${sampleRate} samples a second; 4,000 to 192,000 are taken`);
    return encodePcmu(resample(samples, sampleRate));
  } catch (error) {
    throw new CommandError(`cannot play ${file}: ${error instanceof Error ? error.message : String(error)}`);
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
      writeFileSync(this.#descriptor, writeWav({ sampleRate: TELEPHONE_RATE, samples }));
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
