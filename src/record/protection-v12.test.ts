import { createCipheriv, createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain } from '../../test/lib/plain.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { AEAD, type AeadName } from '../registry/algorithms.ts';
import type { DtlsRecord } from '../wire/record.ts';
import { aeadProtectionV12 } from './protection-v12.ts';

const NAMES: readonly AeadName[] = ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'];
const PLAINTEXT = Buffer.from('what the RFC calls TLSPlaintext.fragment');

const keyOf = (name: AeadName): Uint8Array => new Uint8Array(AEAD[name].keyLength).fill(0x41);
const ivOf = (name: AeadName): Uint8Array =>
  Uint8Array.from({ length: AEAD[name].fixedIvLength }, (_, i) => 0xa0 + i);
const protection = (name: AeadName) => aeadProtectionV12(nodeCrypto, name, keyOf(name), ivOf(name));

/** Epoch and sequence number in 8 bytes, by BigInt, so as not to share a line with what is tested. */
function sequence(epoch: number, sequenceNumber: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE((BigInt(epoch) << 48n) | BigInt(sequenceNumber));
  return bytes;
}

/** The record as RFC 5288 §3, RFC 7905 §2 and RFC 5246 §6.2.3.3 spell it. */
function expectedRecord(name: AeadName, type: number, epoch: number, sequenceNumber: number): Buffer {
  const seq = sequence(epoch, sequenceNumber);
  const gcm = name !== 'chacha20-poly1305';
  const nonce = gcm ? Buffer.concat([ivOf(name), seq]) : Buffer.from(ivOf(name));
  if (!gcm) for (let i = 0; i < 8; i++) nonce.writeUInt8(nonce.readUInt8(4 + i) ^ seq.readUInt8(i), 4 + i);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(PLAINTEXT.length);
  const cipher = createCipheriv(name as 'aes-128-gcm', keyOf(name), nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([seq, Buffer.of(type, 0xfe, 0xfd), length]));
  const sealed = Buffer.concat([
    gcm ? seq : Buffer.alloc(0),
    cipher.update(PLAINTEXT),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  length.writeUInt16BE(sealed.length);
  return Buffer.concat([Buffer.of(type, 0xfe, 0xfd), seq, length, sealed]);
}

function recordOf(bytes: Uint8Array): DtlsRecord {
  const buffer = Buffer.from(bytes);
  return {
    type: buffer.readUInt8(0),
    version: buffer.readUInt16BE(1),
    epoch: buffer.readUInt16BE(3),
    sequenceNumber: buffer.readUIntBE(5, 6),
    fragment: plain<Uint8Array>(buffer.subarray(13)),
  };
}

describe.each(NAMES)('aeadProtectionV12() with %s', (name) => {
  it.each([
    [22, 1, 0],
    [23, 1, 1],
    [23, 1, 2 ** 32 - 1],
    [23, 1, 2 ** 32],
    [21, 0xffff, 2 ** 48 - 1],
  ])('seals type %i, epoch %i, number %i as the RFCs say', (type, epoch, sequenceNumber) => {
    const record = protection(name).seal(type, epoch, sequenceNumber, PLAINTEXT);
    expect(Buffer.from(record).toString('hex')).toBe(
      expectedRecord(name, type, epoch, sequenceNumber).toString('hex'),
    );
  });

  it('opens what it sealed; the overhead is what it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 2 ** 48 - 1 }), (data, n) => {
        const keys = protection(name);
        const bytes = keys.seal(23, 1, n, data);
        expect(bytes.length).toBe(data.length + keys.overhead);
        const opened = keys.open(recordOf(bytes));
        expect(opened && plain(opened)).toEqual(data);
      }),
    );
  });

  it('opens nothing in which one bit differs: header, nonce, ciphertext or tag', () => {
    const keys = protection(name);
    const bytes = keys.seal(23, 1, 5, PLAINTEXT);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const byte = bit >> 3;
      if (byte === 11 || byte === 12) continue; // the length: what is read with another one is another record
      const forged = plain(bytes);
      forged[byte] = (forged[byte] ?? 0) ^ (1 << (bit & 7));
      expect(keys.open(recordOf(forged)), `bit ${bit}`).toBeUndefined();
    }
  });

  it('opens nothing that is shorter, down to no bytes, and nothing longer', () => {
    const keys = protection(name);
    const record = recordOf(keys.seal(23, 1, 5, PLAINTEXT));
    for (let length = 0; length < record.fragment.length; length++) {
      expect(keys.open({ ...record, fragment: record.fragment.subarray(0, length) })).toBeUndefined();
    }
    expect(keys.open({ ...record, fragment: new Uint8Array([...record.fragment, 0]) })).toBeUndefined();
  });

  it('never uses a nonce twice (S9): another number, another key stream', () => {
    const keys = protection(name);
    const zeros = new Uint8Array(16);
    const streams = new Set<string>();
    for (const n of [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 48 - 1]) {
      const fragment = recordOf(keys.seal(23, 1, n, zeros)).fragment.subarray(AEAD[name].explicitNonceLength);
      streams.add(Buffer.from(fragment.subarray(0, 16)).toString('hex'));
    }
    expect(streams.size).toBe(8);
  });

  it('destroy() overwrites the key: it neither opens nor seals as before', () => {
    const keys = protection(name);
    const before = keys.seal(23, 1, 5, PLAINTEXT);
    keys.destroy();
    expect(keys.open(recordOf(before))).toBeUndefined();
    expect(keys.seal(23, 1, 5, PLAINTEXT)).not.toEqual(before);
  });
});

