import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../src/bytes/bytes.ts';
import { SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import { testKeyDerivation } from './aes-cm.ts';
import { HEADER_ENCRYPTION, HEADER_KEY_DERIVATION } from './data/rfc6904-appendix-a.ts';
import { bytes } from './printed.ts';

const EXTENSION_AT = 16;
const PAYLOAD_AT = 40;

const options = {
  profile: 'AES_CM_128_HMAC_SHA1_80',
  masterKey: bytes(HEADER_KEY_DERIVATION.masterKey),
  masterSalt: bytes(HEADER_KEY_DERIVATION.masterSalt),
};
const encryptedHeaderExtensions = HEADER_ENCRYPTION.encryptedIds;

describe('RFC 6904 A.1: keys for header extensions', () => {
  testKeyDerivation(HEADER_KEY_DERIVATION, options.profile, 'headerExtensions');
});

describe('RFC 6904 A.2: header extension encryption with AES-CM', () => {
  const { sequenceNumber, ssrc, extensionHeader, plaintext, ciphertext } = HEADER_ENCRYPTION;
  /** The appendix gives no timestamp, payload type and payload: they do not touch the extension. */
  const rtp = concat(
    bytes(`90 0f ${sequenceNumber} decafbad ${ssrc} ${extensionHeader}`),
    bytes(plaintext),
    bytes('ab'.repeat(20)),
  );

  test('a sender encrypts the elements 1, 3 and 4', () => {
    const srtp = new SrtpSender({ ...options, encryptedHeaderExtensions }).protect(rtp);
    expect(toHex(srtp.subarray(0, EXTENSION_AT))).toBe(toHex(rtp.subarray(0, EXTENSION_AT)));
    expect(toHex(srtp.subarray(EXTENSION_AT, PAYLOAD_AT))).toBe(toHex(bytes(ciphertext)));
  });

  test('the payload is encrypted as without it; the tag covers the extension encrypted', () => {
    const srtp = new SrtpSender({ ...options, encryptedHeaderExtensions }).protect(rtp);
    const without = Uint8Array.from(new SrtpSender(options).protect(rtp));
    expect(toHex(without.subarray(EXTENSION_AT, PAYLOAD_AT))).toBe(toHex(bytes(plaintext)));
    expect(toHex(srtp.subarray(PAYLOAD_AT, rtp.length))).toBe(
      toHex(without.subarray(PAYLOAD_AT, rtp.length)),
    );
    expect(toHex(srtp.subarray(rtp.length))).not.toBe(toHex(without.subarray(rtp.length)));
  });

  test('a receiver decrypts them', () => {
    const srtp = new SrtpSender({ ...options, encryptedHeaderExtensions }).protect(rtp);
    const plain = new SrtpReceiver({ ...options, encryptedHeaderExtensions }).unprotect(srtp);
    expect(plain && toHex(plain)).toBe(toHex(rtp));
  });

  test('one that was not told sees the extension encrypted, and the payload', () => {
    const srtp = new SrtpSender({ ...options, encryptedHeaderExtensions }).protect(rtp);
    const plain = new SrtpReceiver(options).unprotect(srtp);
    expect(plain && toHex(plain)).toBe(
      toHex(concat(rtp.subarray(0, EXTENSION_AT), bytes(ciphertext), rtp.subarray(PAYLOAD_AT))),
    );
  });
});
