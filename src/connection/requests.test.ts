import { describe, expect, it, vi } from 'vitest';
import { certificateOf, type EndOptions, makePair, pairWith } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked, expectRefusal } from '../../test/lib/expect.ts';
import type { Pair } from '../../test/lib/pair.ts';
import { Certificate } from '../certificate/certificate.ts';
import type { ClientHelloInfo } from '../handshake/core/config.ts';
import { SIGNATURE_SCHEMES } from '../registry/signature-schemes.ts';
import type { DtlsRequest } from './outputs.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');
const invalid = (code: string): Error => expect.objectContaining({ code });

/** The request that is open at this side. */
function asked(pair: Pair, side: Side): DtlsRequest {
  const request = pair.of(side, 'request').at(-1);
  if (request === undefined) throw new Error('nothing was asked');
  return request;
}

/** The right answer to a request. */
function answer(pair: Pair, side: Side): unknown {
  const request = asked(pair, side);
  if (request.kind === 'verifyPeer') return true;
  if (request.kind === 'selectContext') return {};
  const scheme = SIGNATURE_SCHEMES.find(({ name }) => name === request.scheme);
  const owner = [
    certificateOf('ecdsa-p256', side),
    certificateOf('rsa', side),
    certificateOf('ed25519', side),
  ];
  const key = owner.find(({ der }) => Buffer.compare(der, request.certificate) === 0)?.signingKey;
  if (scheme === undefined || key === undefined) throw new Error('cannot sign');
  return key.sign(scheme, request.data);
}

/** Each kind of request, the side that gets it and how it is had. */
const KINDS: readonly (readonly [DtlsRequest['kind'], Side, EndOptions, unknown])[] = [
  ['sign', 'client', { sign: 'request' }, 'no bytes'],
  ['sign', 'server', { sign: 'request' }, 'no bytes'],
  ['verifyPeer', 'client', { verifyPeer: 'request' }, 1],
  ['verifyPeer', 'server', { verifyPeer: 'request' }, 1],
  ['selectContext', 'server', { selectContext: 'request' }, 'a context'],
];

