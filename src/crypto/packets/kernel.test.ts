import { expect, test } from 'vitest';
import { loadKernel } from './kernel.ts';
import { JOB_WORDS, KEY_STREAM_LENGTH, KEYS_LENGTH, MAX_JOBS, PACKETS_LENGTH } from './layout.ts';

const kernel = loadKernel();
if (kernel === undefined) throw new Error('these tests need WebAssembly');

test('loadKernel() gives one kernel for the process', () => {
  expect(loadKernel()).toBe(kernel);
});

test('what JavaScript sees of the kernel’s memory has the lengths of layout.ts, and does not overlap', () => {
  const views = [kernel.jobs, kernel.keys, kernel.packets, kernel.keyStream];
  expect(views.map(({ byteLength }) => byteLength)).toEqual([
    MAX_JOBS * JOB_WORDS * 4,
    KEYS_LENGTH,
    PACKETS_LENGTH,
    KEY_STREAM_LENGTH,
  ]);
  expect(new Set(views.map(({ buffer }) => buffer)).size).toBe(1);
  const places = views.map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength] as const);
  places.sort(([a], [b]) => a - b);
  let end = 0;
  for (const [from, to] of places) {
    expect(from).toBeGreaterThanOrEqual(end);
    expect(from % 16).toBe(0);
    end = to;
  }
  expect(end).toBeLessThanOrEqual(kernel.packets.buffer.byteLength);
});

test('the kernel needs nothing of its host, and its memory never moves', () => {
  const { buffer } = kernel.packets;
  expect(buffer.byteLength).toBeLessThanOrEqual(8 * 65_536);
  expect(kernel.run.memory.buffer).toBe(buffer);
});

test('the key stream of a full memory fits in its place', () => {
  // Each packet is rounded up to blocks, with one block more for GCM's tag.
  expect(PACKETS_LENGTH + MAX_JOBS * (15 + 16)).toBeLessThanOrEqual(KEY_STREAM_LENGTH);
});

test('counters() gives each packet its own counter blocks, the counter in the last two bytes', () => {
  const { run, jobs, keys, keyStream } = kernel;
  keys.fill(0);
  jobs.fill(0);
  // SSRC, index and result of two packets of 17 and 0 bytes; the second is not to be worked on.
  jobs.set([0, 0, 17, 0, 0, 0, -1, -2, 0xabcd, 1, -1]);
  jobs.set([0, 0, 33, 0, 0, 0, 1, 1, 1, 0, -1], JOB_WORDS);
  expect(run.counters(2, 4, 0)).toBe(32);
  expect(Buffer.from(keyStream.subarray(0, 32)).toString('hex')).toBe(
    '00000000fffffffffffffffeabcd0000' + '00000000fffffffffffffffeabcd0001',
  );
  expect(run.counters(1, 2, 1)).toBe(48);
  expect(Buffer.from(keyStream.subarray(0, 48)).toString('hex')).toBe(
    '0000fffffffffffffffeabcd00000001' +
      '0000fffffffffffffffeabcd00000002' +
      '0000fffffffffffffffeabcd00000003',
  );
  run.wipe();
});
