import { readU16Vector } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/**
 *     struct { NamedCurve named_curve_list<2..2^16-1> } NamedCurveList;       RFC 8422 §5.1.1
 */
export function readSupportedGroups(data: Uint8Array): number[] | undefined {
  return readU16Vector(data);
}

export function writeSupportedGroups(groups: readonly number[]): Uint8Array {
  return new Writer().u16List(groups).finish();
}
