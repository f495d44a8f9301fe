import type { KeyDerivationVector } from '../aes-cm.ts';

/** RFC 6904, Appendix A, in hexadecimal as printed there. */

export const HEADER_KEY_DERIVATION: KeyDerivationVector = {
  section: 'A.1',
  title: 'Key Derivation Test Vectors',
  masterKey: 'E1F97A0D3E018BE0D64FA32C06DE4139',
  masterSalt: '0EC675AD498AFEEBB6960B3AABE6',
  derivations: [
    {
      name: 'header extension cipher key',
      label: 0x06,
      input: '0EC675AD498AFEEDB6960B3AABE60000',
      output: '549752054D6FB708622C4A2E596A1B93',
    },
    {
      name: 'header extension cipher salt',
      label: 0x07,
      input: '0EC675AD498AFEECB6960B3AABE60000',
      output: 'AB01818174C40D39A3781F7C2D27',
    },
  ],
};

/** A.2. Header Encryption Test Vectors Using AES-CM */
export const HEADER_ENCRYPTION = {
  sessionKey: '549752054D6FB708622C4A2E596A1B93',
  sessionSalt: 'AB01818174C40D39A3781F7C2D27',
  ssrc: 'CAFEBABE',
  rollOverCounter: '00000000',
  sequenceNumber: '1234',
  initialCounter: 'AB018181BE3AB787A3781F7C3F130000',
  /** By the mask. (The sentence above the mask, which names 1, 2 and 4, is wrong; the one above the plaintext is right.) */
  encryptedIds: [1, 3, 4],
  /** "defined by profile" and "length", which are not encrypted. */
  extensionHeader: 'BEDE 0006',
  keyStream: `
    1E19C8E1D481C779549ED1617AAA1B7A
    FC0D933AE7ED6CC8`,
  mask: `
    00FFFFFFFFFFFFFFFF0000000000FF00
    FFFFFFFFFFFFFF00`,
  maskedKeyStream: `
    0019C8E1D481C7795400000000001B00
    FC0D933AE7ED6C00`,
  plaintext: `
    17414273A475262748220000C8308E46
    55996386B395FB00`,
  ciphertext: `
    17588A9270F4E15E1C220000C8309546
    A994F0BC54789700`,
} as const;
