import { describe, expect, test } from 'vitest';
import { concat, copy, toHex } from '../../src/bytes/bytes.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import type { PacketTransform } from '../../src/crypto/packets/packet-transform.ts';
import { type Rfc7714Vector, RTCP_VECTORS, RTP_VECTORS } from './data/rfc7714-sections-16-17.ts';
import { ENGINES, type PacketJob, protectOne, unprotectOne } from './packet-engines.ts';
import { bytes, titled } from './printed.ts';

const TAG_LENGTH = 16;
const RTP_HEADER_LENGTH = 12;
const SRTCP_INDEX = 0x5d4;
const ESRTCP_LENGTH = 4;

/** The cipher, what it is to authenticate and the IV as the RFC prints them: for the AEAD by itself. */
describe.each(titled([...RTP_VECTORS, ...RTCP_VECTORS]))('RFC 7714 %s: the AEAD by itself', (_, vector) => {
  const [iv, aad, ciphertext] = [bytes(vector.iv), bytes(vector.aad), bytes(vector.ciphertext)];
  const key = bytes(vector.key);
  const aead = nodeCrypto.aead(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key);

  test('opens what the RFC has sealed, and seals it again', () => {
    const plaintext = aead.open(iv, aad, ciphertext);
    expect(plaintext?.length).toBe(ciphertext.length - TAG_LENGTH);
    const sealed = new Uint8Array(ciphertext.length);
    aead.seal(iv, aad, plaintext ?? new Uint8Array(0), sealed, 0);
    expect(toHex(sealed)).toBe(toHex(ciphertext));
  });
});

describe.each(ENGINES)('RFC 7714 with %s', (_, engine) => {
  function transformOf({ key, salt }: Rfc7714Vector, rtcp: boolean): PacketTransform {
    const keys = { cipherKey: bytes(key), salt: bytes(salt), authenticationKey: new Uint8Array(0) };
    return engine.gcm(keys, rtcp);
  }

  /** Where nothing is encrypted, all of the packet is associated data. */
  function rtpJob(vector: Rfc7714Vector, packet: Uint8Array): PacketJob {
    const encrypted = bytes(vector.aad).length === RTP_HEADER_LENGTH;
    const view = Buffer.from(packet);
    return {
      bytes: packet,
      cipherStart: encrypted ? RTP_HEADER_LENGTH : bytes(vector.aad).length,
      ssrc: view.readUInt32BE(8),
      index: view.readUInt16BE(2),
      suffix: 0,
    };
  }

  function rtcpJob(vector: Rfc7714Vector, packet: Uint8Array): PacketJob {
    const aad = Buffer.from(bytes(vector.aad));
    return {
      bytes: packet,
      cipherStart: aad.length - ESRTCP_LENGTH,
      ssrc: Buffer.from(packet).readUInt32BE(4),
      index: SRTCP_INDEX,
      suffix: aad.readInt32BE(aad.length - ESRTCP_LENGTH),
    };
  }

  function only(vectors: readonly Rfc7714Vector[], ...words: readonly string[]): readonly Rfc7714Vector[] {
    const found = vectors.filter(({ title }) => words.some((word) => title.includes(word)));
    expect(found.length).toBe(vectors.length / 2);
    return found;
  }

  test.each(titled(only(RTP_VECTORS, 'Encryption', 'Tagging')))('%s', (_, vector) => {
    const sealed = protectOne(engine, transformOf(vector, false), rtpJob(vector, bytes(vector.given)));
    expect(toHex(sealed)).toBe(toHex(bytes(vector.result ?? '')));
  });

  test.each(titled(only(RTP_VECTORS, 'Decryption', 'Verification')))('%s', (_, vector) => {
    const transform = transformOf(vector, false);
    const job = rtpJob(vector, bytes(vector.given));
    const opened = unprotectOne(engine, transform, job);
    // With "Verification" nothing is printed at the end: the packet is what was authenticated.
    const payload = vector.result === undefined ? new Uint8Array(0) : bytes(vector.result);
    expect(opened && toHex(opened)).toBe(toHex(concat(bytes(vector.aad), payload)));
    expect(unprotectOne(engine, transform, withLastBitFlipped(job))).toBeUndefined();
  });

  test.each(titled(only(RTCP_VECTORS, 'Encryption and Tagging', 'Tagging Only')))('%s', (_, vector) => {
    const job = rtcpJob(vector, bytes(vector.given));
    const sealed = protectOne(engine, transformOf(vector, true), job);
    const esrtcp = bytes(vector.aad).slice(-ESRTCP_LENGTH);
    expect(toHex(concat(sealed, esrtcp))).toBe(toHex(bytes(vector.result ?? '')));
  });

  test.each(titled(only(RTCP_VECTORS, 'Verification and Decryption', 'Tag Verification')))(
    '%s',
    (_, vector) => {
      const transform = transformOf(vector, true);
      const given = bytes(vector.given);
      expect(toHex(given.slice(-ESRTCP_LENGTH))).toBe(toHex(bytes(vector.aad).slice(-ESRTCP_LENGTH)));
      const job = rtcpJob(vector, given.subarray(0, -ESRTCP_LENGTH));
      const opened = unprotectOne(engine, transform, job);
      expect(opened && toHex(opened)).toBe(toHex(bytes(vector.result ?? '')));
      expect(unprotectOne(engine, transform, withLastBitFlipped(job))).toBeUndefined();
      // The E bit is authenticated.
      expect(unprotectOne(engine, transform, { ...job, suffix: job.suffix ^ (1 << 31) })).toBeUndefined();
    },
  );

  function withLastBitFlipped(job: PacketJob): PacketJob {
    const flipped = copy(job.bytes);
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1;
    return { ...job, bytes: flipped };
  }
});
