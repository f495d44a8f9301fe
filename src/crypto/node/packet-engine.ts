import { loadKernel } from '../packets/kernel.ts';
import { kernelEngine } from '../packets/kernel-engine.ts';
import type { PacketEngine } from '../packets/packet-transform.ts';
import { blockCipher } from './block-cipher.ts';
import { openSslEngine } from './openssl-engine.ts';

let engine: PacketEngine | undefined;

/** The engine of this process: the WebAssembly kernel with OpenSSL's AES, or OpenSSL alone. */
export function packetEngine(): PacketEngine {
  if (engine !== undefined) return engine;
  const kernel = loadKernel();
  engine = kernel === undefined ? openSslEngine() : kernelEngine(kernel, blockCipher);
  return engine;
}
