import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Collects garbage, also where Node was not started with `--expose-gc`. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // Twice: what the first one finds dead may have held other things.
  collect();
  collect();
}

/** What the process holds once the garbage is gone, in bytes. */
export interface Memory {
  readonly heap: number;
  /** Of buffers and the like. */
  readonly external: number;
  readonly rss: number;
}

export function measureMemory(): Memory {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, rss };
}

/** Heap and buffers once `work` is done and its garbage gone, in bytes. */
export function memoryAfter(work: () => void): number {
  work();
  const { heap, external } = measureMemory();
  return heap + external;
}
