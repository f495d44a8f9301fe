import { Buffer } from 'node:buffer';
import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHmac,
  timingSafeEqual,
} from 'node:crypto';
import { copy, wipe, writeUint } from '../../bytes/bytes.ts';
import { CM_SSRC_AT, counterBlock, GCM_SSRC_AT } from '../packets/counter-block.ts';
import * as field from '../packets/layout.ts';
import { JOB_WORDS, MAX_JOBS, PACKETS_LENGTH } from '../packets/layout.ts';
import type {
  PacketEngine,
  PacketMemory,
  PacketTransform,
  SessionKeys,
} from '../packets/packet-transform.ts';

/** One packet's job, read from the table. */
interface Job {
  readonly packets: Uint8Array;
  readonly start: number;
  readonly cipherStart: number;
  readonly cipherEnd: number;
  readonly gap: number;
  readonly suffix: Uint8Array;
  readonly tagAt: number;
}

/** OpenSSL's ciphers and HMAC, an object for each packet: for where there is no WebAssembly. */
abstract class OpenSslTransform implements PacketTransform {
  abstract readonly tagLength: number;
  readonly #memory: PacketMemory;
  readonly #salt: Uint8Array;
  readonly #ssrcAt: number;

  protected constructor(memory: PacketMemory, salt: Uint8Array, ssrcAt: number) {
    this.#memory = memory;
    this.#salt = copy(salt);
    this.#ssrcAt = ssrcAt;
  }

  protected abstract protectOne(job: Job, iv: Uint8Array): void;
  protected abstract unprotectOne(job: Job, iv: Uint8Array): boolean;

  protect(count: number): void {
    for (let i = 0; i < count; i++) this.protectOne(this.#job(i), this.#iv(i));
  }

  unprotect(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#memory.jobs[i * JOB_WORDS + field.RESULT] = this.unprotectOne(this.#job(i), this.#iv(i)) ? 1 : 0;
    }
  }

  destroy(): void {
    wipe(this.#salt, this.#memory.packets);
  }

  #field(job: number, index: number): number {
    return this.#memory.jobs[job * JOB_WORDS + index] as number;
  }

  #job(i: number): Job {
    const suffix = new Uint8Array(4);
    writeUint(suffix, 0, this.#field(i, field.SUFFIX), 4);
    return {
      packets: this.#memory.packets,
      start: this.#field(i, field.START),
      cipherStart: this.#field(i, field.CIPHER_START),
      cipherEnd: this.#field(i, field.CIPHER_END),
      gap: this.#field(i, field.GAP),
      suffix,
      tagAt: this.#field(i, field.TAG_AT),
    };
  }

  #iv(i: number): Uint8Array {
    const ssrc = this.#field(i, field.SSRC);
    return counterBlock(
      this.#salt,
      this.#ssrcAt,
      ssrc,
      this.#field(i, field.INDEX_HIGH),
      this.#field(i, field.INDEX_LOW),
    );
  }
}

/** The pieces that are encrypted: two where a gap is between them. */
function encrypted({ packets, cipherStart, cipherEnd, gap }: Job): readonly Uint8Array[] {
  if (gap === 0) return [packets.subarray(cipherStart, cipherEnd)];
  return [packets.subarray(cipherStart, gap), packets.subarray(gap + 4, cipherEnd)];
}

class CounterModeHmacSha1 extends OpenSslTransform {
  override readonly tagLength: number;
  readonly #cipherKey: Uint8Array;
  readonly #authenticationKey: Uint8Array;

  constructor(memory: PacketMemory, keys: SessionKeys, tagLength: number) {
    super(memory, keys.salt, CM_SSRC_AT);
    this.tagLength = tagLength;
    this.#cipherKey = copy(keys.cipherKey);
    this.#authenticationKey = copy(keys.authenticationKey);
  }

  protected override protectOne(job: Job, iv: Uint8Array): void {
    this.#crypt(job, iv);
    job.packets.set(this.#tag(job), job.tagAt);
  }

  protected override unprotectOne(job: Job, iv: Uint8Array): boolean {
    const tag = job.packets.subarray(job.tagAt, job.tagAt + this.tagLength);
    if (!timingSafeEqual(tag, this.#tag(job))) return false;
    this.#crypt(job, iv);
    return true;
  }

  override destroy(): void {
    super.destroy();
    wipe(this.#cipherKey, this.#authenticationKey);
  }

  #crypt(job: Job, iv: Uint8Array): void {
    const cipher = createCipheriv(`aes-${this.#cipherKey.length * 8}-ctr`, this.#cipherKey, iv);
    for (const piece of encrypted(job)) piece.set(cipher.update(piece));
  }

  #tag({ packets, start, cipherEnd, suffix }: Job): Uint8Array {
    const hmac = createHmac('sha1', this.#authenticationKey).update(packets.subarray(start, cipherEnd));
    return hmac.update(suffix).digest().subarray(0, this.tagLength);
  }
}

class Gcm extends OpenSslTransform {
  override readonly tagLength = 16;
  readonly #key: Uint8Array;
  readonly #suffixed: boolean;

  constructor(memory: PacketMemory, keys: SessionKeys, suffixed: boolean) {
    super(memory, keys.salt, GCM_SSRC_AT);
    this.#key = copy(keys.cipherKey);
    this.#suffixed = suffixed;
  }

  protected override protectOne(job: Job, iv: Uint8Array): void {
    const cipher = createCipheriv(this.#name, this.#key, iv).setAAD(this.#associated(job));
    for (const piece of encrypted(job)) piece.set(cipher.update(piece));
    cipher.final();
    job.packets.set(cipher.getAuthTag(), job.tagAt);
  }

  protected override unprotectOne(job: Job, iv: Uint8Array): boolean {
    const decipher = createDecipheriv(this.#name, this.#key, iv, { authTagLength: 16 });
    decipher.setAAD(this.#associated(job)).setAuthTag(job.packets.subarray(job.tagAt, job.tagAt + 16));
    const pieces = encrypted(job);
    const plaintexts = pieces.map((piece) => decipher.update(piece));
    try {
      decipher.final();
    } catch {
      wipe(...plaintexts);
      return false;
    }
    for (const [i, plaintext] of plaintexts.entries()) pieces[i]?.set(plaintext);
    return true;
  }

  override destroy(): void {
    super.destroy();
    wipe(this.#key);
  }

  get #name(): CipherGCMTypes {
    return this.#key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  }

  /** The header, the gap (RFC 9335 §6.2), the suffix. */
  #associated({ packets, start, cipherStart, gap, suffix }: Job): Uint8Array {
    return Buffer.concat([
      packets.subarray(start, cipherStart),
      packets.subarray(gap, gap === 0 ? 0 : gap + 4),
      this.#suffixed ? suffix : suffix.subarray(4),
    ]);
  }
}

/** Transforms by OpenSSL alone. */
export function openSslEngine(): PacketEngine {
  const memory: PacketMemory = {
    packets: new Uint8Array(PACKETS_LENGTH),
    jobs: new Int32Array(MAX_JOBS * JOB_WORDS),
  };
  return {
    memory,
    counterModeHmacSha1: (keys, tagLength) => new CounterModeHmacSha1(memory, keys, tagLength),
    gcm: (keys, suffixed) => new Gcm(memory, keys, suffixed),
  };
}
