import { expect, test } from 'vitest';
import { concat, toHex } from '../../src/bytes/bytes.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import { deriveSessionKeys } from '../../src/srtp/key-derivation.ts';
import { srtpParameters } from '../../src/srtp/profiles.ts';
import { ENGINES, type PacketJob, protectOne, unprotectOne } from './packet-engines.ts';
import { bytes } from './printed.ts';

/** A key stream of AES in counter mode (RFC 3711 §4.1.1), as RFC 3711 and RFC 6188 print one. */
export interface KeyStreamVector {
  readonly section: string;
  readonly title: string;
  /** Bytes of key stream, the last block of which is the last of `blocks`. */
  readonly length: number;
  readonly sessionKey: string;
  readonly rollOverCounter: string;
  readonly sequenceNumber: string;
  readonly ssrc: string;
  /** The salt with two zero bytes behind it. */
  readonly shiftedSalt: string;
  /** The first counter. */
  readonly offset: string;
  /** Counter and key stream of the first and of the last blocks. */
  readonly blocks: readonly (readonly [counter: string, keyStream: string])[];
}

/** Session keys from a master key (RFC 3711 §4.3), the key derivation rate being 0. */
export interface KeyDerivationVector {
  readonly section: string;
  readonly title: string;
  readonly masterKey: string;
  readonly masterSalt: string;
  readonly derivations: readonly {
    readonly name: string;
    readonly label: number;
    /** The first counter. */
    readonly input: string;
    readonly output: string;
  }[];
}

/** The counters of `length` bytes of key stream from the first on; the last 16 bits count. */
function countersFrom(offset: string, length: number): Uint8Array {
  const first = Buffer.from(bytes(offset));
  const counters = Buffer.alloc(16 * Math.ceil(length / 16));
  for (let at = 0; at < counters.length; at += 16) {
    first.copy(counters, at);
    counters.writeUInt16BE(first.readUInt16BE(14) + at / 16, at + 14);
  }
  return new Uint8Array(counters);
}

/** Key stream by the library's AES. */
function keyStreamFrom(key: string, offset: string, length: number): Uint8Array {
  return nodeCrypto.blockCipher(bytes(key)).encrypt(countersFrom(offset, length)).subarray(0, length);
}

/** Bytes of the largest packet that UDP carries, in whole blocks. */
const LONGEST = 65_520;

/** Registers the tests that the library's key stream is the one printed. */
export function testKeyStream({ sessionKey, offset, length, blocks, ...vector }: KeyStreamVector): void {
  test('the first blocks and the last of a whole key stream', () => {
    const keyStream = keyStreamFrom(sessionKey, offset, length);
    const blockOf = (counter: string): number => Number.parseInt(counter.slice(-4), 16);
    expect(16 * (blockOf(blocks.at(-1)?.[0] ?? '') + 1)).toBe(length);
    for (const [counter, expected] of blocks) {
      expect(counter.slice(0, -4)).toBe(offset.slice(0, -4));
      const at = 16 * blockOf(counter);
      expect(toHex(keyStream.subarray(at, at + 16)), counter).toBe(expected.toLowerCase());
    }
  });

  test.each(ENGINES)('a packet of zeros becomes key stream, with %s', (_, engine) => {
    const keys = {
      cipherKey: bytes(sessionKey),
      salt: bytes(vector.shiftedSalt).subarray(0, 14),
      authenticationKey: new Uint8Array(20),
    };
    const transform = engine.counterModeHmacSha1(keys, 10);
    const job: PacketJob = {
      bytes: new Uint8Array(LONGEST),
      cipherStart: 0,
      ssrc: Number.parseInt(vector.ssrc, 16),
      index: Number.parseInt(vector.rollOverCounter + vector.sequenceNumber, 16),
      suffix: 0,
    };
    const sealed = protectOne(engine, transform, job);
    for (const [i, [, expected]] of blocks.slice(0, 3).entries()) {
      expect(toHex(sealed.subarray(16 * i, 16 * i + 16))).toBe(expected.toLowerCase());
    }
    expect(toHex(sealed.subarray(0, LONGEST)) === toHex(keyStreamFrom(sessionKey, offset, LONGEST))).toBe(
      true,
    );
    const opened = unprotectOne(engine, transform, { ...job, bytes: sealed });
    expect(opened?.every((byte) => byte === 0)).toBe(true);
  });
}

/** What a derivation has for a label. */
export function derivedKey(vector: KeyDerivationVector, label: number): Uint8Array {
  const found = vector.derivations.find((derivation) => derivation.label === label);
  if (found === undefined) throw new Error(`section ${vector.section} has no label ${label}`);
  return bytes(found.output);
}

/** Registers the tests that the library derives the keys printed, for the crypto suite named. */
export function testKeyDerivation(
  vector: KeyDerivationVector,
  suite: string,
  purpose: 'srtp' | 'headerExtensions',
): void {
  const masterKey = bytes(vector.masterKey);
  const masterSalt = bytes(vector.masterSalt);

  test.each(vector.derivations.map((derivation) => [derivation.name, derivation] as const))(
    'the %s is AES-CM output of its input',
    (_, { label, input, output }) => {
      const salt = Buffer.from(concat(masterSalt, new Uint8Array(2)));
      salt.writeUInt8(salt.readUInt8(7) ^ label, 7);
      expect(toHex(salt)).toBe(input.toLowerCase());
      expect(toHex(keyStreamFrom(vector.masterKey, input, bytes(output).length))).toBe(toHex(bytes(output)));
    },
  );

  test(`the library derives the same for ${suite}`, () => {
    const parameters = srtpParameters(suite);
    if (parameters === undefined) throw new Error(`the library has no ${suite}`);
    const keys = deriveSessionKeys(nodeCrypto, parameters, masterKey, masterSalt, purpose);
    const [cipherKey, salt] = purpose === 'srtp' ? [0, 2] : [6, 7];
    expect(toHex(keys.cipherKey)).toBe(toHex(derivedKey(vector, cipherKey)));
    expect(toHex(keys.salt)).toBe(toHex(derivedKey(vector, salt)));
    // Of the authentication key, HMAC-SHA1 takes 20 bytes (RFC 3711 §5.2); B.3 of RFC 3711 prints 94.
    const authenticationKey = purpose === 'srtp' ? derivedKey(vector, 1).subarray(0, 20) : [];
    expect(keys.authenticationKey).toEqual(Uint8Array.from(authenticationKey));
  });
}
