import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes/bytes.ts';
import { CIPHER_SUITES } from '../registry/cipher-suites.ts';
import {
  deriveExtendedMasterSecret,
  deriveMasterSecret,
  deriveTrafficKeys,
  deriveVerifyData,
  exportKeyingMaterial12,
} from './key-schedule-v12.ts';
import { nodeCrypto } from './node/index.ts';
import { prf12 } from './prf.ts';

/** Test vectors for the TLS 1.2 PRF, posted to the IETF TLS list (mail-archive "test vectors for TLS 1.2 PRF"). */
const VECTORS = [
  {
    hash: 'sha-256',
    secret: '9bbe436ba940f017b17652849a71db35',
    seed: 'a0ba9f936cda311827a6f796ffd5198c',
    output:
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa0' +
      '22f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
  },
  {
    hash: 'sha-384',
    secret: 'b80b733d6ceefcdc71566ea48e5567df',
    seed: 'cd665cf6a8447dd6ff8b27555edb7465',
    output:
      '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534' +
      'cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd' +
      '4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f',
  },
] as const;

describe('prf12() (RFC 5246 §5)', () => {
  it.each(VECTORS)('the published vector for $hash', ({ hash, secret, seed, output }) => {
    const bytes = prf12(nodeCrypto, hash, fromHex(secret), 'test label', fromHex(seed), output.length / 2);
    expect(toHex(bytes)).toBe(output);
  });

  it('a shorter output is the beginning of a longer one, at every length', () => {
    const { secret, seed, output } = VECTORS[0];
    for (let length = 0; length <= 100; length++) {
      const bytes = prf12(nodeCrypto, 'sha-256', fromHex(secret), 'test label', fromHex(seed), length);
      expect(toHex(bytes)).toBe(output.slice(0, 2 * length));
    }
  });
});

const randoms = { client: new Uint8Array(32).fill(1), server: new Uint8Array(32).fill(2) };
const [clientServer, serverClient] = [
  new Uint8Array([...randoms.client, ...randoms.server]),
  new Uint8Array([...randoms.server, ...randoms.client]),
];
const master = new Uint8Array(48).fill(3);
const prf = (label: string, seed: Uint8Array, length: number, secret: Uint8Array = master): string =>
  toHex(prf12(nodeCrypto, 'sha-256', secret, label, seed, length));

describe('key schedule of DTLS 1.2', () => {
  it('master secret: both randoms, the client first (RFC 5246 §8.1)', () => {
    const premaster = utf8('premaster');
    expect(toHex(deriveMasterSecret(nodeCrypto, 'sha-256', premaster, randoms))).toBe(
      prf('master secret', clientServer, 48, premaster),
    );
  });

  it('extended master secret: the session hash (RFC 7627 §4)', () => {
    const [premaster, sessionHash] = [utf8('premaster'), new Uint8Array(32).fill(9)];
    expect(toHex(deriveExtendedMasterSecret(nodeCrypto, 'sha-256', premaster, sessionHash))).toBe(
      prf('extended master secret', sessionHash, 48, premaster),
    );
  });

  it.each(CIPHER_SUITES)('$name: key block of both keys, then both IVs (RFC 5246 §6.3)', (suite) => {
    const { client, server } = deriveTrafficKeys(nodeCrypto, suite, master, randoms);
    const parts = [client.key, server.key, client.fixedIv, server.fixedIv];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const block = prf12(nodeCrypto, suite.hash, master, 'key expansion', serverClient, length);
    expect(parts.map(toHex).join('')).toBe(toHex(block));
    expect(length).toBe(
      suite.aead === 'aes-128-gcm'
        ? 2 * (16 + 4)
        : suite.aead === 'aes-256-gcm'
          ? 2 * (32 + 4)
          : 2 * (32 + 12),
    );
  });

  it.each(['client', 'server'] as const)("%s's verify_data: 12 bytes under its own label", (sender) => {
    const hash = new Uint8Array(32).fill(7);
    expect(toHex(deriveVerifyData(nodeCrypto, 'sha-256', master, sender, hash))).toBe(
      prf(`${sender} finished`, hash, 12),
    );
  });

  it('exporter: no context, an empty one and another all differ (RFC 5705 §4)', () => {
    const exported = (context: Uint8Array | undefined): string =>
      toHex(exportKeyingMaterial12(nodeCrypto, 'sha-256', master, randoms, 'EXPERIMENTAL x', context, 40));
    const seed = (...more: readonly number[]): Uint8Array => new Uint8Array([...clientServer, ...more]);
    expect(exported(undefined)).toBe(prf('EXPERIMENTAL x', seed(), 40));
    expect(exported(new Uint8Array(0))).toBe(prf('EXPERIMENTAL x', seed(0, 0), 40));
    expect(exported(Uint8Array.of(5, 6))).toBe(prf('EXPERIMENTAL x', seed(0, 2, 5, 6), 40));
    const long = new Uint8Array(0x0102).fill(5);
    expect(exported(long)).toBe(prf('EXPERIMENTAL x', seed(1, 2, ...long), 40));
  });
});
