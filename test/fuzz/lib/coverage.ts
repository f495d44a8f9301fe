import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

interface Module {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Source of one module's functions, in characters of the bundled program. */
export interface ModuleCoverage {
  readonly name: string;
  readonly total: number;
  readonly covered: number;
}

/** A function, and which of its characters have run. What is within another function in it is that one's. */
interface KnownFunction {
  readonly start: number;
  readonly end: number;
  readonly ran: Uint8Array;
}

type Ranges = readonly Profiler.CoverageRange[];

/** Which blocks of the program have run, from V8 itself: the process is its own debugger. */
export class Coverage {
  readonly #session = new Session();
  readonly #url: string;
  readonly #modules: readonly Module[];
  readonly #functions = new Map<string, KnownFunction>();
  /** Reports that have nothing new in them. */
  readonly #seen = new Set<string>();

  /**
   * @param url of the program's only file, in which esbuild has put the name of each module before it
   * @param counts which modules are of interest
   */
  constructor(url: string, counts: (module: string) => boolean) {
    this.#url = url;
    this.#modules = modulesOf(readFileSync(fileURLToPath(url), 'utf8')).filter(({ name }) => counts(name));
    this.#session.connect();
    this.#post('Profiler.enable');
    for (const ranges of this.#functionsIn('Profiler.getBestEffortCoverage')) this.#functionOf(ranges);
    // Without counts it would be cheaper; but then V8 does not tell of a block that a known function runs later.
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Whether anything has run since the last call that never had before; from now on it has. */
  take(): boolean {
    let fresh = false;
    for (const ranges of this.#functionsIn('Profiler.takePreciseCoverage'))
      if (this.#add(ranges, true)) fresh = true;
    return fresh;
  }

  /** The same, and it counts as never having run. */
  peek(): boolean {
    let fresh = false;
    for (const ranges of this.#functionsIn('Profiler.takePreciseCoverage'))
      if (this.#add(ranges, false)) fresh = true;
    return fresh;
  }

  summary(): ModuleCoverage[] {
    const length = Math.max(...this.#modules.map((module) => module.end));
    /** 1 within a function, 2 where it has run; the innermost comes last. */
    const map = new Uint8Array(length);
    const functions = [...this.#functions.values()].sort((a, b) => a.start - b.start || b.end - a.end);
    for (const { start, end, ran } of functions) {
      map.fill(1, start, end);
      for (let i = 0; i < ran.length; i++) if (ran[i] === 1) map[start + i] = 2;
    }
    return this.#modules.map(({ name, start, end }) => {
      const part = map.subarray(start, end);
      const covered = part.reduce((sum, mark) => sum + (mark === 2 ? 1 : 0), 0);
      return { name, total: part.reduce((sum, mark) => sum + (mark > 0 ? 1 : 0), 0), covered };
    });
  }

  *#functionsIn(
    method: 'Profiler.takePreciseCoverage' | 'Profiler.getBestEffortCoverage',
  ): Generator<Ranges> {
    for (const { url, functions } of this.#post(method)?.result ?? []) {
      if (url === this.#url) for (const { ranges } of functions) yield ranges;
    }
  }

  /** Undefined for what is of no module that counts; the script as a whole is such a one. */
  #functionOf([whole]: Ranges): KnownFunction | undefined {
    if (whole === undefined) return undefined;
    const { startOffset: start, endOffset: end } = whole;
    const name = `${start} ${end}`;
    const known = this.#functions.get(name);
    if (known !== undefined) return known;
    if (!this.#modules.some((module) => module.start <= start && end <= module.end)) return undefined;
    const made = { start, end, ran: new Uint8Array(end - start) };
    this.#functions.set(name, made);
    return made;
  }

  /**
   * Whether a function has run where it had not. The first range is the function; the others, each within one before it,
   * are blocks with a count of their own.
   */
  #add(ranges: Ranges, keep: boolean): boolean {
    const report = ranges
      .map(({ startOffset, endOffset, count }) => `${startOffset} ${endOffset} ${count > 0}`)
      .join();
    if (this.#seen.has(report)) return false;
    const known = this.#functionOf(ranges);
    if (known === undefined) return false;
    const { start, ran } = known;
    const now = new Uint8Array(ran.length);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    const fresh = now.some((value, i) => value === 1 && ran[i] === 0);
    if (keep) for (let i = 0; i < ran.length; i++) if (now[i] === 1) ran[i] = 1;
    if (keep || !fresh) this.#seen.add(report);
    return fresh;
  }

  #post(method: 'Profiler.enable' | 'Profiler.startPreciseCoverage', options?: object): undefined;
  #post(
    method: 'Profiler.takePreciseCoverage' | 'Profiler.getBestEffortCoverage',
  ): Profiler.GetBestEffortCoverageReturnType | undefined;
  #post(method: string, options: object = {}): unknown {
    let answer: unknown;
    // Within one thread the answer is there when the call returns.
    this.#session.post(method, options, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  }
}

/** Where each module is in what esbuild has put together. */
function modulesOf(text: string): Module[] {
  const marks = [...text.matchAll(/^\/\/ (\S+\.(?:ts|mjs))$/gm)];
  return marks.map((mark, i) => ({
    name: mark[1] ?? '',
    start: mark.index,
    end: marks[i + 1]?.index ?? text.length,
  }));
}
