import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, extensionBlocks } from '../../../test/lib/codec.ts';
import { plain } from '../../../test/lib/plain.ts';
import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';
import { type ExtensionBlock, readExtensionBlock, writeExtensionBlock } from './extension-block.ts';

function write(extensions: ExtensionBlock): Uint8Array {
  const writer = new Writer();
  writeExtensionBlock(writer, extensions);
  return writer.finish();
}

describe('extensions (RFC 5246 §7.4.1.4)', () => {
  it('round trip, in the order of the wire', () => {
    fc.assert(
      fc.property(extensionBlocks, (extensions) => {
        const reader = new Reader(write(extensions));
        expect([...plain(readExtensionBlock(reader))]).toEqual([...plain(extensions)]);
        expect(reader.finished).toBe(true);
      }),
    );
  });

  it('an empty block is written as no bytes, and no bytes are read as an empty block', () => {
    expect(write(new Map())).toHaveLength(0);
    const reader = new Reader(new Uint8Array(0));
    expect(readExtensionBlock(reader).size).toBe(0);
    expect(reader.finished).toBe(true);
  });

  it.each<[string, number[]]>([
    ['one type twice', [0, 8, 0, 23, 0, 0, 0, 23, 0, 0]],
    ['data longer than the block', [0, 4, 0, 23, 0, 1]],
    ['half a header', [0, 3, 0, 23, 0]],
    ['a block longer than the message', [0, 9, 0, 23, 0, 0]],
    ['one byte of a length', [0]],
  ])('fails the reader for %s', (_, bytes) => {
    const reader = new Reader(Uint8Array.from(bytes));
    readExtensionBlock(reader);
    expect(reader.ok).toBe(false);
  });

  it('never throws, and reads each byte once (S27)', () => {
    fc.assert(
      fc.property(bytesOf(0, 300), (bytes) => {
        const extensions = readExtensionBlock(new Reader(bytes));
        expect(extensions.size).toBeLessThanOrEqual(bytes.length / 4 + 1);
      }),
    );
  });
});