describe('aeadProtectionV12()', () => {
  it.each(['aes-128-gcm', 'aes-256-gcm'] as const)(
    '%s: the explicit nonce is epoch and sequence number, never random (S9, RFC 9325 §7.2.1)',
    (name) => {
      for (const [epoch, n] of [
        [1, 0],
        [1, 77],
        [2, 2 ** 33],
      ] as const) {
        const record = recordOf(protection(name).seal(23, epoch, n, PLAINTEXT));
        expect(Buffer.from(record.fragment.subarray(0, 8))).toEqual(sequence(epoch, n));
      }
    },
  );

  it('chacha20-poly1305 sends no nonce (RFC 7905 §2)', () => {
    expect(protection('chacha20-poly1305').overhead).toBe(13 + 16);
  });

  it('takes the explicit nonce of a peer that counts otherwise', () => {
    const name = 'aes-128-gcm';
    const explicit = Buffer.from('0123456789abcdef', 'hex');
    const aad = Buffer.concat([sequence(1, 9), Buffer.of(23, 0xfe, 0xfd, 0, PLAINTEXT.length)]);
    const cipher = createCipheriv(name, keyOf(name), Buffer.concat([ivOf(name), explicit]));
    cipher.setAAD(aad);
    const fragment = Buffer.concat([explicit, cipher.update(PLAINTEXT), cipher.final(), cipher.getAuthTag()]);
    const record = { type: 23, version: 0xfefd, epoch: 1, sequenceNumber: 9, fragment };
    expect(Buffer.from(protection(name).open(record) ?? [])).toEqual(PLAINTEXT);
  });

  it('what it seals, node:crypto opens', () => {
    const name = 'aes-256-gcm';
    const { fragment } = recordOf(protection(name).seal(23, 1, 3, PLAINTEXT));
    const nonce = Buffer.concat([ivOf(name), fragment.subarray(0, 8)]);
    const decipher = createDecipheriv(name, keyOf(name), nonce);
    decipher.setAAD(Buffer.concat([sequence(1, 3), Buffer.of(23, 0xfe, 0xfd, 0, PLAINTEXT.length)]));
    decipher.setAuthTag(fragment.subarray(fragment.length - 16));
    const opened = Buffer.concat([decipher.update(fragment.subarray(8, -16)), decipher.final()]);
    expect(opened).toEqual(PLAINTEXT);
  });
});
