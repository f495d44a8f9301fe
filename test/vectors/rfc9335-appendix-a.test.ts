import { describe, expect, test } from 'vitest';
import { copy, toHex } from '../../src/bytes/bytes.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import type { SessionKeys } from '../../src/crypto/packets/packet-transform.ts';
import { SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import { deriveSessionKeys } from '../../src/srtp/key-derivation.ts';
import { srtpParameters } from '../../src/srtp/profiles.ts';
import { CRYPTEX_VECTORS, type CryptexVectors } from './data/rfc9335-appendix-a.ts';
import { ENGINES, type PacketJob, protectOne, unprotectOne } from './packet-engines.ts';
import { bytes, titled } from './printed.ts';

const FIXED_HEADER_LENGTH = 12;

function optionsOf({ cryptoSuite, masterKey, masterSalt }: CryptexVectors): {
  profile: string;
  masterKey: Uint8Array;
  masterSalt: Uint8Array;
} {
  return { profile: cryptoSuite, masterKey: bytes(masterKey), masterSalt: bytes(masterSalt) };
}

function sessionKeysOf({ sessionKey, sessionSalt, authenticationKey }: CryptexVectors): SessionKeys {
  return {
    cipherKey: bytes(sessionKey),
    salt: bytes(sessionSalt),
    authenticationKey: bytes(authenticationKey ?? ''),
  };
}

/** A packet for a transform: "defined by profile" as in `srtp`, all from the CSRCs on encrypted but the extension's header. */
function cryptexJob(packet: Uint8Array, srtp: Uint8Array): PacketJob {
  const view = Buffer.from(packet);
  const gap = FIXED_HEADER_LENGTH + 4 * (view.readUInt8(0) & 0x0f);
  const marked = copy(packet);
  marked.set(srtp.subarray(gap, gap + 2), gap);
  return {
    bytes: marked,
    cipherStart: FIXED_HEADER_LENGTH,
    gap,
    ssrc: view.readUInt32BE(8),
    index: view.readUInt16BE(2),
    suffix: 0,
  };
}

describe.each(titled(CRYPTEX_VECTORS))('RFC 9335 %s', (_, vectors) => {
  const options = optionsOf(vectors);

  test('one sender protects the packets in order', () => {
    const sender = new SrtpSender({ ...options, cryptex: true });
    for (const { section, rtp, srtp } of vectors.packets) {
      expect(toHex(sender.protect(bytes(rtp))), section).toBe(toHex(bytes(srtp)));
    }
  });

  test.each([true, 'required'] as const)(
    'one receiver with cryptex: %s unprotects them in order',
    (cryptex) => {
      const receiver = new SrtpReceiver({ ...options, cryptex });
      for (const { section, rtp, srtp } of vectors.packets) {
        const plain = receiver.unprotect(bytes(srtp));
        expect(plain && toHex(plain), section).toBe(toHex(bytes(rtp)));
      }
      expect(receiver.stats).toEqual({ packets: vectors.packets.length, rtcpPackets: 0, discards: {} });
    },
  );

  test.each(titled(vectors.packets))('%s: protected alone', (_, { rtp, srtp }) => {
    expect(toHex(new SrtpSender({ ...options, cryptex: true }).protect(bytes(rtp)))).toBe(toHex(bytes(srtp)));
  });

  test.each(titled(vectors.packets))('%s: unprotected alone', (_, { rtp, srtp }) => {
    const plain = new SrtpReceiver({ ...options, cryptex: true }).unprotect(bytes(srtp));
    expect(plain && toHex(plain)).toBe(toHex(bytes(rtp)));
  });

  test('all at once: the same bytes', () => {
    const rtp = vectors.packets.map((packet) => bytes(packet.rtp));
    const srtp = vectors.packets.map((packet) => bytes(packet.srtp));
    const sealed = new SrtpSender({ ...options, cryptex: true }).protectBatch(rtp);
    expect(sealed.map(toHex)).toEqual(srtp.map(toHex));
    const opened = new SrtpReceiver({ ...options, cryptex: true }).unprotectBatch(srtp);
    expect(opened.map((plain) => plain && toHex(plain))).toEqual(rtp.map(toHex));
  });

  test('in place: the same bytes', () => {
    const sender = new SrtpSender({ ...options, cryptex: true });
    const receiver = new SrtpReceiver({ ...options, cryptex: true });
    for (const { section, rtp, srtp } of vectors.packets) {
      const memory = new Uint8Array(bytes(srtp).length);
      memory.set(bytes(rtp));
      expect(toHex(sender.protect(memory.subarray(0, bytes(rtp).length), memory)), section).toBe(
        toHex(bytes(srtp)),
      );
      expect(toHex(memory), section).toBe(toHex(bytes(srtp)));
      const plain = receiver.unprotect(memory, memory);
      expect(plain && toHex(plain), section).toBe(toHex(bytes(rtp)));
    }
  });

  test('a receiver without cryptex does not give the plaintext out', () => {
    const receiver = new SrtpReceiver(options);
    for (const { rtp, srtp } of vectors.packets) {
      const plain = receiver.unprotect(bytes(srtp));
      expect(plain && toHex(plain)).not.toBe(toHex(bytes(rtp)));
    }
  });

  test('the session keys are derived as printed', () => {
    const parameters = srtpParameters(options.profile);
    if (parameters === undefined) throw new Error(`the library has no ${options.profile}`);
    const { masterKey, masterSalt } = options;
    const keys = deriveSessionKeys(nodeCrypto, parameters, masterKey, masterSalt, 'srtp');
    expect(keys).toEqual(sessionKeysOf(vectors));
  });

  test.each(ENGINES)('both ways with these session keys, with %s', (_, engine) => {
    const keys = sessionKeysOf(vectors);
    const transform =
      keys.authenticationKey.length === 0 ? engine.gcm(keys, false) : engine.counterModeHmacSha1(keys, 10);
    for (const { section, ...packet } of vectors.packets) {
      const [rtp, srtp] = [bytes(packet.rtp), bytes(packet.srtp)];
      expect(toHex(protectOne(engine, transform, cryptexJob(rtp, srtp))), section).toBe(toHex(srtp));
      const plain = unprotectOne(engine, transform, cryptexJob(srtp, srtp));
      expect(plain && toHex(plain), section).toBe(toHex(cryptexJob(rtp, srtp).bytes));
    }
  });
});
