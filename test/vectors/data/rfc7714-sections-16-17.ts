/** RFC 7714, Sections 16 and 17, in hexadecimal as printed there. */
export interface Rfc7714Vector {
  readonly section: string;
  readonly title: string;
  /** The session key and salt: no master key is given. */
  readonly key: string;
  readonly salt: string;
  readonly iv: string;
  readonly aad: string;
  /** "Cipher with tag", or "CT" where a packet is opened. */
  readonly ciphertext: string;
  /** "The following packet". */
  readonly given: string;
  /** The packet at the end; only the payload in 16.1.2 and 16.2.2, nothing in 16.1.4 and 16.2.4. */
  readonly result: string | undefined;
}

/** Section 16. The roll-over counter is 0. */
export const RTP_VECTORS: readonly Rfc7714Vector[] = [
  {
    section: '16.1.1',
    title: 'SRTP AEAD_AES_128_GCM Encryption',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: '8040f17b 8041f8d3 5501a0b2',
    ciphertext: `
      f24de3a3 fb34de6c acba861c 9d7e4bca
      be633bd5 0d294e6f 42a5f47a 51c7d19b
      36de3adf 8833899d 7f27beb1 6a9152cf
      765ee439 0cce`,
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    result: `
      8040f17b 8041f8d3 5501a0b2 f24de3a3
      fb34de6c acba861c 9d7e4bca be633bd5
      0d294e6f 42a5f47a 51c7d19b 36de3adf
      8833899d 7f27beb1 6a9152cf 765ee439
      0cce`,
  },
  {
    section: '16.1.2',
    title: 'SRTP AEAD_AES_128_GCM Decryption',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: '8040f17b 8041f8d3 5501a0b2',
    ciphertext: `
      f24de3a3 fb34de6c acba861c 9d7e4bca
      be633bd5 0d294e6f 42a5f47a 51c7d19b
      36de3adf 8833899d 7f27beb1 6a9152cf
      765ee439 0cce`,
    given: `
      8040f17b 8041f8d3 5501a0b2 f24de3a3
      fb34de6c acba861c 9d7e4bca be633bd5
      0d294e6f 42a5f47a 51c7d19b 36de3adf
      8833899d 7f27beb1 6a9152cf 765ee439
      0cce`,
    result: `
      47616c6c 69612065 7374206f 6d6e6973
      20646976 69736120 696e2070 61727465
      73207472 6573`,
  },
  {
    section: '16.1.3',
    title: 'SRTP AEAD_AES_128_GCM Authentication Tagging',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    ciphertext: '22493f82 d2bce397 e9d79e3b 19aa4216',
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    result: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      65732249 3f82d2bc e397e9d7 9e3b19aa
      4216`,
  },
  {
    section: '16.1.4',
    title: 'SRTP AEAD_AES_128_GCM Tag Verification',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    ciphertext: '22493f82 d2bce397 e9d79e3b 19aa4216',
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      65732249 3f82d2bc e397e9d7 9e3b19aa
      4216`,
    result: undefined,
  },
  {
    section: '16.2.1',
    title: 'SRTP AEAD_AES_256_GCM Encryption',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: '8040f17b 8041f8d3 5501a0b2',
    ciphertext: `
      32b1de78 a822fe12 ef9f78fa 332e33aa
      b1801238 9a58e2f3 b50b2a02 76ffae0f
      1ba63799 b87b7aa3 db36dfff d6b0f9bb
      7878d7a7 6c13`,
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    result: `
      8040f17b 8041f8d3 5501a0b2 32b1de78
      a822fe12 ef9f78fa 332e33aa b1801238
      9a58e2f3 b50b2a02 76ffae0f 1ba63799
      b87b7aa3 db36dfff d6b0f9bb 7878d7a7
      6c13`,
  },
  {
    section: '16.2.2',
    title: 'SRTP AEAD_AES_256_GCM Decryption',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: '8040f17b 8041f8d3 5501a0b2',
    ciphertext: `
      32b1de78 a822fe12 ef9f78fa 332e33aa
      b1801238 9a58e2f3 b50b2a02 76ffae0f
      1ba63799 b87b7aa3 db36dfff d6b0f9bb
      7878d7a7 6c13`,
    given: `
      8040f17b 8041f8d3 5501a0b2 32b1de78
      a822fe12 ef9f78fa 332e33aa b1801238
      9a58e2f3 b50b2a02 76ffae0f 1ba63799
      b87b7aa3 db36dfff d6b0f9bb 7878d7a7
      6c13`,
    result: `
      47616c6c 69612065 7374206f 6d6e6973
      20646976 69736120 696e2070 61727465
      73207472 6573`,
  },
  {
    section: '16.2.3',
    title: 'SRTP AEAD_AES_256_GCM Authentication Tagging',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    ciphertext: 'a866d591 0f887463 067ceefe c45215d4',
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    result: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573a866 d5910f88 7463067c eefec452
      15d4`,
  },
  {
    section: '16.2.4',
    title: 'SRTP AEAD_AES_256_GCM Tag Verification',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 3c 65 80 c2 72 6f 20 71 84 14',
    aad: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573`,
    ciphertext: 'a866d591 0f887463 067ceefe c45215d4',
    given: `
      8040f17b 8041f8d3 5501a0b2 47616c6c
      69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472
      6573a866 d5910f88 7463067c eefec452
      15d4`,
    result: undefined,
  },
];

