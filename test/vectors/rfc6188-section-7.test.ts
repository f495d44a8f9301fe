import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes/bytes.ts';
import { SrtpReceiver, SrtpSender } from '../../src/srtp/index.ts';
import { derivedKey, type KeyDerivationVector, testKeyDerivation, testKeyStream } from './aes-cm.ts';
import { KEY_DERIVATIONS, KEY_STREAMS } from './data/rfc6188-section-7.ts';
import { bytes, titled } from './printed.ts';

const HEADER_LENGTH = 12;

/** An RTP packet under the session keys that a section prints, by `node:crypto` (RFC 3711 §4.1.1, §4.2.1). */
function protectedBy(vector: KeyDerivationVector, rtp: Buffer): Buffer {
  const [cipherKey, salt, authenticationKey] = [0, 2, 1].map((label) => derivedKey(vector, label));
  if (!cipherKey || !salt || !authenticationKey) throw new Error('not all session keys');
  const iv = Buffer.alloc(16);
  rtp.copy(iv, 4, 8, 12);
  rtp.copy(iv, 12, 2, 4);
  for (const [i, byte] of salt.entries()) iv.writeUInt8(iv.readUInt8(i) ^ byte, i);
  const cipher = createCipheriv(`aes-${8 * cipherKey.length}-ctr`, cipherKey, iv);
  const packet = Buffer.concat([rtp.subarray(0, HEADER_LENGTH), cipher.update(rtp.subarray(HEADER_LENGTH))]);
  const rollOverCounter = Buffer.alloc(4);
  const tag = createHmac('sha1', authenticationKey).update(packet).update(rollOverCounter).digest();
  return Buffer.concat([packet, tag.subarray(0, 10)]);
}

describe.each(titled(KEY_STREAMS))('RFC 6188 %s', (_, vector) => testKeyStream(vector));

describe.each(titled(KEY_DERIVATIONS))('RFC 6188 %s', (_, vector) => {
  const profile = `AES_${8 * bytes(vector.masterKey).length}_CM_HMAC_SHA1_80`;

  testKeyDerivation(vector, profile, 'srtp');

  test(`a packet of ${profile} is under these session keys`, () => {
    const options = { profile, masterKey: bytes(vector.masterKey), masterSalt: bytes(vector.masterSalt) };
    const rtp = Buffer.from(bytes(`800f1234 decafbad cafebabe ${'ab'.repeat(160)}`));
    const srtp = new SrtpSender(options).protect(rtp);
    expect(toHex(srtp)).toBe(protectedBy(vector, rtp).toString('hex'));
    const plain = new SrtpReceiver(options).unprotect(srtp);
    expect(plain && toHex(plain)).toBe(rtp.toString('hex'));
  });
});
