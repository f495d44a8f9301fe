import { Slab } from '../bytes/bytes.ts';
import * as field from '../crypto/packets/layout.ts';
import { JOB_WORDS, MAX_JOBS, PACKETS_LENGTH } from '../crypto/packets/layout.ts';
import type { PacketMemory } from '../crypto/packets/packet-transform.ts';

/** A packet in the memory of a pass; offsets count from the memory's beginning. */
export interface PacketJob {
  readonly start: number;
  readonly cipherStart: number;
  readonly cipherEnd: number;
  /** Where 4 bytes stay as they are between; 0 for none. */
  readonly gap: number;
  readonly tagAt: number;
  /** As a number with or without a sign. */
  readonly ssrc: number;
  /** The upper 32 bits of the index: the roll-over counter, or what of the SRTCP index is above 16 bits. */
  readonly indexHigh: number;
  readonly indexLow: number;
  /** 32 bits authenticated behind the packet. */
  readonly suffix: number;
}

const setBytes = Uint8Array.prototype.set;

/** What is handed out shares memory with other packets, and with nothing else. */
const outputs = new Slab();

/**
 * Packets on their way through a transform, as many at a time as its memory takes. They are copied in, worked on, and
 * copied out again, before anything of the caller's runs: the memory is one for all senders and receivers.
 */
export class PacketPass {
  readonly packets: Uint8Array;
  readonly #jobs: Int32Array;
  #count = 0;
  #used = 0;

  constructor({ packets, jobs }: PacketMemory) {
    this.packets = packets;
    this.#jobs = jobs;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes taken, which is where the next packet begins. */
  get used(): number {
    return this.#used;
  }

  begin(): void {
    this.#count = 0;
    this.#used = 0;
  }

  hasRoomFor(length: number): boolean {
    return this.#count < MAX_JOBS && this.#used + length <= PACKETS_LENGTH;
  }

  /** Adds a packet that was written into `packets`, and with its trailer ends at `end`. */
  add(job: PacketJob, end: number): void {
    const at = this.#count * JOB_WORDS;
    const jobs = this.#jobs;
    jobs[at + field.START] = job.start;
    jobs[at + field.CIPHER_START] = job.cipherStart;
    jobs[at + field.CIPHER_END] = job.cipherEnd;
    jobs[at + field.GAP] = job.gap;
    jobs[at + field.SUFFIX] = job.suffix;
    jobs[at + field.TAG_AT] = job.tagAt;
    jobs[at + field.SSRC] = job.ssrc;
    jobs[at + field.INDEX_HIGH] = job.indexHigh;
    jobs[at + field.INDEX_LOW] = job.indexLow;
    jobs[at + field.RESULT] = 1;
    this.#count++;
    this.#used = end;
  }

  startOf(job: number): number {
    return this.#jobs[job * JOB_WORDS + field.START] as number;
  }

  cipherEndOf(job: number): number {
    return this.#jobs[job * JOB_WORDS + field.CIPHER_END] as number;
  }

  /** With a sign. */
  ssrcOf(job: number): number {
    return this.#jobs[job * JOB_WORDS + field.SSRC] as number;
  }

  /** Without a sign. */
  indexHighOf(job: number): number {
    return (this.#jobs[job * JOB_WORDS + field.INDEX_HIGH] as number) >>> 0;
  }

  indexLowOf(job: number): number {
    return this.#jobs[job * JOB_WORDS + field.INDEX_LOW] as number;
  }

  /** Whether a packet from job `first` on is of the SSRC, which has a sign. */
  hasSsrc(ssrc: number, first: number): boolean {
    for (let job = first; job < this.#count; job++) if (this.ssrcOf(job) === ssrc) return true;
    return false;
  }

  /** Whether the transform found the packet authentic. */
  isAuthentic(job: number): boolean {
    return this.#jobs[job * JOB_WORDS + field.RESULT] === 1;
  }

  /** Takes back that the packet is to be handed out, and overwrites it. */
  reject(job: number): void {
    this.#jobs[job * JOB_WORDS + field.RESULT] = 0;
    this.packets.fill(0, this.startOf(job), this.cipherEndOf(job));
  }

  /** Everything there is, copied out in one go, for `viewOf` to cut from. */
  copyOut(): Uint8Array {
    const bytes = outputs.take(this.#used);
    bytes.set(this.packets.subarray(0, this.#used));
    return bytes;
  }

  /** Copies a packet out, to the beginning of `out`. */
  copyTo(out: Uint8Array, start: number, end: number): void {
    // Not the output's own `set`, which could be anyone's, and would see all of the memory.
    setBytes.call(out, this.packets.subarray(start, end));
  }
}

/** A piece of what `copyOut` gave. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** The first bytes of an output, which is the caller's: to be called when the pass is over. */
export function beginningOf(out: Uint8Array, length: number): Uint8Array {
  return out.length === length ? out : out.subarray(0, length);
}
