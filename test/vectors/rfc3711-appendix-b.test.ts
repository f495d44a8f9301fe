import { describe } from 'vitest';
import { testKeyDerivation, testKeyStream } from './aes-cm.ts';
import { AES_CM_KEY_DERIVATION, AES_CM_KEY_STREAM } from './data/rfc3711-appendix-b.ts';

describe('RFC 3711 B.2: AES-CM key stream', () => {
  testKeyStream(AES_CM_KEY_STREAM);
});

describe('RFC 3711 B.3: key derivation', () => {
  testKeyDerivation(AES_CM_KEY_DERIVATION, 'AES_CM_128_HMAC_SHA1_80', 'srtp');
});
