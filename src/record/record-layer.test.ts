import { describe, expect, it } from 'vitest';
import { Reader } from '../bytes/reader.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { AEAD, type AeadName } from '../registry/algorithms.ts';
import { type DtlsRecord, readRecord } from '../wire/record.ts';
import type { RecordProtection } from './protection.ts';
import { plaintextProtection } from './protection-plaintext.ts';
import { aeadProtectionV12 } from './protection-v12.ts';
import { type OpenedRecord, RecordLayer } from './record-layer.ts';

function protection(seed = 1, name: AeadName = 'aes-128-gcm'): RecordProtection {
  const { keyLength, fixedIvLength } = AEAD[name];
  const key = new Uint8Array(keyLength).fill(seed);
  return aeadProtectionV12(nodeCrypto, name, key, new Uint8Array(fixedIvLength).fill(seed));
}

const DATA = Uint8Array.of(1, 2, 3);
const APPLICATION = 23;

/** A sender and a receiver with keys of epoch 1. */
function layers(): { sender: RecordLayer; receiver: RecordLayer } {
  const [sender, receiver] = [new RecordLayer(), new RecordLayer()];
  sender.installWriteKeys(1, protection());
  receiver.installReadKeys(1, protection());
  return { sender, receiver };
}

function read(bytes: Uint8Array): DtlsRecord {
  const record = readRecord(new Reader(bytes));
  if (record === undefined) throw new Error('not a record');
  return record;
}

const sealed = (sender: RecordLayer, epoch = 1): DtlsRecord =>
  read(sender.seal(epoch, APPLICATION, DATA).bytes);

function opened(result: OpenedRecord | string): OpenedRecord {
  if (typeof result === 'string') throw new Error(`dropped: ${result}`);
  return result;
}

