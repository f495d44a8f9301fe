import { EMPTY, wipe } from '../../bytes/bytes.ts';
import { CM_SSRC_AT, GCM_SSRC_AT } from './counter-block.ts';
import type { Kernel } from './kernel.ts';
import { KeyStreamAhead } from './key-stream-ahead.ts';
import { HASH_KEY_AT, KEYS_LENGTH, RESULT, SALT_AT } from './layout.ts';
import type { BlockCipher, PacketEngine, PacketTransform, SessionKeys } from './packet-transform.ts';

/** What two kinds of transform share: their keys in the kernel, and key stream by AES. */
abstract class KernelTransform {
  /** The transform whose keys the kernel has. */
  static #loaded: KernelTransform | undefined;

  protected readonly kernel: Kernel;
  protected readonly keys: Uint8Array = new Uint8Array(KEYS_LENGTH);
  readonly #cipher: BlockCipher;
  readonly #ssrcAt: number;
  readonly #tagBlocks: number;
  readonly #ahead: KeyStreamAhead;

  protected constructor(
    kernel: Kernel,
    cipher: BlockCipher,
    salt: Uint8Array,
    ssrcAt: number,
    tagBlocks: number,
  ) {
    this.kernel = kernel;
    this.keys.set(salt, SALT_AT);
    this.#cipher = cipher;
    this.#ssrcAt = ssrcAt;
    this.#tagBlocks = tagBlocks;
    this.#ahead = new KeyStreamAhead(kernel, tagBlocks);
  }

  /** Works out what the kernel needs beside the keys, if anything. */
  protected prepare(): void {}

  /** The kernel has no transform's keys any more. */
  protected static unload(): void {
    KernelTransform.#loaded = undefined;
  }

  protected load(): void {
    if (KernelTransform.#loaded === this) return;
    KernelTransform.unload();
    this.kernel.keys.set(this.keys);
    this.prepare();
    KernelTransform.#loaded = this;
  }

  /** Key stream for the packets whose result is not 0. */
  protected makeKeyStream(count: number): void {
    const { jobs, keyStream } = this.kernel;
    if (count > 1) {
      const stream = this.#keyStream(count);
      keyStream.set(stream);
      wipe(stream);
    } else if (jobs[RESULT] !== 0) {
      this.#ahead.supply(keyStream, this.#keyStream);
    }
  }

  readonly #keyStream = (count: number): Uint8Array => {
    const { run, keyStream } = this.kernel;
    const length = run.counters(count, this.#ssrcAt, this.#tagBlocks);
    return length === 0 ? EMPTY : this.#cipher.encrypt(keyStream.subarray(0, length));
  };

  protected crypt(count: number): void {
    this.kernel.run.crypt(count, this.#tagBlocks);
    if (count === 1 && this.kernel.jobs[RESULT] !== 0) this.#ahead.remember();
  }

  destroy(): void {
    wipe(this.keys);
    this.#ahead.destroy();
    this.#cipher.destroy();
    this.kernel.run.wipe();
    KernelTransform.unload();
  }
}

class CounterModeHmacSha1 extends KernelTransform implements PacketTransform {
  readonly tagLength: number;

  constructor(kernel: Kernel, cipher: BlockCipher, keys: SessionKeys, tagLength: number) {
    super(kernel, cipher, keys.salt, CM_SSRC_AT, 0);
    this.tagLength = tagLength;
    KernelTransform.unload();
    kernel.packets.set(keys.authenticationKey);
    kernel.run.hmacPrepare();
    kernel.packets.fill(0, 0, keys.authenticationKey.length);
    kernel.keys.set(this.keys.subarray(0, 16));
    this.keys.set(kernel.keys);
  }

  protect(count: number): void {
    this.load();
    this.makeKeyStream(count);
    this.crypt(count);
    this.kernel.run.hmacSign(count, this.tagLength);
  }

  unprotect(count: number): void {
    this.load();
    this.kernel.run.hmacVerify(count, this.tagLength);
    this.makeKeyStream(count);
    this.crypt(count);
  }
}

class Gcm extends KernelTransform implements PacketTransform {
  readonly tagLength = 16;
  readonly #suffixed: boolean;

  constructor(kernel: Kernel, cipher: BlockCipher, keys: SessionKeys, suffixed: boolean) {
    // The first block of key stream is for the tag (RFC 7714 §6).
    super(kernel, cipher, keys.salt, GCM_SSRC_AT, 1);
    this.#suffixed = suffixed;
    const hashKey = cipher.encrypt(new Uint8Array(16));
    this.keys.set(hashKey, HASH_KEY_AT);
    wipe(hashKey);
  }

  protected override prepare(): void {
    this.kernel.run.ghashPrepare();
  }

  protect(count: number): void {
    this.load();
    this.makeKeyStream(count);
    this.crypt(count);
    this.kernel.run.ghashTags(count, this.#suffixed, false);
  }

  unprotect(count: number): void {
    this.load();
    this.makeKeyStream(count);
    this.kernel.run.ghashTags(count, this.#suffixed, true);
    this.crypt(count);
  }
}

/** Transforms by the WebAssembly kernel, with AES by `blockCipher`. */
export function kernelEngine(kernel: Kernel, blockCipher: (key: Uint8Array) => BlockCipher): PacketEngine {
  return {
    memory: kernel,
    counterModeHmacSha1: (keys, tagLength) =>
      new CounterModeHmacSha1(kernel, blockCipher(keys.cipherKey), keys, tagLength),
    gcm: (keys, suffixed) => new Gcm(kernel, blockCipher(keys.cipherKey), keys, suffixed),
  };
}
