import { Reader } from '../../bytes/reader.ts';
import type { Writer } from '../../bytes/writer.ts';

/** Extensions by type, in the order of the wire. */
export type ExtensionBlock = ReadonlyMap<number, Uint8Array>;

/**
 *     Extension extensions<0..2^16-1>;
 *     struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; } Extension;
 *
 * RFC 5246 §7.4.1.4: the whole field may be absent; no type comes twice. Fails the reader otherwise.
 */
export function readExtensionBlock(reader: Reader): ExtensionBlock {
  const extensions = new Map<number, Uint8Array>();
  if (reader.remaining === 0) return extensions;
  const list = new Reader(reader.vector16());
  while (list.remaining > 0) {
    const type = list.u16();
    const data = list.vector16();
    if (extensions.has(type)) reader.fail();
    extensions.set(type, data);
  }
  if (!list.ok) reader.fail();
  return extensions;
}

export function writeExtensionBlock(writer: Writer, extensions: ExtensionBlock): void {
  if (extensions.size === 0) return;
  writer.vector16(() => {
    for (const [type, data] of extensions) writer.u16(type).vector16(data);
  });
}
