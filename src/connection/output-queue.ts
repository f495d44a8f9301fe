import type { DtlsOutput } from './outputs.ts';

/** First in, first out. */
export class OutputQueue {
  /** Called whenever there is something to take, or nothing more. */
  onChange: (() => void) | undefined;
  #outputs: DtlsOutput[] = [];
  #taken = 0;

  push(output: DtlsOutput): void {
    this.#outputs.push(output);
    this.onChange?.();
  }

  take(): DtlsOutput | undefined {
    const output = this.#outputs[this.#taken];
    if (output === undefined) this.#empty();
    else this.#taken++;
    return output;
  }

  clear(): void {
    this.#empty();
    this.onChange?.();
  }

  #empty(): void {
    this.#outputs = [];
    this.#taken = 0;
  }
}