describe('RecordLayer.seal()', () => {
  it('gives each record of an epoch its own, rising number, and each epoch its own count', () => {
    const { sender } = layers();
    const numbers = (epoch: number): number[] =>
      [1, 2, 3].map(() => {
        const { bytes, sequenceNumber } = sender.seal(epoch, APPLICATION, DATA);
        expect(read(bytes)).toMatchObject({ epoch, sequenceNumber });
        return sequenceNumber;
      });
    expect([numbers(0), numbers(1), numbers(0)]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('writes version 1.0 until a version is known, and goes on counting then', () => {
    const sender = new RecordLayer();
    expect(sealed(sender, 0)).toMatchObject({ version: 0xfeff, sequenceNumber: 0 });
    sender.useVersion(0xfefd);
    expect(sealed(sender, 0)).toMatchObject({ version: 0xfefd, sequenceNumber: 1 });
  });

  it('is exhausted with room for last words, and stops at the limit of the key, the last number used once (S13)', () => {
    const sender = new RecordLayer();
    sender.installWriteKeys(1, { ...protection(), sealLimit: 20 });
    for (let i = 0; i < 20; i++) {
      expect(sender.isExhausted(1)).toBe(i >= 4);
      sealed(sender);
    }
    expect(() => sender.seal(1, APPLICATION, DATA)).toThrow(/used up/);
  });

  it.each<[AeadName, number]>([
    ['aes-128-gcm', Math.floor(2 ** 24.5)],
    ['aes-256-gcm', Math.floor(2 ** 24.5)],
    ['chacha20-poly1305', 2 ** 48 - 1],
  ])('%s: seals at most %i records (RFC 9147 §4.5.3)', (name, limit) => {
    expect(protection(1, name).sealLimit).toBe(limit);
    expect(protection(1, name).openLimit).toBe(2 ** 36);
  });

  it('numbers without protection end before they wrap (S13)', () => {
    expect(plaintextProtection(0xfefd).sealLimit).toBe(2 ** 48 - 1);
  });

  it('overhead() is that of the epoch, whose keys must be there', () => {
    const { sender } = layers();
    expect([sender.overhead(0), sender.overhead(1)]).toEqual([13, 13 + 8 + 16]);
    expect(() => sender.overhead(2)).toThrow(/epoch 2/);
    expect(() => sender.seal(2, APPLICATION, DATA)).toThrow(/epoch 2/);
  });

  it('keys of an epoch are installed once', () => {
    const { sender, receiver } = layers();
    expect(() => sender.installWriteKeys(1, protection())).toThrow(/installed already/);
    expect(() => receiver.installReadKeys(1, protection())).toThrow(/installed already/);
  });
});

describe('RecordLayer.open()', () => {
  it('opens each record once', () => {
    const { sender, receiver } = layers();
    const record = sealed(sender);
    expect([...opened(receiver.open(record)).plaintext]).toEqual([...DATA]);
    expect(receiver.open(record)).toBe('replayed');
  });

  it('takes records out of order, and says which was the newest', () => {
    const { sender, receiver } = layers();
    const [first, second, third] = [sealed(sender), sealed(sender), sealed(sender)];
    const newest = [second, first, third].map((record) => opened(receiver.open(record)).newest);
    expect(newest).toEqual([true, false, true]);
  });

  it('drops what is older than the window', () => {
    const { sender, receiver } = layers();
    const old = sealed(sender);
    for (let i = 0; i < 63; i++) sealed(sender);
    opened(receiver.open(sealed(sender)));
    expect(receiver.open(old)).toBe('replayed');
  });

  it('a forged record with the highest number moves nothing (S10)', () => {
    const { sender, receiver } = layers();
    opened(receiver.open(sealed(sender)));
    const forged = { ...sealed(sender), sequenceNumber: 2 ** 48 - 1 };
    expect(receiver.open(forged)).toBe('bad_tag');
    expect(opened(receiver.open(sealed(sender))).newest).toBe(true);
  });

  it('a forged record of the next epoch, or of one far away, moves nothing (S10)', () => {
    const { sender, receiver } = layers();
    expect(receiver.open({ ...sealed(sender), epoch: 2 })).not.toHaveProperty('plaintext');
    expect(receiver.open({ ...sealed(sender), epoch: 3 })).toBe('unknown_epoch');
    expect(receiver.open({ ...sealed(sender), epoch: 0xffff })).toBe('unknown_epoch');
    expect(receiver.readEpoch).toBe(1);
    expect(opened(receiver.open(sealed(sender))).newest).toBe(true);
  });

  it('a record of epoch 1 before its keys is early, and opens later', () => {
    const { sender } = layers();
    const receiver = new RecordLayer();
    const record = sealed(sender);
    expect(receiver.open(record)).toBe('too_early');
    receiver.installReadKeys(1, protection());
    expect([...opened(receiver.open(record)).plaintext]).toEqual([...DATA]);
  });

  it('plaintext counts until the peer is seen to use its keys, and never again (S11)', () => {
    const { sender, receiver } = layers();
    expect([...opened(receiver.open(sealed(sender, 0))).plaintext]).toEqual([...DATA]);
    receiver.open({ ...sealed(sender), fragment: new Uint8Array(40) });
    expect(receiver.peerKeysSeen).toBe(false);
    opened(receiver.open(sealed(sender)));
    expect(receiver.peerKeysSeen).toBe(true);
    for (const type of [20, 21, 22, 23]) {
      expect(receiver.open({ ...sealed(sender, 0), type })).toBe('plaintext_after_keys');
    }
  });

  it('what decrypts to more than 16,384 bytes is malformed (RFC 5246 §6.2.1)', () => {
    const { sender, receiver } = layers();
    const lengthOf = (length: number): OpenedRecord | string =>
      receiver.open(read(sender.seal(1, APPLICATION, new Uint8Array(length)).bytes));
    expect(opened(lengthOf(16_384)).plaintext).toHaveLength(16_384);
    expect(lengthOf(16_385)).toBe('malformed_record');
  });

  it('plaintext is never the newest: it cannot move the address of a peer', () => {
    const { sender, receiver } = layers();
    expect(opened(receiver.open(sealed(sender, 0))).newest).toBe(false);
  });

  it('counts forgeries up to the limit of the key (S13)', () => {
    const { sender } = layers();
    const receiver = new RecordLayer();
    receiver.installReadKeys(1, { ...protection(), openLimit: 2 });
    for (const reached of [false, true]) {
      receiver.open({ ...sealed(sender), fragment: new Uint8Array(40) });
      expect(receiver.forgeryLimitReached).toBe(reached);
    }
  });

  it('destroy() overwrites the keys of both directions', () => {
    const { sender, receiver } = layers();
    const record = sealed(sender);
    receiver.destroy();
    expect(receiver.open(record)).toBe('bad_tag');
    const other = layers().receiver;
    sender.destroy();
    expect(other.open(sealed(sender))).toBe('bad_tag');
  });
});
