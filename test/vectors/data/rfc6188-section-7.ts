import type { KeyDerivationVector, KeyStreamVector } from '../aes-cm.ts';

/** RFC 6188, Section 7, in hexadecimal as printed there. */

export const KEY_STREAMS: readonly KeyStreamVector[] = [
  {
    section: '7.1',
    title: 'AES-256-CM Test Cases',
    length: 1_044_512,
    sessionKey: `
    57f82fe3613fd170a85ec93c40b1f092
    2ec4cb0dc025b58272147cc438944a98`,
    rollOverCounter: '00000000',
    sequenceNumber: '0000',
    ssrc: '00000000',
    shiftedSalt: 'f0f1f2f3f4f5f6f7f8f9fafbfcfd0000',
    offset: 'f0f1f2f3f4f5f6f7f8f9fafbfcfd0000',
    blocks: [
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0000', '92bdd28a93c3f52511c677d08b5515a4'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0001', '9da71b2378a854f67050756ded165bac'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0002', '63c4868b7096d88421b563b8c94c9a31'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'cea518c90fd91ced9cbb18c078a54711'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdff00', '3dbc4814f4da5f00a08772b63c6a046d'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdff01', '6eb246913062a16891433e97dd01a57f'],
    ],
  },
  {
    section: '7.3',
    title: 'AES-192-CM Test Cases',
    length: 1_044_512,
    sessionKey: `
    eab234764e517b2d3d160d587d8c8621
    9740f65f99b6bcf7`,
    rollOverCounter: '00000000',
    sequenceNumber: '0000',
    ssrc: '00000000',
    shiftedSalt: 'f0f1f2f3f4f5f6f7f8f9fafbfcfd0000',
    offset: 'f0f1f2f3f4f5f6f7f8f9fafbfcfd0000',
    blocks: [
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0000', '35096cba4610028dc1b57503804ce37c'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0001', '5de986291dcce161d5165ec4568f5c9a'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfd0002', '474a40c77894bc17180202272a4c264d'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'd108d1a31a00bad6367ec23eb044b415'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdff00', 'c8f57129fdeb970b59f917b257662d4c'],
      ['f0f1f2f3f4f5f6f7f8f9fafbfcfdff01', 'a5dab625811034e8cebdfeb6dc158dd3'],
    ],
  },
];

export const KEY_DERIVATIONS: readonly KeyDerivationVector[] = [
  {
    section: '7.2',
    title: 'AES_256_CM_PRF Test Cases',
    masterKey: `
    f0f04914b513f2763a1b1fa130f10e29
    98f6f6e43e4309d1e622a0e332b9f1b6`,
    masterSalt: '3b04803de51ee7c96423ab5b78d2',
    derivations: [
      {
        name: 'cipher key',
        label: 0x00,
        input: '3b04803de51ee7c96423ab5b78d20000',
        output: `
      5ba1064e30ec51613cad926c5a28ef73
      1ec7fb397f70a960653caf06554cd8c4`,
      },
      {
        name: 'cipher salt',
        label: 0x02,
        input: '3b04803de51ee7cb6423ab5b78d20000',
        output: 'fa31791685ca444a9e07c6c64e93',
      },
      {
        name: 'auth key',
        label: 0x01,
        input: '3b04803de51ee7c86423ab5b78d20000',
        output: `
      fd9c32d39ed5fbb5a9dc96b30818454d
      1313dc05`,
      },
    ],
  },
  {
    section: '7.4',
    title: 'AES_192_CM_PRF Test Cases',
    masterKey: `
    73edc66c4fa15776fb57f9505c171365
    50ffda71f3e8e5f1`,
    masterSalt: 'c8522f3acd4ce86d5add78edbb11',
    derivations: [
      {
        name: 'cipher key',
        label: 0x00,
        input: 'c8522f3acd4ce86d5add78edbb110000',
        output: `
      31874736a8f1143870c26e4857d8a5b2
      c4a354407faadabb`,
      },
      {
        name: 'cipher salt',
        label: 0x02,
        input: 'c8522f3acd4ce86f5add78edbb110000',
        output: '2372b82d639b6d8503a47adc0a6c',
      },
      {
        name: 'auth key',
        label: 0x01,
        input: 'c8522f3acd4ce86c5add78edbb110000',
        output: `
      355b10973cd95b9eacf4061c7e1a7151
      e7cfbfcb`,
      },
    ],
  },
];
