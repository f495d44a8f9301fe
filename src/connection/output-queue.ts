import type { DtlsOutput } from './outputs.ts';

/** First in, first out. */
export class OutputQueue {
  #outputs: DtlsOutput[] = [];
  #taken = 0;

  push(output: DtlsOutput): void {
    this.#outputs.push(output);
  }

  take(): DtlsOutput | undefined {
    const output = this.#outputs[this.#taken];
    if (output === undefined) this.clear();
    else this.#taken++;
    return output;
  }

  clear(): void {
    this.#outputs = [];
    this.#taken = 0;
  }
}
