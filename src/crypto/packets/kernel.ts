import { Buffer } from 'node:buffer';
import { KERNEL } from './kernel.generated.ts';
import { JOB_WORDS, KEY_STREAM_LENGTH, KEYS_LENGTH, MAX_JOBS, PACKETS_LENGTH } from './layout.ts';
import type { PacketMemory } from './packet-transform.ts';

/** What is used of WebAssembly's interface; the types of Node 20 have none of it. */
declare const WebAssembly:
  | {
      readonly Module: new (code: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

/** What kernel/index.ts exports. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly JOBS: { readonly value: number };
  readonly KEYS: { readonly value: number };
  readonly PACKETS: { readonly value: number };
  readonly KEY_STREAM: { readonly value: number };
  counters(count: number, ssrcAt: number, tagBlocks: number): number;
  crypt(count: number, tagBlocks: number): void;
  hmacPrepare(): void;
  hmacSign(count: number, tagLength: number): void;
  hmacVerify(count: number, tagLength: number): void;
  ghashPrepare(): void;
  ghashTags(count: number, suffixed: boolean, verify: boolean): void;
  wipe(): void;
}

/** The WebAssembly module of kernel/, at work, with views of its memory. */
export interface Kernel extends PacketMemory {
  readonly run: KernelExports;
  /** The keys of the transform whose turn it is. */
  readonly keys: Uint8Array;
  /** Counter blocks, and then key stream. */
  readonly keyStream: Uint8Array;
}

let kernel: Kernel | undefined;
let tried = false;

/** Undefined where there is no WebAssembly, none with vectors, or no room for it. */
export function loadKernel(): Kernel | undefined {
  if (tried) return kernel;
  tried = true;
  if (typeof WebAssembly === 'undefined') return undefined;
  try {
    const code = Buffer.from(KERNEL, 'base64');
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code));
    kernel = viewsOf(instance.exports as KernelExports);
  } catch {
    // A CompileError where vectors are not known, a RangeError where the address space is limited.
  }
  return kernel;
}

function viewsOf(run: KernelExports): Kernel {
  const { buffer } = run.memory;
  return {
    run,
    jobs: new Int32Array(buffer, run.JOBS.value, MAX_JOBS * JOB_WORDS),
    keys: new Uint8Array(buffer, run.KEYS.value, KEYS_LENGTH),
    packets: new Uint8Array(buffer, run.PACKETS.value, PACKETS_LENGTH),
    keyStream: new Uint8Array(buffer, run.KEY_STREAM.value, KEY_STREAM_LENGTH),
  };
}
