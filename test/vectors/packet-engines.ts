import { nodeCrypto } from '../../src/crypto/node/index.ts';
import { openSslEngine } from '../../src/crypto/node/openssl-engine.ts';
import { loadKernel } from '../../src/crypto/packets/kernel.ts';
import * as field from '../../src/crypto/packets/layout.ts';
import { JOB_WORDS } from '../../src/crypto/packets/layout.ts';
import type { PacketEngine, PacketTransform } from '../../src/crypto/packets/packet-transform.ts';

// Every Node.js that runs the tests has WebAssembly with vectors. Without the kernel both engines would be OpenSSL's.
if (nodeCrypto.packetEngine().memory.packets !== loadKernel()?.packets)
  throw new Error('the WebAssembly kernel is not at work');

/** The way in below the master keys: what `SrtpSender` and `SrtpReceiver` make their packets with. */
export const ENGINES: readonly (readonly [name: string, engine: PacketEngine])[] = [
  ['the WebAssembly kernel', nodeCrypto.packetEngine()],
  ['OpenSSL alone', openSslEngine()],
];

/** One packet for a transform. */
export interface PacketJob {
  /** What is authenticated and, from `cipherStart` on, encrypted; and behind it a tag, for `unprotectOne`. */
  readonly bytes: Uint8Array;
  readonly cipherStart: number;
  /** Where 4 bytes within stay as they are. Default 0: nowhere. */
  readonly gap?: number;
  readonly ssrc: number;
  /** Of 48 bits; for SRTCP of 31. */
  readonly index: number;
  /** Authenticated behind the packet: the roll-over counter, or the SRTCP index with its E bit. */
  readonly suffix: number;
}

function load(engine: PacketEngine, job: PacketJob, end: number): void {
  const { packets, jobs } = engine.memory;
  packets.fill(0);
  packets.set(job.bytes);
  jobs.fill(0, 0, JOB_WORDS);
  jobs[field.START] = 0;
  jobs[field.CIPHER_START] = job.cipherStart;
  jobs[field.CIPHER_END] = end;
  jobs[field.GAP] = job.gap ?? 0;
  jobs[field.SUFFIX] = job.suffix;
  jobs[field.TAG_AT] = end;
  jobs[field.SSRC] = job.ssrc;
  jobs[field.INDEX_HIGH] = Math.floor(job.index / 2 ** 16);
  jobs[field.INDEX_LOW] = job.index % 2 ** 16;
  jobs[field.RESULT] = 1;
}

/** The packet encrypted, with its tag. */
export function protectOne(engine: PacketEngine, transform: PacketTransform, job: PacketJob): Uint8Array {
  const end = job.bytes.length;
  load(engine, job, end);
  transform.protect(1);
  return engine.memory.packets.slice(0, end + transform.tagLength);
}

/** The packet without its tag, decrypted; undefined when the tag is wrong. */
export function unprotectOne(
  engine: PacketEngine,
  transform: PacketTransform,
  job: PacketJob,
): Uint8Array | undefined {
  const end = job.bytes.length - transform.tagLength;
  load(engine, job, end);
  transform.unprotect(1);
  return engine.memory.jobs[field.RESULT] === 1 ? engine.memory.packets.slice(0, end) : undefined;
}
