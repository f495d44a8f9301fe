import { utf8 } from '../../bytes/bytes.ts';
import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 *     opaque ProtocolName<1..2^8-1>;
 *     struct { ProtocolName protocol_name_list<2..2^16-1> } ProtocolNameList;     RFC 7301 §3.1
 */
export function readAlpn(data: Uint8Array): string[] | undefined {
  const reader = new Reader(data);
  const list = new Reader(reader.vector16());
  if (!reader.finished || list.remaining === 0) return undefined;
  const names: string[] = [];
  while (list.remaining > 0) {
    const name = list.vector8();
    if (name.length === 0) return undefined;
    names.push(decoder.decode(name));
  }
  return list.ok ? names : undefined;
}

export function writeAlpn(names: readonly string[]): Uint8Array {
  const writer = new Writer();
  writer.vector16(() => {
    for (const name of names) writer.vector8(utf8(name));
  });
  return writer.finish();
}