/**
 * Section 17. The SRTCP index is 000005d4. The packet is the one under the headings (the introduction prints another);
 * its length field counts one word more than there is.
 */
export const RTCP_VECTORS: readonly Rfc7714Vector[] = [
  {
    section: '17.1',
    title: 'SRTCP AEAD_AES_128_GCM Encryption and Tagging',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 24 05 52 03 72 6f 20 71 70 bb',
    aad: '81c8000d 4d617273 800005d4',
    ciphertext: `
      63e94885 dcdab67c a727d766 2f6b7e99
      7ff5c0f7 6c06f32d c676a5f1 730d6fda
      4ce09b46 86303ded 0bb9275b c84aa458
      96cf4d2f c5abf872 45d9eade`,
    given: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef`,
    result: `
      81c8000d 4d617273 63e94885 dcdab67c
      a727d766 2f6b7e99 7ff5c0f7 6c06f32d
      c676a5f1 730d6fda 4ce09b46 86303ded
      0bb9275b c84aa458 96cf4d2f c5abf872
      45d9eade 800005d4`,
  },
  {
    section: '17.2',
    title: 'SRTCP AEAD_AES_256_GCM Verification and Decryption',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 24 05 52 03 72 6f 20 71 70 bb',
    aad: '81c8000d 4d617273 800005d4',
    ciphertext: `
      d50ae4d1 f5ce5d30 4ba297e4 7d470c28
      2c3ece5d bffe0a50 a2eaa5c1 110555be
      8415f658 c61de047 6f1b6fad 1d1eb30c
      4446839f 57ff6f6c b26ac3be`,
    given: `
      81c8000d 4d617273 d50ae4d1 f5ce5d30
      4ba297e4 7d470c28 2c3ece5d bffe0a50
      a2eaa5c1 110555be 8415f658 c61de047
      6f1b6fad 1d1eb30c 4446839f 57ff6f6c
      b26ac3be 800005d4`,
    result: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef`,
  },
  {
    section: '17.3',
    title: 'SRTCP AEAD_AES_128_GCM Tagging Only',
    key: '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 24 05 52 03 72 6f 20 71 70 bb',
    aad: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef 000005d4`,
    ciphertext: '841dd968 3dd78ec9 2ae58790 125f62b3',
    given: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef`,
    result: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef 841dd968 3dd78ec9 2ae58790
      125f62b3 000005d4`,
  },
  {
    section: '17.4',
    title: 'SRTCP AEAD_AES_256_GCM Tag Verification',
    key: `
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
      10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f`,
    salt: '51 75 69 64 20 70 72 6f 20 71 75 6f',
    iv: '51 75 24 05 52 03 72 6f 20 71 70 bb',
    aad: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef 000005d4`,
    ciphertext: '91db4afb feee5a97 8fab4393 ed2615fe',
    given: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef 91db4afb feee5a97 8fab4393
      ed2615fe 000005d4`,
    result: `
      81c8000d 4d617273 4e545031 4e545032
      52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef
      deadbeef`,
  },
];
