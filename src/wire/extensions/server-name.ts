import { utf8 } from '../../bytes/bytes.ts';
import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

const HOST_NAME = 0;

/**
 *     struct { NameType name_type; opaque HostName<1..2^16-1>; } ServerName;
 *     struct { ServerName server_name_list<1..2^16-1> } ServerNameList;          RFC 6066 §3
 *
 * Gives the host name; undefined when malformed, or not of printable ASCII.
 */
export function readServerName(data: Uint8Array): string | undefined {
  const reader = new Reader(data);
  const list = new Reader(reader.vector16());
  if (!reader.finished) return undefined;
  let host: string | undefined;
  while (list.remaining > 0) {
    const type = list.u8();
    const name = list.vector16();
    if (type !== HOST_NAME) continue;
    if (host !== undefined || name.length === 0 || name.length > 255) return undefined;
    if (!name.every((byte) => byte > 0x20 && byte < 0x7f)) return undefined;
    host = String.fromCharCode(...name);
  }
  return list.ok ? host : undefined;
}

export function writeServerName(host: string): Uint8Array {
  const writer = new Writer();
  return writer.vector16(() => writer.u8(HOST_NAME).vector16(utf8(host))).finish();
}

/** Whether a name is an address, with which SNI must not be sent (RFC 6066 §3). */
export function isIpLiteral(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
