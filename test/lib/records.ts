import { concat } from '../../src/bytes/bytes.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { ContentType } from '../../src/registry/content-types.ts';
import { type HandshakeFragment, readHandshakeFragment } from '../../src/wire/handshake.ts';
import { type DtlsRecord, readRecord, writeRecordHeader } from '../../src/wire/record.ts';

/** The records of a datagram of ours, which must be well formed. */
export function recordsOf(...datagrams: readonly Uint8Array[]): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (const datagram of datagrams) {
    const reader = new Reader(datagram);
    while (reader.remaining > 0) {
      const record = readRecord(reader);
      if (record === undefined) throw new Error('not a record');
      records.push(record);
    }
  }
  return records;
}

/** A record as bytes, with whatever is in it. */
export function writeRecord(record: DtlsRecord): Uint8Array {
  const { type, version, epoch, sequenceNumber, fragment } = record;
  const header = new Uint8Array(13);
  writeRecordHeader(header, 0, type, version, epoch, sequenceNumber, fragment.length);
  return concat(header, fragment);
}

/** A record of epoch 0, as anyone can make one. */
export function plaintextRecord(type: number, fragment: Uint8Array, sequenceNumber = 1000): Uint8Array {
  return writeRecord({ type, version: 0xfefd, epoch: 0, sequenceNumber, fragment });
}

/** The handshake fragments of a record of epoch 0; none for any other record. */
export function fragmentsOf(record: DtlsRecord): HandshakeFragment[] {
  if (record.type !== ContentType.handshake || record.epoch !== 0) return [];
  const fragments: HandshakeFragment[] = [];
  const reader = new Reader(record.fragment);
  while (reader.remaining > 0) {
    const fragment = readHandshakeFragment(reader);
    if (fragment === undefined) throw new Error('not a handshake message');
    fragments.push(fragment);
  }
  return fragments;
}
