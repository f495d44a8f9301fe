import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOffers } from '../../test/lib/deviant.ts';
import { makePair } from '../../test/lib/ends.ts';
import { expectConnected } from '../../test/lib/expect.ts';
import { fragmentsOf, recordsOf } from '../../test/lib/records.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { ExtensionType } from '../registry/extension-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { SRTP_PROFILES } from '../registry/srtp-profiles.ts';
import { writeHandshakeMessage } from '../wire/handshake.ts';

afterEach(() => void vi.restoreAllMocks());

/** P_hash of RFC 5246 §5, with SHA-256, as far as one master secret. */
function prf(secret: Uint8Array, label: string, seed: Uint8Array): string {
  const hmac = (data: Uint8Array): Buffer => createHmac('sha256', secret).update(data).digest();
  const whole = Buffer.concat([Buffer.from(label), seed]);
  const first = hmac(whole);
  const parts = [hmac(Buffer.concat([first, whole])), hmac(Buffer.concat([hmac(first), whole]))];
  return Buffer.concat(parts).subarray(0, 48).toString('hex');
}

describe('the master secret', () => {
  it.each([
    ['with extended_master_secret is of all messages up to the ClientKeyExchange (S19, RFC 7627 §4)', true],
    ['without it is of both randoms (RFC 5246 §8.1)', false],
  ])('%s', (_, extended) => {
    if (!extended) clientOffers(ExtensionType.extended_master_secret, undefined);
    const premasters: Uint8Array[] = [];
    const { generateKeyShare } = nodeCrypto;
    vi.spyOn(nodeCrypto, 'generateKeyShare').mockImplementation((group) => {
      const share = generateKeyShare(group);
      const agree = (peer: Uint8Array): Uint8Array | undefined => {
        const premaster = share.agree(peer);
        premasters.push(new Uint8Array(premaster ?? []));
        return premaster;
      };
      return { group, publicKey: share.publicKey, agree };
    });
    const options = { keylog: true, mtu: 16_000, extendedMasterSecret: 'preferred' } as const;
    const pair = makePair(options, options).run();
    expectConnected(pair);
    const messages = recordsOf(...pair.sent.map(({ datagram }) => datagram)).flatMap(fragmentsOf);
    const end = messages.findIndex(({ type }) => type === HandshakeType.client_key_exchange);
    const session = messages
      .slice(0, end + 1)
      .map(({ type, messageSeq, fragment }) => writeHandshakeMessage({ type, messageSeq, body: fragment }));
    const randoms = messages.slice(0, 2).map(({ fragment }) => fragment.subarray(2, 34));
    const [label, seed] = extended
      ? ['extended master secret', createHash('sha256').update(Buffer.concat(session)).digest()]
      : ['master secret', Buffer.concat(randoms)];
    const expected = prf(premasters[0] ?? new Uint8Array(0), label, seed);
    for (const side of ['client', 'server'] as const)
      expect(pair.of(side, 'keylog')[0]?.line.split(' ')[2]).toBe(expected);
  });
});

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
