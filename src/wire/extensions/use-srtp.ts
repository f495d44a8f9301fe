import { Reader, readU16List } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/**
 *     struct {
 *       SRTPProtectionProfiles SRTPProtectionProfiles;
 *       opaque srtp_mki<0..255>;
 *     } UseSRTPData;
 *     SRTPProtectionProfile SRTPProtectionProfiles<2..2^16-1>;                RFC 5764 §4.1.1
 */
export interface UseSrtp {
  readonly profiles: readonly number[];
  readonly mki: Uint8Array;
}

export function readUseSrtp(data: Uint8Array): UseSrtp | undefined {
  const reader = new Reader(data);
  const profiles = readU16List(reader.vector16());
  const mki = reader.vector8();
  if (!reader.finished || profiles === undefined || profiles.length === 0) return undefined;
  return { profiles, mki };
}

export function writeUseSrtp(value: UseSrtp): Uint8Array {
  return new Writer().u16List(value.profiles).vector8(value.mki).finish();
}
