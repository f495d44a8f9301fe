import { Reader } from '../../bytes/reader.ts';

const UNCOMPRESSED = 0;

/** `ECPointFormat ec_point_format_list<1..2^8-1>` with uncompressed alone (RFC 8422 §5.1.2). */
export const EC_POINT_FORMATS: Uint8Array = Uint8Array.of(1, UNCOMPRESSED);

/** Whether the list is well formed and has `uncompressed`; undefined when malformed. */
export function readEcPointFormats(data: Uint8Array): { uncompressed: boolean } | undefined {
  const reader = new Reader(data);
  const list = reader.vector8();
  if (!reader.finished || list.length === 0) return undefined;
  return { uncompressed: list.includes(UNCOMPRESSED) };
}