describe.each(KINDS)('request %s, at the %s', (kind, side, options, wrong) => {
  const open = (more: EndOptions = {}): Pair => pairWith(side, { ...options, ...more }).start();

  it('is asked once, and the right answer completes the handshake', () => {
    const pair = open();
    expect(asked(pair, side).kind).toBe(kind);
    expectLocked(pair, side);
    pair[side].resolve(asked(pair, side).id, answer(pair, side), 10);
    expectConnected(pair.settle());
    expect(pair.of(side, 'request')).toHaveLength(1);
  });

  it('timers run while it waits: the peer repeats itself, and a late answer completes all the same', () => {
    const pair = open();
    while (pair.now <= 5000) expect(pair.tick()).toBe(true);
    expect(pair[side].state).toBe('connecting');
    pair[side].resolve(asked(pair, side).id, answer(pair, side), pair.now);
    pair.settle();
    for (let i = 0; i < 10 && pair.client.state === 'connecting'; i++) pair.tick();
    expectConnected(pair);
    expect(pair.of(side, 'request')).toHaveLength(1);
  });

  it('without an answer the handshake ends at its limit (S8); an answer after that is dropped', () => {
    const pair = open({ handshakeTimeout: 2000 });
    expect(pair[side].nextTimeout).toBeLessThanOrEqual(2000);
    for (let i = 0; i < 20 && pair[side].state === 'connecting'; i++) pair.tick();
    expect(pair[side].error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
    const sent = pair.sent.length;
    pair[side].resolve(asked(pair, side).id, answer(pair, side), pair.now);
    pair.settle();
    expect(pair.sent).toHaveLength(sent);
    expectLocked(pair, side);
  });

  it('an Error as the answer fails the handshake, with it as the cause', () => {
    const pair = open();
    const cause = new Error('the HSM is gone');
    pair[side].resolve(asked(pair, side).id, cause, 10);
    expectRefusal(pair.settle(), side, 'ERR_DTLS_CALLBACK', 'internal_error', new RegExp(kind));
    expect(pair[side].error?.cause).toBe(cause);
  });

  it('an answer of another type throws, and the request stays open', () => {
    const pair = open();
    const { id } = asked(pair, side);
    expect(() => pair[side].resolve(id, wrong, 10)).toThrow(invalid('ERR_INVALID_ARG_TYPE'));
    pair[side].resolve(id, answer(pair, side), 10);
    expectConnected(pair.settle());
  });

  it('an id that is not open throws', () => {
    const pair = open();
    const { id } = asked(pair, side);
    expect(() => pair[side].resolve(id + 1, true, 10)).toThrow(invalid('ERR_INVALID_STATE'));
    pair[side].resolve(id, answer(pair, side), 10);
    expect(() => pair[side].resolve(id, true, 10)).toThrow(invalid('ERR_INVALID_STATE'));
  });

  it('an answer after close() or destroy() is dropped', () => {
    for (const end of ['close', 'destroy'] as const) {
      const pair = open();
      const { id } = asked(pair, side);
      const right = answer(pair, side);
      pair[side][end](10);
      pair.settle();
      pair[side].resolve(id, right, 10);
      expect(pair[side].poll()).toBeUndefined();
      expect(pair[side].state).toBe('closed');
    }
  });
});

describe("sign: 'request'", () => {
  it.each(['rsa', 'ed25519'] as const)('with certificates whose keys are elsewhere: %s', (keyType) => {
    const keyless = Certificate.fromDer(certificateOf(keyType, 'server').chain);
    const pair = makePair({}, { certificate: keyless, sign: 'request' }).start();
    const request = asked(pair, 'server');
    expect(request).toMatchObject({ kind: 'sign', certificate: keyless.der });
    pair.server.resolve(request.id, answer(pair, 'server'), 10);
    expectConnected(pair.settle());
  });

  it.each(SIDES)('a wrong signature of the %s is refused by the other side', (side) => {
    for (const signature of [new Uint8Array(0), new Uint8Array(70)]) {
      const pair = pairWith(side, { sign: 'request' }).start();
      pair[side].resolve(asked(pair, side).id, signature, 10);
      expectRefusal(pair.settle(), other(side), 'ERR_DTLS_BAD_SIGNATURE', 'decrypt_error');
    }
  });
});

describe("verifyPeer: 'request'", () => {
  it.each(SIDES)('shows the %s the chain; false refuses it', (side) => {
    const pair = pairWith(side, { verifyPeer: 'request' }).start();
    expect(asked(pair, side)).toMatchObject({ chain: [certificateOf('ecdsa-p256', other(side)).der] });
    pair[side].resolve(asked(pair, side).id, false, 10);
    expectRefusal(pair.settle(), side, 'ERR_DTLS_PEER_REFUSED', 'bad_certificate');
  });
});

describe('selectContext', () => {
  const rsa = certificateOf('rsa', 'server');
  const client: EndOptions = {
    servername: 'call.example',
    alpnProtocols: ['webrtc', 'c-webrtc'],
    verifyPeer: () => true,
  };

  it('sees name and protocols, and picks certificate and ALPN by them', () => {
    const selectContext = vi.fn(() => ({ certificate: rsa, alpnProtocols: ['c-webrtc'] }));
    const pair = makePair(client, { selectContext }).run();
    expectConnected(pair);
    expect(selectContext.mock.calls).toEqual([
      [{ servername: 'call.example', alpnProtocols: ['webrtc', 'c-webrtc'] } satisfies ClientHelloInfo],
    ]);
    expect(pair.client.remoteCertificate?.der).toEqual(rsa.der);
    expect([pair.client.alpnProtocol, pair.server.servername]).toEqual(['c-webrtc', 'call.example']);
  });

  it('sees nothing where nothing was sent: no name for an address, and none by default', () => {
    for (const servername of [undefined, '192.0.2.1', '2001:db8::1', '']) {
      const selectContext = vi.fn(() => ({}));
      expectConnected(makePair({ ...(servername !== undefined && { servername }) }, { selectContext }).run());
      expect(selectContext.mock.calls).toEqual([[{ servername: undefined, alpnProtocols: [] }]]);
    }
  });

  it('undefined refuses the name', () => {
    const pair = makePair(client, { selectContext: () => undefined }).run();
    expectRefusal(pair, 'server', 'ERR_DTLS_UNRECOGNIZED_NAME', 'unrecognized_name', /"call\.example"/);
    const nameless = makePair({}, { selectContext: () => undefined }).run();
    expect(nameless.server.error?.message).toContain('no name');
    const later = makePair(client, { selectContext: 'request' }).start();
    later.server.resolve(asked(later, 'server').id, undefined, 0);
    expectRefusal(later.settle(), 'server', 'ERR_DTLS_UNRECOGNIZED_NAME', 'unrecognized_name');
  });

  it('what it throws ends this handshake, and goes no further', () => {
    const cause = new Error('of the application');
    const selectContext = (): never => {
      throw cause;
    };
    const pair = makePair(client, { selectContext }).run();
    expectRefusal(pair, 'server', 'ERR_DTLS_CALLBACK', 'internal_error');
    expect(pair.server.error?.cause).toBe(cause);
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'ERR_INVALID_ARG_TYPE'],
    ['a certificate that is text', { certificate: rsa.pem }, 'ERR_INVALID_ARG_TYPE'],
    ['certificates that are no list', { certificates: rsa }, 'ERR_INVALID_ARG_TYPE'],
    [
      'a certificate without its key',
      { certificate: Certificate.fromDer(rsa.chain) },
      'ERR_INVALID_ARG_VALUE',
    ],
    ['protocols that are no names', { alpnProtocols: [''] }, 'ERR_INVALID_ARG_VALUE'],
  ])('%s: an answer throws, a callback fails the handshake', (_, context, code) => {
    const later = makePair(client, { selectContext: 'request' }).start();
    expect(() => later.server.resolve(asked(later, 'server').id, context, 0)).toThrow(invalid(code));
    const pair = makePair(client, { selectContext: () => context as object }).run();
    expectRefusal(pair, 'server', 'ERR_DTLS_CALLBACK', 'internal_error');
  });
});

describe('ALPN (RFC 7301)', () => {
  it.each<[string, string[], string[], string | undefined]>([
    ['the server’s order decides', ['a', 'b'], ['b', 'a'], 'b'],
    ['none offered', [], ['a'], undefined],
    ['none had by the server', ['a'], [], undefined],
    ['names beyond ASCII', ['é€'], ['é€'], 'é€'],
  ])('%s', (_, offered, had, chosen) => {
    const pair = makePair({ alpnProtocols: offered }, { alpnProtocols: had }).run();
    expectConnected(pair);
    expect([pair.client.alpnProtocol, pair.server.alpnProtocol]).toEqual([chosen, chosen]);
  });

  it('none in common is refused', () => {
    const pair = makePair({ alpnProtocols: ['a', 'b'] }, { alpnProtocols: ['c'] }).run();
    expectRefusal(
      pair,
      'server',
      'ERR_DTLS_NO_APPLICATION_PROTOCOL',
      'no_application_protocol',
      /offers "a" and "b".*has "c"/,
    );
  });
});
