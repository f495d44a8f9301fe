import { copy } from '../bytes/bytes.ts';
import type { DtlsRecord } from '../wire/record.ts';

const MAX_RECORDS = 16;
const MAX_BYTES = 8192;

/**
 * Records that came before their keys, for the order of datagrams is the network's. The newest are kept: what
 * anyone sent before the peer's own is not to stand in its way.
 */
export class EarlyRecords {
  #records: DtlsRecord[] = [];
  #bytes = 0;

  /** Copies the record; gives the number of records that were dropped for it, or itself. */
  hold(record: DtlsRecord): number {
    const { length } = record.fragment;
    if (length > MAX_BYTES) return 1;
    this.#records.push({ ...record, fragment: copy(record.fragment) });
    this.#bytes += length;
    let dropped = 0;
    while (this.#records.length > MAX_RECORDS || this.#bytes > MAX_BYTES) {
      this.#bytes -= this.#records.shift()?.fragment.length ?? 0;
      dropped++;
    }
    return dropped;
  }

  /** What is held, in the order in which it came; nothing is held from here on. */
  take(): readonly DtlsRecord[] {
    const records = this.#records;
    if (records.length > 0) this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
