import { RECORD_HEADER_LENGTH, writeRecordHeader } from '../wire/record.ts';
import type { RecordProtection } from './protection.ts';

/** Of each version one for all connections: it has no state. */
const shared = new Map<number, RecordProtection>();

/** Epoch 0: no protection. `version` is one of ours. */
export function plaintextProtection(version: number): RecordProtection {
  const known = shared.get(version);
  if (known !== undefined) return known;
  const protection: RecordProtection = {
    overhead: RECORD_HEADER_LENGTH,
    sealLimit: 2 ** 48 - 1,
    openLimit: Number.POSITIVE_INFINITY,
    seal(type, epoch, sequenceNumber, plaintext) {
      const record = new Uint8Array(RECORD_HEADER_LENGTH + plaintext.length);
      writeRecordHeader(record, 0, type, version, epoch, sequenceNumber, plaintext.length);
      record.set(plaintext, RECORD_HEADER_LENGTH);
      return record;
    },
    open: (record) => record.fragment,
    destroy() {},
  };
  shared.set(version, protection);
  return protection;
}
