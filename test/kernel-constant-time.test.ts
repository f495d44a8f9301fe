import binaryen from 'assemblyscript/binaryen';
import { describe, expect, test } from 'vitest';
import { KERNEL } from '../src/crypto/packets/kernel.generated.ts';
import type { Kernel } from '../src/crypto/packets/kernel.ts';
import * as field from '../src/crypto/packets/layout.ts';
import {
  JOB_WORDS,
  KEY_STREAM_LENGTH,
  KEYS_LENGTH,
  MAX_JOBS,
  PACKETS_LENGTH,
} from '../src/crypto/packets/layout.ts';
import { bytesOf } from './kernel-support.ts';

/**
 * That the kernel takes the same time whatever its secrets are cannot be measured in a test. But what would make it not
 * so can be watched: each condition that it branches on or selects by, each address of memory, each operand of a
 * division. Here the compiled kernel runs with a call in front of each of them. Keys, key stream and all bytes of
 * packets are taken for secret: with others of the same lengths, everything watched must be the same.
 */

declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Gives back what it was given as the first of two. */
const WATCH = '(import "watch" "watch" (func $watch (param i32 i32) (result i32)))';
const LOCALS =
  '(local $of_i32 i32) (local $of_i64 i64) (local $of_v128 v128) (local $source i32) (local $size i32)';
/** What is not known here. */
const REFUSED =
  /^(call_indirect|call_ref|br_table|memory\.(grow|init)|[if]64\.(div|rem)|[^ ]*(_lane\b|_zero\b).*(offset|align)|[if](32|64)\.atomic)/;

/** Puts the watch into the text of a module that has an instruction a line. */
function watched(text: string): string {
  let site = 0;
  const watch = (): string => `i32.const ${site++}\ncall $watch\n`;
  const instrument = (line: string): string => {
    const instruction = line.trim();
    if (instruction.startsWith('(module')) return `${line}\n${WATCH}`;
    if (instruction.startsWith('(func ')) return `${line}\n${LOCALS}`;
    if (REFUSED.test(instruction)) throw new Error(`not to be in the kernel: ${instruction}`);
    // Condition or address is what was computed last.
    if (/^(if|br_if|select)\b|^(i32|i64|v128)\.load/.test(instruction)) return watch() + line;
    const stored = /^(i32|i64|v128)\.store/.exec(instruction)?.[1];
    if (stored !== undefined) return `local.set $of_${stored}\n${watch()}local.get $of_${stored}\n${line}`;
    if (/^i32\.(div|rem)_/.test(instruction))
      return `local.set $of_i32\n${watch()}local.get $of_i32\n${watch()}${line}`;
    if (/^memory\.(copy|fill)/.test(instruction)) {
      const source = instruction.startsWith('memory.copy') ? watch() : '';
      return `local.set $size\nlocal.set $source\n${watch()}local.get $source\n${source}local.get $size\n${watch()}${line}`;
    }
    return line;
  };
  return text.split('\n').map(instrument).join('\n');
}

function compile(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  expect(module.validate()).toBe(1);
  return module.emitBinary();
}

/** A module at work, and what the watch has seen of it: places in the code, and numbers there. */
class Watched {
  readonly exports: unknown;
  #seen: number[] = [];

  constructor(code: Uint8Array) {
    const watch = (value: number, site: number): number => {
      this.#seen.push(site, value);
      return value;
    };
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(code), { watch: { watch } }).exports;
  }

  /** What was seen since it was last asked. */
  seen(): Int32Array {
    const seen = Int32Array.from(this.#seen);
    this.#seen = [];
    return seen;
  }
}

function sourceOf(): string {
  const module = binaryen.readBinary(Buffer.from(KERNEL, 'base64'));
  module.setFeatures(binaryen.Features.All);
  return module.emitStackIR();
}

const source = sourceOf();
const code = compile(watched(source));

