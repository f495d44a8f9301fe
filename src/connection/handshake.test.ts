import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOffers, deviate } from '../../test/lib/deviant.ts';
import { certificateOf, makePair } from '../../test/lib/ends.ts';
import { expectConnected } from '../../test/lib/expect.ts';
import { withExtension } from '../../test/lib/hello-edits.ts';
import { pairwise } from '../../test/lib/pairwise.ts';
import { recordsOf } from '../../test/lib/records.ts';
import { Certificate } from '../certificate/certificate.ts';
import type { AeadName, KeyType } from '../registry/algorithms.ts';
import { CIPHER_SUITES } from '../registry/cipher-suites.ts';
import { ExtensionType } from '../registry/extension-types.ts';
import type { GroupName } from '../registry/groups.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { SRTP_PROFILES, type SrtpProfileName } from '../registry/srtp-profiles.ts';
import { readClientHello, writeClientHello } from '../wire/messages/client-hello.ts';

afterEach(() => void vi.restoreAllMocks());

const ROWS = pairwise<{
  server: KeyType;
  client: KeyType;
  aead: AeadName;
  group: GroupName;
  cookie: boolean;
  request: boolean;
  ems: boolean;
  profile: SrtpProfileName | undefined;
  mtu: number;
}>({
  server: ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'],
  client: ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'],
  aead: ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'],
  group: ['X25519', 'P-256', 'P-384'],
  cookie: [false, true],
  request: [true, false],
  ems: [true, false],
  profile: [undefined, ...SRTP_PROFILES.map(({ name }) => name)],
  mtu: [1200, 256],
});

describe('handshake of DTLS 1.2: all pairs of choices', () => {
  it.each(ROWS)(
    'server $server, client $client, $aead, $group, cookie $cookie, request $request, EMS $ems, $profile, MTU $mtu',
    ({ server, client, aead, group, cookie, request, ems, profile, mtu }) => {
      if (!ems) clientOffers(ExtensionType.extended_master_secret, undefined);
      const authentication = server === 'rsa' ? 'rsa' : 'ecdsa';
      const suite = CIPHER_SUITES.find(
        (each) => each.aead === aead && each.authentication === authentication,
      );
      if (suite === undefined) throw new Error('no such suite');
      const both = {
        extendedMasterSecret: 'preferred',
        srtpProfiles: profile === undefined ? [] : [profile],
        mtu,
      } as const;
      const serverOptions = request ? {} : { insecureNoPeerCheck: true, requestCertificate: false };
      const pair = makePair(
        { ...both, certificate: certificateOf(client, 'client') },
        {
          ...both,
          ...serverOptions,
          certificate: certificateOf(server, 'server'),
          cipherSuites: [suite.name],
          groups: [group],
          cookieExchange: cookie,
        },
      ).run();
      expectConnected(pair);
      for (const side of ['client', 'server'] as const) {
        const connection = pair[side];
        expect(connection).toMatchObject({
          protocol: 'DTLSv1.2',
          cipherSuite: suite.name,
          group,
          srtpProfile: profile,
          extendedMasterSecret: ems,
          reused: false,
          nextTimeout: undefined,
        });
      }
      expect(pair.client.remoteCertificate?.der).toEqual(certificateOf(server, 'server').der);
      const shown = request ? certificateOf(client, 'client').fingerprint('sha-512') : undefined;
      expect(pair.server.remoteFingerprint('sha-512')).toBe(shown);
      for (const { datagram } of pair.sent) expect(datagram.length).toBeLessThanOrEqual(mtu);
      if (profile === undefined) return;
      const [ours, theirs] = [pair.client.srtpKeys(), pair.server.srtpKeys()];
      expect([ours.profile, theirs.profile]).toEqual([profile, profile]);
      expect(ours.local).toEqual(theirs.remote);
      expect(ours.remote).toEqual(theirs.local);
      expect(ours.local.masterKey).not.toEqual(ours.remote.masterKey);
    },
  );
});

