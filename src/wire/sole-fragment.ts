import { Reader } from '../bytes/reader.ts';
import { ContentType } from '../registry/content-types.ts';
import { type HandshakeFragment, readHandshakeFragment } from './handshake.ts';
import { readRecord } from './record.ts';

/** A handshake fragment, and the number of the plaintext record that it is alone in. */
export interface SoleFragment extends HandshakeFragment {
  readonly recordSequenceNumber: number;
}

/**
 * The handshake fragment of a datagram that holds one plaintext record with one fragment, and nothing behind it.
 * Whoever judges a datagram by it has then judged all of it.
 */
export function soleFragment(datagram: Uint8Array): SoleFragment | undefined {
  const records = new Reader(datagram);
  const record = readRecord(records);
  if (record?.type !== ContentType.handshake || record.epoch !== 0 || records.remaining > 0) return undefined;
  const fragments = new Reader(record.fragment);
  const fragment = readHandshakeFragment(fragments);
  if (fragment === undefined || fragments.remaining > 0) return undefined;
  return { ...fragment, recordSequenceNumber: record.sequenceNumber };
}
