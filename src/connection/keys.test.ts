import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOffers } from '../../test/lib/deviant.ts';
import { makePair } from '../../test/lib/ends.ts';
import { expectConnected } from '../../test/lib/expect.ts';
import { ExtensionType } from '../registry/extension-types.ts';
import { SRTP_PROFILES } from '../registry/srtp-profiles.ts';

afterEach(() => void vi.restoreAllMocks());

describe('keys', () => {
  it.each(SRTP_PROFILES)('$name: of its lengths, in the order of RFC 5764 §4.2', (profile) => {
    const { name, masterKeyLength: key, masterSaltLength: salt } = profile;
    const pair = makePair({ srtpProfiles: [name] }, { srtpProfiles: [name] }).run();
    const { local, remote } = pair.client.srtpKeys();
    const material = pair.server.exportKeyingMaterial(2 * (key + salt), 'EXTRACTOR-dtls_srtp');
    const parts = [local.masterKey, remote.masterKey, local.masterSalt, remote.masterSalt];
    expect(parts.map(({ length }) => length)).toEqual([key, key, salt, salt]);
    expect(Buffer.concat(parts)).toEqual(Buffer.from(material));
  });

  it('the exporter tells no context, an empty one and another apart, on both sides alike (RFC 5705 §4)', () => {
    const pair = makePair().run();
    const exported = [undefined, new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(1)].map((context) => {
      const ours = pair.client.exportKeyingMaterial(32, 'EXPERIMENTAL a', context);
      expect(pair.server.exportKeyingMaterial(32, 'EXPERIMENTAL a', context)).toEqual(ours);
      return Buffer.from(ours).toString('hex');
    });
    exported.push(Buffer.from(pair.client.exportKeyingMaterial(32, 'EXPERIMENTAL b')).toString('hex'));
    expect(new Set(exported).size).toBe(5);
  });

  it.each<[string, unknown[], string]>([
    ['length 0', [0, 'EXPERIMENTAL a'], 'ERR_OUT_OF_RANGE'],
    ['length 65,537', [65_537, 'EXPERIMENTAL a'], 'ERR_OUT_OF_RANGE'],
    ['a length in words', ['20', 'EXPERIMENTAL a'], 'ERR_INVALID_ARG_TYPE'],
    ['no label', [20, undefined], 'ERR_INVALID_ARG_TYPE'],
    ['an empty label', [20, ''], 'ERR_INVALID_ARG_VALUE'],
    ['a label beyond ASCII', [20, 'é'], 'ERR_INVALID_ARG_VALUE'],
    ['a context of text', [20, 'EXPERIMENTAL a', 'x'], 'ERR_INVALID_ARG_TYPE'],
    ['a context of 65,536 bytes', [20, 'EXPERIMENTAL a', new Uint8Array(65_536)], 'ERR_OUT_OF_RANGE'],
    ...['client finished', 'server finished', 'master secret', 'extended master secret', 'key expansion'].map(
      (label): [string, unknown[], string] => [`the label "${label}"`, [20, label], 'ERR_INVALID_ARG_VALUE'],
    ),
  ])('exportKeyingMaterial() refuses %s', (_, args, code) => {
    const { client } = makePair().run();
    const call = client.exportKeyingMaterial.bind(client) as (...args: unknown[]) => Uint8Array;
    expect(() => call(...args)).toThrow(expect.objectContaining({ code }));
  });

  it('both sides count the same datagrams and bytes', () => {
    const { client, server } = makePair({ mtu: 400 }, { mtu: 400 }).run();
    expect(client.stats).toMatchObject({ retransmissions: 0, timeouts: 0, discards: {} });
    const counts = ({ stats }: typeof client): number[] => [stats.datagramsSent, stats.bytesSent];
    expect(counts(client)).toEqual([server.stats.datagramsReceived, server.stats.bytesReceived]);
    expect(counts(server)).toEqual([client.stats.datagramsReceived, client.stats.bytesReceived]);
  });

  it('two handshakes have nothing in common', () => {
    const [a, b] = [makePair().run(), makePair().run()];
    expect(a.client.srtpKeys().local.masterKey).not.toEqual(b.client.srtpKeys().local.masterKey);
  });
});

describe('use_srtp', () => {
  it('the server’s order decides; both spellings are taken', () => {
    const pair = makePair(
      { srtpProfiles: ['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AEAD_AES_256_GCM'] },
      { srtpProfiles: ['SRTP_AEAD_AES_256_GCM', 'SRTP_AES128_CM_SHA1_80'] },
    ).run();
    expect([pair.client.srtpProfile, pair.server.srtpProfile]).toEqual(
      new Array(2).fill('SRTP_AEAD_AES_256_GCM'),
    );
  });

  it.each<[string, string[], string[]]>([
    ['no profile in common', ['SRTP_AEAD_AES_128_GCM'], ['SRTP_AES128_CM_SHA1_80']],
    ['none offered', [], ['SRTP_AES128_CM_SHA1_80']],
    ['none accepted', ['SRTP_AES128_CM_SHA1_80'], []],
  ])('%s, where it is no must: connected, and no keys', (_, client, server) => {
    const pair = makePair(
      { srtpProfiles: client, srtpRequired: false },
      { srtpProfiles: server, srtpRequired: false },
    ).run();
    expectConnected(pair);
    for (const side of [pair.client, pair.server]) {
      expect(side.srtpProfile).toBeUndefined();
      expect(() => side.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    }
  });

  it('an MKI in the offer is answered with none (RFC 5764 §4.1.3)', () => {
    clientOffers(ExtensionType.use_srtp, [0, 2, 0, 1, 3, 7, 7, 7]);
    expectConnected(makePair().run());
  });
});
