import { type ChildProcessByStdio, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe } from 'vitest';
import { requireProgram } from '../programs.ts';
import { within } from './program.ts';

const SOURCE = fileURLToPath(new URL('libsrtp-peer.c', import.meta.url));

const usable = requireProgram('cc') && requireHeader('srtp2/srtp.h');

/** Tests that `libsrtp()` runs for; skipped where a compiler or its header is missing (but in CI). */
export function describeWithLibsrtp(title: string, tests: (libsrtp: () => Libsrtp) => void): void {
  describe.skipIf(!usable)(title, () => {
    let running: Libsrtp | undefined;
    beforeAll(async () => {
      running = await Libsrtp.start();
    });
    afterAll(() => running?.[Symbol.asyncDispose]());
    tests(() => {
      if (running === undefined) throw new Error('libsrtp does not run yet');
      return running;
    });
  });
}

/** As `requireProgram`, for what the C compiler must find. */
function requireHeader(name: string): boolean {
  const input = `#include <${name}>\n`;
  if (spawnSync('cc', ['-E', '-x', 'c', '-', '-o', '/dev/null'], { input }).status === 0) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`${name} is not installed, and CI needs it for this test`);
  console.warn(`skipped: ${name} is not installed`);
  return false;
}

export interface SrtpKey {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly mki?: Uint8Array;
}

export interface LibsrtpOptions {
  readonly profile: string;
  readonly direction: 'send' | 'receive';
  readonly keys: readonly SrtpKey[];
  /** Packets, 64 to 32767. Default 128. */
  readonly replayWindow?: number | undefined;
  /** Without it any, each in a stream of its own once a packet of it has come. */
  readonly ssrcs?: readonly number[] | undefined;
  readonly encryptedHeaderExtensions?: readonly number[] | undefined;
  readonly unencryptedRtcp?: boolean | undefined;
}

/** A process that runs libsrtp, for any number of sessions. */
export class Libsrtp implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #folder: string;
  readonly #exited: Promise<void>;
  /** Called in the order of the commands; undefined when the program has ended. */
  readonly #waiting: ((answer: string | undefined) => void)[] = [];
  #errors = '';
  #running = true;

  private constructor(folder: string, program: string) {
    this.#folder = folder;
    this.#child = spawn(program, { stdio: 'pipe' });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString('latin1');
    });
    // Writing to a program that has just ended fails the command, below, and not the process.
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#running = false;
        for (const answer of this.#waiting.splice(0)) answer(undefined);
        resolve();
      };
      this.#child.once('close', end);
      this.#child.once('error', end);
    });
  }

  /** Compiles the program and starts it. */
  static async start(): Promise<Libsrtp> {
    const folder = await mkdtemp(join(tmpdir(), 'dtlslib-libsrtp-'));
    const program = join(folder, 'libsrtp-peer');
    await promisify(execFile)('cc', ['-O1', '-Wall', '-Werror', '-o', program, SOURCE, '-lsrtp2']);
    return new Libsrtp(folder, program);
  }

  /** The answer without its `ok`, or, of a refusal, as it is: `no replay_fail`. */
  async command(...words: readonly (string | number)[]): Promise<string> {
    const answer = new Promise<string | undefined>((resolve) => {
      if (this.#running) this.#waiting.push(resolve);
      else resolve(undefined);
    });
    this.#child.stdin.write(`${words.join(' ')}\n`);
    const line = await within(answer, `libsrtp's answer to ${words[0]}`, () => this.#errors);
    if (line === undefined) throw new Error(`the program ended at: ${words.join(' ')}\n${this.#errors}`);
    return line.replace(/^ok /, '');
  }

  async open(options: LibsrtpOptions): Promise<LibsrtpSession> {
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const keys = options.keys.map(
      ({ masterKey, masterSalt, mki }) =>
        hex(masterKey) + hex(masterSalt) + (mki === undefined ? '' : `:${hex(mki)}`),
    );
    const number = await this.command(
      ...['open', options.profile, options.direction, keys.join(',')],
      ...[options.replayWindow ?? 128, options.ssrcs?.join(',') ?? 'any'],
      options.encryptedHeaderExtensions?.join(',') ?? 'none',
      options.unencryptedRtcp === true ? 'plain' : 'encrypted',
    );
    if (!/^\d+$/.test(number)) throw new Error(`libsrtp opens no session: ${number}`);
    return new LibsrtpSession(this, Number(number));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) this.#child.kill('SIGKILL');
    await this.#exited;
    await rm(this.#folder, { recursive: true });
  }
}

/**
 * One `srtp_t`. Packets come back in hex; of one that libsrtp refuses comes the name of its status, such as
 * `no auth_fail`. The library works on a copy.
 */
export class LibsrtpSession {
  readonly #program: Libsrtp;
  readonly #number: number;

  constructor(program: Libsrtp, number: number) {
    this.#program = program;
    this.#number = number;
  }

  /** `key` is the position of the master key, where there are several. */
  protect(packet: Uint8Array, key = 0): Promise<string> {
    return this.#process('protect', packet, key);
  }

  unprotect(packet: Uint8Array): Promise<string> {
    return this.#process('unprotect', packet);
  }

  protectRtcp(packet: Uint8Array, key = 0): Promise<string> {
    return this.#process('protect_rtcp', packet, key);
  }

  unprotectRtcp(packet: Uint8Array): Promise<string> {
    return this.#process('unprotect_rtcp', packet);
  }

  /** Only of an SSRC named in `ssrcs`, or of which a packet has come; it counts from the next packet on. */
  async setRollOverCounter(ssrc: number, rollOverCounter: number): Promise<void> {
    const answer = await this.#program.command('set_roc', this.#number, ssrc, rollOverCounter);
    if (answer !== '') throw new Error(`libsrtp sets no roll-over counter: ${answer}`);
  }

  async rollOverCounter(ssrc: number): Promise<number | undefined> {
    const answer = await this.#program.command('get_roc', this.#number, ssrc);
    return answer === 'no bad_param' ? undefined : Number(answer);
  }

  #process(command: string, packet: Uint8Array, key = 0): Promise<string> {
    const hex = packet.length === 0 ? '-' : Buffer.from(packet).toString('hex');
    return this.#program.command(command, this.#number, key, hex);
  }
}
