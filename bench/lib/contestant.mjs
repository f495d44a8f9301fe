// @ts-check
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The longest that one answer may take; a stack that hangs does not hold up the others. */
const ANSWER_LIMIT_MS = 60_000;
const KEPT_STDERR = 2000;

/** One stack in a process of its own, so that no garbage collector works for two. */
export class Contestant {
  #child;
  #lines;
  #stderr = '';
  /** @type {Promise<never>} */
  #failed;

  /**
   * @param {string} command
   * @param {readonly string[]} args
   */
  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => {}); // told by 'exit'
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#failed = new Promise((_, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) =>
        reject(new Error(`ended with ${signal ?? `exit code ${code}`}\n${this.#stderr}`.trimEnd())),
      );
    });
    this.#failed.catch(() => {}); // told to whoever asks next
  }

  end() {
    this.#child.kill();
  }

  /**
   * @param {string} line
   * @returns {Promise<any>} the line that came back, read as JSON
   */
  async ask(line) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        this.end();
        reject(new Error(`gave no answer to "${line}" within ${ANSWER_LIMIT_MS / 1000} s`));
      }, ANSWER_LIMIT_MS);
    });
    this.#child.stdin.write(`${line}\n`);
    // After the last line the reason follows with the end of the process.
    const answer = this.#lines.next().then(({ value, done }) => (done ? this.#failed : JSON.parse(value)));
    try {
      return await Promise.race([answer, this.#failed, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
