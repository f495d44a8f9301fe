import { Reader, readU16List } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/**
 *     struct { NamedCurve named_curve_list<2..2^16-1> } NamedCurveList;       RFC 8422 §5.1.1
 */
export function readSupportedGroups(data: Uint8Array): number[] | undefined {
  return readNumbers(data);
}

export function writeSupportedGroups(groups: readonly number[]): Uint8Array {
  return new Writer().u16List(groups).finish();
}

/** A list of 16-bit numbers with at least one entry that fills its extension. */
export function readNumbers(data: Uint8Array): number[] | undefined {
  const reader = new Reader(data);
  const list = readU16List(reader.vector16());
  return reader.finished && list !== undefined && list.length > 0 ? list : undefined;
}
