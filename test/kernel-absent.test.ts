import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Where there is no WebAssembly, OpenSSL does all, and packets are the same. That takes a Node.js started for it.

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'kernel-absent-'));
const bundle = join(folder, 'srtp.mjs');
const program = join(folder, 'program.mjs');

/** Protects and opens packets of every profile, alone and many at a time, and prints what they became. */
const PROGRAM = `
import { hasKernel, SRTP_SUITES, SrtpReceiver, SrtpSender } from './srtp.mjs';
import { createHash } from 'node:crypto';

const digest = createHash('sha256');
let opened = 0;
const rtp = (sequenceNumber, length) => {
  const packet = Uint8Array.from({ length: 12 + length }, (_, i) => i * 7 + sequenceNumber);
  packet.set([0x80, 96, sequenceNumber >> 8, sequenceNumber & 255], 0);
  packet.set([0x89, 1, 2, 3], 8);
  return packet;
};
const rtcp = () => Uint8Array.from({ length: 52 }, (_, i) => (i === 0 ? 0x80 : i === 1 ? 200 : i));
const take = (packets, results) => {
  for (const [i, packet] of packets.entries()) {
    digest.update(packet);
    if (results[i] !== undefined) opened++;
    digest.update(results[i] ?? 'discarded');
  }
};
for (const profile of SRTP_SUITES) {
  const options = {
    profile,
    masterKey: new Uint8Array(/256/.test(profile) ? 32 : /192/.test(profile) ? 24 : 16).fill(1),
    masterSalt: new Uint8Array(/AEAD/.test(profile) ? 12 : 14).fill(2),
    mki: Uint8Array.of(1, 2, 3),
    cryptex: !/NULL/.test(profile),
  };
  const sender = new SrtpSender(options);
  const receiver = new SrtpReceiver(options);
  for (let i = 65520; i < 65550; i++) {
    const packet = sender.protect(rtp(i & 0xffff, i % 100));
    if (i % 10 === 3) packet[packet.length - 1] ^= i % 20 === 3 ? 1 : 0;
    take([packet], [receiver.unprotect(packet)]);
  }
  for (const count of [3, 20]) {
    const packets = Array.from({ length: count }, (_, i) => rtp(1000 + count * 10 + i, 60 + 13 * i));
    packets[1].set([0x92], 0);
    packets[1].set([0xbe, 0xde, 0, 1], 20);
    if (count === 20) packets[5].set([0x8f], 0);
    const sealed = sender.protectBatch(packets);
    sealed[2][14] ^= 1;
    take(sealed, receiver.unprotectBatch(sealed));
  }
  for (let i = 0; i < 3; i++) {
    const sealed = sender.protectRtcp(rtcp());
    take([sealed], [receiver.unprotectRtcp(sealed)]);
  }
  sender.destroy();
  receiver.destroy();
}
console.log(JSON.stringify({ hasKernel: hasKernel(), opened, digest: digest.digest('hex') }));
`;

const ENTRY = `
export { SrtpReceiver, SrtpSender } from './src/srtp/index.ts';
export { SRTP_SUITES } from './src/srtp/profiles.ts';
import { loadKernel } from './src/crypto/packets/kernel.ts';
export const hasKernel = () => loadKernel() !== undefined;
`;

async function run(...flags: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);
  // V8 may have said first that one flag turns off another.
  return JSON.parse(stdout.slice(stdout.indexOf('{')));
}

let usual: unknown;

beforeAll(async () => {
  writeFileSync(program, PROGRAM);
  await build({
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  usual = await run();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the kernel is there, as Node.js is by itself', () => {
  expect(usual).toMatchObject({ hasKernel: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((usual as { opened: number }).opened).toBeGreaterThan(14 * 45);
});

test.each(['--jitless', '--import=data:text/javascript,delete%20globalThis.WebAssembly'])(
  'with %s there is no WebAssembly, no kernel, and the same packets',
  async (flag) => {
    expect(await run(flag)).toEqual({ ...(usual as object), hasKernel: false });
  },
);

test.runIf(process.arch === 'x64')(
  'with --no-enable-ssse3 there are no vectors, no kernel, and the same packets',
  async () => {
    expect(await run('--no-enable-ssse3')).toEqual({ ...(usual as object), hasKernel: false });
  },
);

// As where the address space is limited (ulimit -v), of which V8 reserves gigabytes for WebAssembly.
test('where there is no memory for WebAssembly there is no kernel, and the same packets', async () => {
  expect(await run('--wasm-max-mem-pages=1')).toEqual({ ...(usual as object), hasKernel: false });
});
