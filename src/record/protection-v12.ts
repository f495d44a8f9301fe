import { copy, writeUint } from '../bytes/bytes.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { AEAD, AEAD_TAG_LENGTH, type AeadName } from '../registry/algorithms.ts';
import { WireVersion } from '../registry/versions.ts';
import { type DtlsRecord, RECORD_HEADER_LENGTH, writeRecordHeader } from '../wire/record.ts';
import type { RecordProtection } from './protection.ts';

const NONCE_LENGTH = 12;
const VERSION = WireVersion['DTLSv1.2'];

/** seq_num of RFC 6347 §4.1.2.1: epoch and sequence number in 8 bytes. */
function writeSequence(out: Uint8Array, offset: number, epoch: number, sequenceNumber: number): void {
  writeUint(out, offset, epoch, 2);
  writeUint(out, offset + 2, sequenceNumber, 6);
}

/**
 * AEAD records of DTLS 1.2.
 *
 * The nonce of AES-GCM is 4 secret bytes and 8 explicit ones, which are the record's epoch and sequence number
 * (RFC 5288 §3, RFC 9325 §7.2.1) and so never repeat under a key. That of ChaCha20-Poly1305 is 12 secret bytes
 * with the same number XORed in, and nothing is sent (RFC 7905 §2).
 */
export function aeadProtectionV12(
  crypto: CryptoProvider,
  name: AeadName,
  key: Uint8Array,
  fixedIv: Uint8Array,
): RecordProtection {
  const aead = crypto.aead(name, key);
  const explicitLength = AEAD[name].explicitNonceLength;
  const iv = new Uint8Array(NONCE_LENGTH);
  iv.set(fixedIv);
  const overhead = RECORD_HEADER_LENGTH + explicitLength + AEAD_TAG_LENGTH;

  /** `explicit`: the 8 bytes that go, or came, with an AES-GCM record. */
  function nonce(epoch: number, sequenceNumber: number, explicit: Uint8Array | undefined): Uint8Array {
    const bytes = copy(iv);
    if (explicit !== undefined) {
      bytes.set(explicit, NONCE_LENGTH - explicitLength);
    } else {
      const sequence = new Uint8Array(8);
      writeSequence(sequence, 0, epoch, sequenceNumber);
      for (let i = 0; i < 8; i++) bytes[4 + i] = (bytes[4 + i] ?? 0) ^ (sequence[i] ?? 0);
    }
    return bytes;
  }

  /** additional_data = seq_num + type + version + length (RFC 5246 §6.2.3.3). */
  function additionalData(
    type: number,
    version: number,
    epoch: number,
    sequenceNumber: number,
    length: number,
  ): Uint8Array {
    const aad = new Uint8Array(13);
    writeSequence(aad, 0, epoch, sequenceNumber);
    aad[8] = type;
    aad[9] = version >> 8;
    aad[10] = version;
    aad[11] = length >> 8;
    aad[12] = length;
    return aad;
  }

  return {
    overhead,
    sealLimit: AEAD[name].sealLimit,
    openLimit: AEAD[name].openLimit,
    seal(type, epoch, sequenceNumber, plaintext) {
      const record = new Uint8Array(overhead + plaintext.length);
      writeRecordHeader(
        record,
        0,
        type,
        VERSION,
        epoch,
        sequenceNumber,
        overhead - RECORD_HEADER_LENGTH + plaintext.length,
      );
      let explicit: Uint8Array | undefined;
      if (explicitLength > 0) {
        writeSequence(record, RECORD_HEADER_LENGTH, epoch, sequenceNumber);
        explicit = record.subarray(RECORD_HEADER_LENGTH, RECORD_HEADER_LENGTH + explicitLength);
      }
      const aad = additionalData(type, VERSION, epoch, sequenceNumber, plaintext.length);
      aead.seal(
        nonce(epoch, sequenceNumber, explicit),
        aad,
        plaintext,
        record,
        RECORD_HEADER_LENGTH + explicitLength,
      );
      return record;
    },
    open({ type, version, epoch, sequenceNumber, fragment }: DtlsRecord) {
      const length = fragment.length - explicitLength - AEAD_TAG_LENGTH;
      if (length < 0) return undefined;
      const explicit = explicitLength > 0 ? fragment.subarray(0, explicitLength) : undefined;
      const aad = additionalData(type, version, epoch, sequenceNumber, length);
      return aead.open(nonce(epoch, sequenceNumber, explicit), aad, fragment.subarray(explicitLength));
    },
    destroy() {
      aead.destroy();
      iv.fill(0);
    },
  };
}