describe('the watch sees', () => {
  const program = (body: string): string =>
    ['(module', '(memory 1)', '(func (export "f") (param $secret i32) (result i32)', body, ')', ')'].join(
      '\n',
    );
  const traceOf = (body: string, secret: number): Int32Array => {
    const run = new Watched(compile(watched(program(body))));
    (run.exports as { f(secret: number): number }).f(secret);
    return run.seen();
  };

  test.each([
    ['a branch', 'local.get $secret\nif (result i32)\ni32.const 1\nelse\ni32.const 2\nend'],
    ['a branch out', 'block $b\nlocal.get $secret\nbr_if $b\nend\ni32.const 1'],
    ['a choice', 'i32.const 1\ni32.const 2\nlocal.get $secret\nselect'],
    ['a table looked up', 'local.get $secret\ni32.load8_u offset=3'],
    ['a vector looked up', 'local.get $secret\nv128.load8_splat\ni32x4.extract_lane 0'],
    ['a place written to', 'local.get $secret\ni64.const 7\ni64.store\ni32.const 1'],
    ['a place copied to', 'local.get $secret\ni32.const 0\ni32.const 1\nmemory.copy\ni32.const 1'],
    ['a length to fill', 'i32.const 0\ni32.const 0\nlocal.get $secret\nmemory.fill\ni32.const 1'],
    ['a division', 'i32.const 1000\nlocal.get $secret\ni32.div_u'],
  ])('%s by a secret', (_, body) => {
    expect(traceOf(body, 1)).not.toEqual(traceOf(body, 2));
    expect(traceOf(body, 2)).toEqual(traceOf(body, 2));
  });

  test('nothing in arithmetic with a secret', () => {
    expect(traceOf('local.get $secret\ni32.const 5\ni32.rotl\nlocal.get $secret\ni32.mul', 3)).toHaveLength(
      0,
    );
  });
});

type Run = Kernel['run'];

