import { Reader } from '../../../src/bytes/reader.ts';
import { type DtlsRecord, readRecord } from '../../../src/wire/record.ts';
import { fragmentsOf } from '../../lib/records.ts';
import type { Grammar } from './layout.ts';
import { allDatagrams } from './recordings.ts';

/** One parser of bytes that a peer, or whoever wrote them in its stead, may choose. */
export interface Parser {
  /** Forms that are right, to be edited. */
  readonly seeds: () => readonly Uint8Array[];
  readonly grammar: Grammar;
  /** Undefined, or nothing, for what it refuses. */
  readonly read: (bytes: Uint8Array) => unknown;
  readonly write?: (value: never) => Uint8Array;
  /** Whether what is read of these bytes is written as the very same. */
  readonly exact?: (bytes: Uint8Array, value: never) => boolean;
  /** Whether it may throw this: a parser of what the application hands over. */
  readonly refusal?: (error: unknown) => boolean;
}

/** Records, as far as a datagram is made of them. */
export function recordsIn(bytes: Uint8Array): DtlsRecord[] {
  const reader = new Reader(bytes);
  const records: DtlsRecord[] = [];
  for (let record = readRecord(reader); record !== undefined; record = readRecord(reader))
    records.push(record);
  return records;
}

/** Whole messages of one type, in all recordings. */
export function bodies(type: number): readonly Uint8Array[] {
  const all = allDatagrams()
    .flatMap(recordsIn)
    .flatMap((record) => attempt(() => fragmentsOf(record)) ?? [])
    .filter((fragment) => fragment.type === type && fragment.length === fragment.fragment.length);
  return all.map(({ fragment }) => fragment);
}

/** Undefined when it throws. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