describe('messages', () => {
  it.each([0, 1, 1000, 16_384])('%i bytes each way, one record in one datagram', (length) => {
    const pair = makePair().run();
    const data = new Uint8Array(length).fill(9);
    for (const [from, to] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      const before = pair.sent.length;
      pair[from].send(data, pair.now);
      pair.settle();
      expect(pair.sent).toHaveLength(before + 1);
      expect(recordsOf(pair.sent[before]?.datagram ?? new Uint8Array(0))).toHaveLength(1);
      expect(new Uint8Array(pair.of(to, 'message').at(-1)?.data ?? [])).toEqual(data);
      expect(pair[to].stats.messagesReceived).toBe(1);
    }
  });

  it('of 16,385 bytes, of text, or too early: thrown at once', () => {
    const pair = makePair();
    const code = (code: string): Error => expect.objectContaining({ code });
    expect(() => pair.client.send(new Uint8Array(1), 0)).toThrow(code('ERR_INVALID_STATE'));
    pair.run();
    expect(() => pair.client.send(new Uint8Array(16_385), 0)).toThrow(code('ERR_OUT_OF_RANGE'));
    expect(() => pair.client.send('text' as unknown as Uint8Array, 0)).toThrow(code('ERR_INVALID_ARG_TYPE'));
  });

  it('belong to the application: the datagram’s memory may be used again', () => {
    const pair = makePair().run();
    pair.client.send(Buffer.from('keep me'), 0);
    const output = pair.client.poll();
    if (output?.type !== 'datagram') throw new Error('no datagram');
    pair.server.receive(output.datagram, 0);
    output.datagram.fill(0xff);
    pair.settle();
    expect(Buffer.from(pair.of('server', 'message')[0]?.data ?? []).toString()).toBe('keep me');
  });

  it('that overtake the Finished wait for it, and are not told before', () => {
    let held: Uint8Array | undefined;
    const pair = makePair();
    pair.path = (datagram, from) => {
      if (from !== 'server' || pair.server.state !== 'connected' || held !== undefined) return [datagram];
      held = datagram;
      return [];
    };
    pair.start();
    pair.server.send(Buffer.from('early'), 0);
    pair.settle();
    expect(pair.of('client', 'message')).toEqual([]);
    expect(held).toBeDefined();
    pair.client.receive(held ?? new Uint8Array(0), 1);
    expectConnected(pair.settle());
    expect(pair.outputs.client.map(({ type }) => type)).toEqual(['connected', 'message']);
  });
});

describe('certificates', () => {
  it('a chain is sent whole, leaf first', () => {
    const [leaf, issuer] = [certificateOf('ecdsa-p256', 'leaf'), certificateOf('rsa', 'issuer')];
    const chained = Certificate.fromPem({ cert: leaf.pem + issuer.pem, key: leaf.privateKeyPem ?? '' });
    const verifyPeer = vi.fn(() => true);
    expectConnected(makePair({ verifyPeer }, { certificate: chained }).run());
    expect(verifyPeer.mock.calls).toEqual([[[leaf.der, issuer.der]]]);
  });

  it('of several, a server takes the one for the client’s suites, and a client the one the server can check', () => {
    const both = [certificateOf('ecdsa-p256', 'many'), certificateOf('rsa', 'many')];
    const server = makePair(
      { verifyPeer: () => true, cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] },
      { certificates: both },
    ).run();
    expect(server.client.remoteCertificate?.keyType).toBe('rsa');
    const client = makePair(
      { certificates: both },
      { verifyPeer: () => true, signatureSchemes: ['rsa_pss_rsae_sha384', 'ecdsa_secp384r1_sha384'] },
    ).run();
    expectConnected(client);
    expect(client.server.remoteCertificate?.keyType).toBe('ecdsa-p256');
  });

  it.each([false, true])(
    'a ClientHello in pieces, backwards and with repeats (cookie %s)',
    (cookieExchange) => {
      const names = Array.from({ length: 40 }, (_, i) => `protocol-number-${i}`);
      const pair = makePair({ mtu: 256, alpnProtocols: names }, { alpnProtocols: names, cookieExchange });
      pair.path = () => [];
      pair.start();
      const hello = pair.sent.map(({ datagram }) => datagram);
      expect(hello.length).toBeGreaterThan(3);
      for (const piece of [...hello].reverse()) {
        pair.server.receive(piece, 0);
        pair.server.receive(piece, 0);
      }
      pair.path = (datagram) => [datagram];
      expectConnected(pair.settle());
    },
  );

  it('GREASE and unknown numbers in a ClientHello are passed over', () => {
    deviate('client', ({ send }) => ({
      send: (message, body) => {
        const hello = message === HandshakeType.client_hello ? readClientHello(body) : undefined;
        if (hello === undefined) {
          send(message, body);
          return;
        }
        const { cipherSuites, extensions } = hello;
        let more = withExtension(extensions, 0x2a2a, [1, 2, 3]);
        more = withExtension(
          more,
          ExtensionType.supported_groups,
          [0, 8, 0x1a, 0x1a, 0x11, 0xec, 0, 0x19, 0, 0x17],
        );
        more = withExtension(more, ExtensionType.use_srtp, [0, 6, 0x0a, 0x0a, 0, 5, 0, 1, 0]);
        const suites = [0x1301, 0x0a0a, ...cipherSuites, 0x5600];
        send(message, writeClientHello({ ...hello, cipherSuites: suites, extensions: more }));
      },
    }));
    const pair = makePair().run();
    expectConnected(pair);
    expect(pair.client.group).toBe('P-256');
  });

  it('a large one goes in fragments, and so does a ClientHello', () => {
    const names = Array.from({ length: 40 }, (_, i) => `protocol-number-${i}`);
    for (const cookieExchange of [false, true]) {
      const pair = makePair(
        { mtu: 256, alpnProtocols: names },
        { mtu: 256, certificate: certificateOf('rsa', 'server'), alpnProtocols: names, cookieExchange },
      ).run();
      expectConnected(pair);
      expect(pair.client.alpnProtocol).toBe('protocol-number-0');
    }
  });
});