/** The kernel under watch, in which everything secret comes of `seed`. */
class Session {
  readonly #watched = new Watched(code);
  readonly run = this.#watched.exports as Run;
  readonly #jobs: Int32Array;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#jobs = new Int32Array(this.run.memory.buffer, this.run.JOBS.value, MAX_JOBS * JOB_WORDS);
    this.fillKeyStream();
    this.#fill(this.run.PACKETS.value, PACKETS_LENGTH);
    this.run.hmacPrepare();
    this.#fill(this.run.KEYS.value, KEYS_LENGTH);
    this.run.ghashPrepare();
  }

  /** Lays the packets one behind the other, all secret; places and numbers are not. */
  lay(packets: readonly Shape[]): void {
    this.#fill(this.run.PACKETS.value, PACKETS_LENGTH);
    let start = 0;
    let keyStreamAt = 0;
    for (const [i, { header, csrcs, payload }] of packets.entries()) {
      const at = i * JOB_WORDS;
      const jobs = this.#jobs;
      const end = start + header + (csrcs === undefined ? 0 : 4 * csrcs + 4) + payload;
      jobs[at + field.START] = start;
      jobs[at + field.CIPHER_START] = start + header;
      jobs[at + field.CIPHER_END] = end;
      jobs[at + field.GAP] = csrcs === undefined ? 0 : start + header + 4 * csrcs;
      jobs[at + field.SUFFIX] = 1;
      jobs[at + field.TAG_AT] = end;
      jobs[at + field.SSRC] = -5;
      jobs[at + field.INDEX_HIGH] = 1;
      jobs[at + field.INDEX_LOW] = i;
      jobs[at + field.RESULT] = 1;
      jobs[at + field.KEY_STREAM_AT] = keyStreamAt;
      keyStreamAt += ((end - start + 15) & ~15) + 16;
      start = end + 16;
    }
  }

  fillKeyStream(): void {
    this.#fill(this.run.KEY_STREAM.value, KEY_STREAM_LENGTH);
  }

  flip(job: number, tagByte: number): void {
    const bytes = new Uint8Array(this.run.memory.buffer);
    const at = this.run.PACKETS.value + (this.#jobs[job * JOB_WORDS + field.TAG_AT] as number) + tagByte;
    bytes[at] = (bytes[at] as number) ^ 1;
  }

  results(count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.#jobs[i * JOB_WORDS + field.RESULT] as number);
  }

  setResults(count: number): void {
    for (let i = 0; i < count; i++) this.#jobs[i * JOB_WORDS + field.RESULT] = 1;
  }

  seen(): Int32Array {
    return this.#watched.seen();
  }

  /** Seeds 0 and 1 are for all bits clear and all bits set. */
  #fill(at: number, length: number): void {
    const bytes = new Uint8Array(this.run.memory.buffer, at, length);
    if (this.#seed < 2) bytes.fill(-this.#seed);
    else bytes.set(bytesOf(this.#seed * 1000 + at, length));
  }
}

interface Shape {
  readonly header: number;
  /** With Cryptex. */
  readonly csrcs?: number;
  readonly payload: number;
}

const SHAPES: readonly Shape[] = [
  { header: 12, payload: 160 },
  { header: 12, payload: 0 },
  { header: 20, payload: 33 },
  { header: 12, csrcs: 0, payload: 20 },
  { header: 12, csrcs: 15, payload: 100 },
  { header: 72, payload: 255 },
  { header: 44, payload: 7 },
];

function shapes(count: number): Shape[] {
  return Array.from({ length: count }, (_, i) => SHAPES[i % SHAPES.length] as Shape);
}

/** All that a transform of the kernel does, with tags that are right and tags that are not. */
function work(session: Session, count: number): void {
  const { run } = session;
  for (const [ssrcAt, tagBlocks] of [
    [4, 0],
    [2, 1],
  ] as const) {
    session.lay(shapes(count));
    run.counters(count, ssrcAt, tagBlocks);
    session.fillKeyStream();
    run.crypt(count, tagBlocks);
  }
  for (const tagLength of [4, 10]) {
    session.lay(shapes(count));
    run.hmacVerify(count, tagLength);
    run.hmacSign(count, tagLength);
    run.hmacVerify(count, tagLength);
  }
  for (const suffixed of [false, true]) {
    session.lay(shapes(count));
    run.ghashTags(count, suffixed, true);
    run.ghashTags(count, suffixed, false);
    run.ghashTags(count, suffixed, true);
  }
}

/** Traces are long, and a list of where they differ would be longer. */
function same(a: Int32Array, b: Int32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

describe('branches and addresses of the kernel', () => {
  test.each([1, 3, 4, 9, 10, 17])('are the same for all secrets, %i packets', (count) => {
    const traces = [0, 1, 2, 3, 4].map((seed) => {
      const session = new Session(seed);
      work(session, count);
      expect(session.results(count)).toEqual(new Array(count).fill(1));
      return session.seen();
    });
    const [first = new Int32Array()] = traces;
    expect(first.length).toBeGreaterThan(10_000);
    expect(traces.map((trace) => same(trace, first))).toEqual(traces.map(() => true));
  });

  test('are others for packets of another length', () => {
    const traces = [33, 49].map((payload) => {
      const session = new Session(2);
      session.lay([{ header: 12, payload }]);
      session.run.ghashTags(1, false, false);
      return session.seen();
    });
    expect(same(traces[0] as Int32Array, traces[1] as Int32Array)).toBe(false);
  });

  test.each([1, 4, 16])('do not tell which bytes of a tag are wrong, %i packets', (count) => {
    const session = new Session(2);
    const last = count - 1;
    session.lay(shapes(count));
    for (const [name, length] of [
      ['hmac', 10],
      ['ghash', 16],
    ] as const) {
      if (name === 'hmac') session.run.hmacSign(count, length);
      else session.run.ghashTags(count, false, false);
      const traces: Int32Array[] = [];
      for (let byte = 0; byte < length; byte++) {
        session.setResults(count);
        session.flip(last, byte);
        session.seen();
        if (name === 'hmac') session.run.hmacVerify(count, length);
        else session.run.ghashTags(count, false, true);
        expect(session.results(count)).toEqual([...new Array(last).fill(1), 0]);
        traces.push(session.seen());
        session.flip(last, byte);
      }
      // Nor whether any is.
      if (name === 'hmac') session.run.hmacVerify(count, length);
      else session.run.ghashTags(count, false, true);
      expect(session.results(count)).toEqual(new Array(count).fill(1));
      traces.push(session.seen());
      expect(traces.every((trace) => same(trace, traces[0] as Int32Array))).toBe(true);
    }
  });
});

// The hash holds the square of GHASH's key from when its tables are made, until the tag of a single packet is.
test('wipe() leaves nothing in the kernel’s variables', () => {
  const names = [...source.matchAll(/\(global (\S+) \(mut v128\)/g)].map((match) => match[1] as string);
  expect(names.length).toBeGreaterThan(0);
  const reader = names.map((name) => `global.get ${name}\nv128.any_true\ni32.or`);
  const withReader = source.replace(
    /\)\s*$/,
    `(func (export "anyLeft") (result i32)\ni32.const 0\n${reader.join('\n')}\n))`,
  );
  const run = new Watched(compile(withReader)).exports as Run & { anyLeft(): number };
  expect(run.anyLeft()).toBe(0);
  new Uint8Array(run.memory.buffer).set(bytesOf(1, 16), run.KEYS.value + 16);
  run.ghashPrepare();
  run.ghashTags(16, false, false);
  run.wipe();
  expect(new Uint8Array(run.memory.buffer).every((byte) => byte === 0)).toBe(true);
  expect(run.anyLeft()).toBe(0);
});
