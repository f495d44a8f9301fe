import { ReplayWindow } from '../bytes/replay-window.ts';
import type { DiscardReason } from '../registry/discard-reasons.ts';
import { WireVersion } from '../registry/versions.ts';
import { type DtlsRecord, MAX_PLAINTEXT_LENGTH } from '../wire/record.ts';
import type { RecordProtection } from './protection.ts';
import { plaintextProtection } from './protection-plaintext.ts';

interface WriteEpoch {
  readonly protection: RecordProtection;
  nextSequenceNumber: number;
}

interface ReadEpoch {
  readonly protection: RecordProtection;
  readonly window: ReplayWindow;
  failures: number;
}

export interface OpenedRecord {
  readonly plaintext: Uint8Array;
  /** The record had the highest sequence number so far of its epoch. */
  readonly newest: boolean;
}

/** A record sealed for sending, with the number it got. */
export interface SealedRecord {
  readonly bytes: Uint8Array;
  readonly sequenceNumber: number;
}

/** Records kept back for alerts once a key is used up. */
const LAST_WORDS = 16;

/**
 * The epochs of both directions: which keys a record is under, which number it gets, which numbers were seen.
 * Sequence numbers of an epoch only ever rise, over flights and retransmissions (RFC 6347 §4.1).
 */
export class RecordLayer {
  readonly #write = new Map<number, WriteEpoch>();
  readonly #read = new Map<number, ReadEpoch>();
  #readEpoch = 0;
  #peerKeysSeen = false;

  constructor() {
    // A ClientHello goes out as version 1.0 so that any server reads it (RFC 6347 §4.2.1 and appendix E of
    // RFC 5246); `useVersion` sets the negotiated one.
    this.#write.set(0, { protection: plaintextProtection(WireVersion.DTLSv1), nextSequenceNumber: 0 });
  }

  /** The version in the headers of plaintext records, once negotiated. */
  useVersion(version: number): void {
    const nextSequenceNumber = this.#write.get(0)?.nextSequenceNumber ?? 0;
    this.#write.set(0, { protection: plaintextProtection(version), nextSequenceNumber });
  }

  /** The number of the first record that is sent without protection. */
  beginWith(sequenceNumber: number): void {
    this.#writeEpoch(0).nextSequenceNumber = sequenceNumber;
  }

  installWriteKeys(epoch: number, protection: RecordProtection): void {
    if (this.#write.has(epoch)) throw new Error(`write keys of epoch ${epoch} are installed already`);
    this.#write.set(epoch, { protection, nextSequenceNumber: 0 });
  }

  installReadKeys(epoch: number, protection: RecordProtection): void {
    if (this.#read.has(epoch)) throw new Error(`read keys of epoch ${epoch} are installed already`);
    this.#read.set(epoch, { protection, window: new ReplayWindow(), failures: 0 });
    this.#readEpoch = epoch;
  }

  /** The newest epoch that can be read. */
  get readEpoch(): number {
    return this.#readEpoch;
  }

  /** An authentic record has shown that the peer uses its keys: plaintext counts no more. */
  get peerKeysSeen(): boolean {
    return this.#peerKeysSeen;
  }

  /** Bytes that a record of this epoch has beyond its plaintext, header included. */
  overhead(epoch: number): number {
    return this.#writeEpoch(epoch).protection.overhead;
  }

  /** Whether the epoch's key, or its sequence numbers, are used up, but for what a last word takes. */
  isExhausted(epoch: number): boolean {
    const { protection, nextSequenceNumber } = this.#writeEpoch(epoch);
    return nextSequenceNumber >= protection.sealLimit - LAST_WORDS;
  }

  /** Whether there is a number left for one more record, last words included. */
  canSeal(epoch: number): boolean {
    const { protection, nextSequenceNumber } = this.#writeEpoch(epoch);
    return nextSequenceNumber < protection.sealLimit;
  }

  seal(epoch: number, type: number, plaintext: Uint8Array): SealedRecord {
    const write = this.#writeEpoch(epoch);
    const sequenceNumber = write.nextSequenceNumber;
    // Callers ask `isExhausted` or `canSeal` first; a number must not come twice whatever happens.
    if (sequenceNumber >= write.protection.sealLimit)
      throw new Error(`the keys of epoch ${epoch} are used up`);
    write.nextSequenceNumber++;
    return { bytes: write.protection.seal(type, epoch, sequenceNumber, plaintext), sequenceNumber };
  }

  /**
   * Opens a record. `too_early` tells that the keys of the next epoch are not there yet. The replay window
   * moves only once the record is found authentic.
   */
  open(record: DtlsRecord): OpenedRecord | DiscardReason {
    if (record.epoch === 0) {
      return this.#peerKeysSeen ? 'plaintext_after_keys' : { plaintext: record.fragment, newest: false };
    }
    const read = this.#read.get(record.epoch);
    if (read === undefined)
      return this.#readEpoch === 0 && record.epoch === 1 ? 'too_early' : 'unknown_epoch';
    if (!read.window.isFresh(record.sequenceNumber)) return 'replayed';
    const plaintext = read.protection.open(record);
    if (plaintext === undefined) {
      read.failures++;
      return 'bad_tag';
    }
    this.#peerKeysSeen = true;
    const newest = read.window.accept(record.sequenceNumber) && record.epoch === this.#readEpoch;
    // RFC 5246 §6.2.1; its sender has the keys, and is merely wrong.
    if (plaintext.length > MAX_PLAINTEXT_LENGTH) return 'malformed_record';
    return { plaintext, newest };
  }

  /** Forgeries have reached the number that the AEAD can bear (RFC 9147 §4.5.3). */
  get forgeryLimitReached(): boolean {
    const read = this.#read.get(this.#readEpoch);
    return read !== undefined && read.failures >= read.protection.openLimit;
  }

  /** Overwrites all keys. */
  destroy(): void {
    for (const { protection } of this.#write.values()) protection.destroy();
    for (const { protection } of this.#read.values()) protection.destroy();
  }

  #writeEpoch(epoch: number): WriteEpoch {
    const write = this.#write.get(epoch);
    if (write === undefined) throw new Error(`no write keys for epoch ${epoch}`);
    return write;
  }
}
