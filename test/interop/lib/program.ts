import { type ChildProcess, spawn } from 'node:child_process';

/** How long anything that a test waits for may take, in ms; wide, for machines that are busy. */
export const PATIENCE = 20_000;

/** The promise, or a rejection that says what did not come. `detail` is asked only when it fails. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  detail: () => string = () => '',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE} ms for ${what}\n${detail()}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A program that runs beside a test. Its standard input stays open until `stop`, since the end of it makes
 * `openssl` close the connection. `await using` stops it whatever the test does.
 */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<void>;
  readonly #watchers: Set<() => void> = new Set();
  #output = '';
  #running = true;

  constructor(command: string, parameters: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#name = [command, ...parameters].join(' ');
    this.#child = spawn(command, parameters, { env: { ...process.env, ...environment } });
    const append = (chunk: Buffer): void => {
      this.#output += chunk.toString('latin1');
      this.#changed();
    };
    this.#child.stdout?.on('data', append);
    this.#child.stderr?.on('data', append);
    // Writing to a program that has just ended is not the test's failure.
    this.#child.stdin?.on('error', () => undefined);
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#running = false;
        this.#changed();
        resolve();
      };
      this.#child.once('close', end);
      this.#child.once('error', (error) => {
        this.#output += String(error);
        end();
      });
    });
  }

  /** Standard output and standard error, as they came. */
  get output(): string {
    return this.#output;
  }

  /** Waits for `pattern` in the output from `from` on; rejects with the whole output when it cannot come any more. */
  async waitFor(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    let look = (): void => undefined;
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      look = () => {
        const match = pattern.exec(this.#output.slice(from));
        if (match !== null) resolve(match);
        else if (!this.#running) reject(new Error(`the program ended before ${pattern}\n${this.describe()}`));
      };
    });
    this.#watchers.add(look);
    look();
    try {
      return await within(found, String(pattern), () => this.describe());
    } finally {
      this.#watchers.delete(look);
    }
  }

  /** One line of standard input. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  describe(): string {
    return `${this.#name}\n${this.#output}`;
  }

  async stop(): Promise<void> {
    if (this.#running) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
