import { PassThrough } from 'node:stream';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/run.ts';

/** How long anything that a test waits for may take, in ms; wide, for machines that are busy. */
const PATIENCE = 30_000;

/** A command that runs in this process, with ends of its streams in the test's hands. */
export class CommandRun {
  readonly stdin: PassThrough = new PassThrough();
  readonly exitCode: Promise<number>;
  readonly #interruption = new AbortController();
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(argv: readonly string[], more: Pick<Partial<Io>, 'env'> & { readonly isTTY?: boolean } = {}) {
    this.exitCode = run(argv, {
      stdin: this.stdin,
      stdout: {
        write: (text) => {
          this.#stdout += text;
          for (const watcher of [...this.#watchers]) watcher();
        },
        isTTY: more.isTTY,
      },
      stderr: {
        write: (text) => {
          this.#stderr += text;
        },
      },
      env: more.env ?? {},
      interrupted: this.#interruption.signal,
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  type(line: string): void {
    this.stdin.write(`${line}\n`);
  }

  interrupt(): void {
    this.#interruption.abort();
  }

  /** Waits for `pattern` on standard output. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    let look = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const fail = (why: string): void =>
          reject(new Error(`${why} ${pattern}\n${this.#stdout}\n${this.#stderr}`));
        look = () => {
          const match = pattern.exec(this.#stdout);
          if (match !== null) resolve(match);
        };
        timer = setTimeout(() => fail('waited too long for'), PATIENCE);
        this.#watchers.add(look);
        look();
        void this.exitCode.then(() => fail('the command ended before'));
      });
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(look);
    }
  }
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with an empty input. */
export async function runCommand(...argv: readonly string[]): Promise<CommandResult> {
  const command = new CommandRun(argv);
  command.stdin.end();
  const exitCode = await command.exitCode;
  return { exitCode, stdout: command.stdout, stderr: command.stderr };
}

/** The port on which `dtlslib serve` says that it listens. */
export async function listeningPort(server: CommandRun): Promise<string> {
  const [, port = ''] = await server.waitFor(/Listening on \S+:(\d+)\n/);
  return port;
}
