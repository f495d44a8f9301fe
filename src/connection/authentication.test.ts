import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviate } from '../../test/lib/deviant.ts';
import { certificateOf, type EndOptions, makePair, pairWith } from '../../test/lib/ends.ts';
import { expectConnected, expectRefusal } from '../../test/lib/expect.ts';
import { tamper, WHOLE_FLIGHTS } from '../../test/lib/middle.ts';
import type { Pair } from '../../test/lib/pair.ts';
import type { DtlsErrorCode } from '../errors/dtls-error.ts';
import type { AlertName } from '../registry/alerts.ts';
import type { KeyType } from '../registry/algorithms.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { SignatureScheme } from '../registry/signature-schemes.ts';
import { writeCertificate } from '../wire/messages/certificate.ts';
import {
  ClientCertificateType,
  readCertificateRequest,
  writeCertificateRequest,
} from '../wire/messages/certificate-request.ts';
import { readCertificateVerify, writeCertificateVerify } from '../wire/messages/certificate-verify.ts';

afterEach(() => void vi.restoreAllMocks());

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');
const EMPTY = new Uint8Array(0);

describe('verifyPeer', () => {
  it.each(SIDES)('the %s judges the chain, leaf first', (side) => {
    const verifyPeer = vi.fn(() => true);
    const pair = pairWith(side, { verifyPeer }).run();
    expectConnected(pair);
    expect(verifyPeer.mock.calls).toEqual([[[certificateOf('ecdsa-p256', other(side)).der]]]);
  });

  it.each(SIDES)('false refuses, at the %s', (side) => {
    const pair = pairWith(side, { verifyPeer: () => false }).run();
    expectRefusal(pair, side, 'ERR_DTLS_PEER_REFUSED', 'bad_certificate', /verifyPeer refused/);
  });

  it.each([
    ['nothing', undefined],
    ['what is only like true', 1],
    ['a promise', Promise.resolve(true)],
  ])('%s is no answer, and refuses', (_, answer) => {
    for (const side of SIDES) {
      const pair = pairWith(side, { verifyPeer: () => answer as unknown as boolean }).run();
      expectRefusal(pair, side, 'ERR_DTLS_CALLBACK', 'internal_error', /verifyPeer/);
    }
  });

  it.each(SIDES)('what it throws ends this handshake of the %s, and goes no further', (side) => {
    const cause = new Error('of the application');
    const pair = pairWith(side, {
      verifyPeer: () => {
        throw cause;
      },
    }).run();
    expectRefusal(pair, side, 'ERR_DTLS_CALLBACK', 'internal_error', /verifyPeer callback/);
    expect(pair[side].error?.cause).toBe(cause);
  });

  it('is not asked before the signature was checked', () => {
    const verifyPeer = vi.fn(() => true);
    deviate('client', ({ send }) => ({
      send: (type, body) =>
        send(type, type === HandshakeType.certificate_verify ? Uint8Array.of(4, 3, 0, 0) : body),
    }));
    makePair({}, { verifyPeer }).run();
    expect(verifyPeer).not.toHaveBeenCalled();
  });
});

describe('insecureNoPeerCheck', () => {
  it.each(SIDES)('true, in so many words: the %s takes anyone', (side) => {
    expectConnected(pairWith(side, { insecureNoPeerCheck: true }).run());
  });

  it('a server then asks for no certificate, unless there is SRTP or it is told to', () => {
    for (const [options, asks] of [
      [{ srtpProfiles: [] }, false],
      [{}, true],
      [{ requestCertificate: false }, false],
      [{ srtpProfiles: [], requestCertificate: true }, true],
    ] as const) {
      const pair = makePair(
        { srtpRequired: false },
        { insecureNoPeerCheck: true, srtpRequired: false, ...options },
      ).run();
      expectConnected(pair);
      expect(pair.server.remoteCertificate !== undefined).toBe(asks);
    }
  });
});

describe('the client’s certificate', () => {
  it.each<[string, EndOptions]>([
    ['remoteFingerprints', {}],
    ['verifyPeer', { verifyPeer: () => true }],
    ['requestCertificate alone', { insecureNoPeerCheck: true, requestCertificate: true }],
    ['srtpProfiles alone', { insecureNoPeerCheck: true }],
  ])('an empty one is fatal with %s (S17)', (_, server) => {
    const pair = makePair({ certificates: [] }, server).run();
    expectRefusal(pair, 'server', 'ERR_DTLS_NO_PEER_CERTIFICATE', 'handshake_failure', /sent no certificate/);
  });

  const certificate = (body: Uint8Array): Pair => {
    const path = tamper('client', HandshakeType.certificate, () => body);
    return makePair(WHOLE_FLIGHTS, { ...WHOLE_FLIGHTS, verifyPeer: () => true }, path).run();
  };
  it.each<[string, Uint8Array, DtlsErrorCode, AlertName]>([
    [
      'is not X.509',
      writeCertificate([Uint8Array.of(1, 2, 3)]),
      'ERR_DTLS_BAD_CERTIFICATE',
      'bad_certificate',
    ],
    [
      'is cut short',
      writeCertificate([certificateOf().der.subarray(0, 100)]),
      'ERR_DTLS_BAD_CERTIFICATE',
      'bad_certificate',
    ],
    ['message is malformed', Uint8Array.of(0, 0, 9, 1), 'ERR_DTLS_DECODE', 'decode_error'],
  ])('one that %s', (_, body, code, alert) => expectRefusal(certificate(body), 'server', code, alert));

  it.each<[string, (body: Uint8Array) => Uint8Array, DtlsErrorCode, AlertName]>([
    [
      'of other data',
      (b) => change(b, ({ signature }) => ({ signature: flipped(signature) })),
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    [
      'that is empty',
      (b) => change(b, () => ({ signature: EMPTY })),
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    [
      'of zeros',
      (b) => change(b, () => ({ signature: Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0) })),
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    [
      'by a scheme not offered',
      (b) => change(b, () => ({ scheme: 0x0203 })),
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
    ],
    [
      'by a scheme of another key',
      (b) => change(b, () => ({ scheme: SignatureScheme.ed25519 })),
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
    ],
    ['that is malformed', () => Uint8Array.of(4), 'ERR_DTLS_DECODE', 'decode_error'],
  ])('with a CertificateVerify %s is refused (S16)', (_, edit, code, alert) => {
    deviate('client', ({ send }) => ({
      send: (type, body) => send(type, type === HandshakeType.certificate_verify ? edit(body) : body),
    }));
    expectRefusal(makePair().run(), 'server', code, alert, /CertificateVerify/);
  });

  it('with the private key of another is refused: a stolen certificate proves nothing (S16)', () => {
    const thief = certificateOf('ecdsa-p256', 'stranger').signingKey;
    const pair = makePair({ sign: 'request' });
    pair.start();
    const [request] = pair.of('client', 'request');
    if (request?.kind !== 'sign' || thief === undefined) throw new Error('not asked to sign');
    const scheme = {
      name: 'ecdsa_secp256r1_sha256',
      id: 0x0403,
      algorithm: 'ecdsa',
      hash: 'sha-256',
    } as const;
    pair.client.resolve(request.id, thief.sign(scheme, request.data), 0);
    expectRefusal(pair.settle(), 'server', 'ERR_DTLS_BAD_SIGNATURE', 'decrypt_error', /has not shown/);
  });
});

describe('certificate_types of a CertificateRequest (RFC 5246 §7.4.4)', () => {
  const { rsa_sign, ecdsa_sign } = ClientCertificateType;

  /** A server that asks for certificates of these types only, of a client that has these. */
  function asked(types: readonly number[], keyTypes: readonly KeyType[]): Pair {
    deviate('server', ({ send }) => ({
      send: (type, body) => {
        const request = type === HandshakeType.certificate_request ? readCertificateRequest(body) : undefined;
        send(type, request ? writeCertificateRequest({ ...request, certificateTypes: types }) : body);
      },
    }));
    const certificates = keyTypes.map((keyType) => certificateOf(keyType, 'asked'));
    return makePair({ certificates }, { verifyPeer: () => true }).run();
  }

  it.each<[string, readonly number[], KeyType]>([
    ['rsa_sign only, an ECDSA one', [rsa_sign], 'ecdsa-p256'],
    ['rsa_sign only, an Ed25519 one', [rsa_sign], 'ed25519'],
    ['ecdsa_sign only, an RSA one', [ecdsa_sign], 'rsa'],
    ['a type that is unknown, an ECDSA one', [3], 'ecdsa-p256'],
  ])('asked for %s is not shown: the Certificate is empty', (_, types, keyType) => {
    const pair = asked(types, [keyType]);
    expectRefusal(pair, 'server', 'ERR_DTLS_NO_PEER_CERTIFICATE', 'handshake_failure', /sent no certificate/);
    expect(pair.server.remoteCertificate).toBeUndefined();
  });

  it.each<[string, readonly number[], readonly KeyType[], KeyType]>([
    ['rsa_sign', [rsa_sign], ['ecdsa-p256', 'rsa'], 'rsa'],
    ['ecdsa_sign', [ecdsa_sign], ['rsa', 'ecdsa-p256'], 'ecdsa-p256'],
    ['ecdsa_sign', [ecdsa_sign], ['rsa', 'ed25519'], 'ed25519'],
    ['either', [ecdsa_sign, rsa_sign], ['rsa', 'ecdsa-p256'], 'rsa'],
  ])('asked for %s %j, of %j shows %s', (_, types, keyTypes, shown) => {
    const pair = asked(types, keyTypes);
    expectConnected(pair);
    expect(pair.server.remoteCertificate?.keyType).toBe(shown);
  });
});

describe('the server’s certificate', () => {
  it('of the wrong kind for the suite is refused', () => {
    const rsa = certificateOf('rsa', 'server');
    const path = tamper('server', HandshakeType.certificate, () => writeCertificate(rsa.chain));
    const pair = makePair({ ...WHOLE_FLIGHTS, verifyPeer: () => true }, WHOLE_FLIGHTS, path).run();
    expectRefusal(
      pair,
      'client',
      'ERR_DTLS_UNSUPPORTED_CERTIFICATE',
      'unsupported_certificate',
      /rsa.*ECDSA/,
    );
  });

  it('of another server of the same kind is refused by the signature', () => {
    const stolen = certificateOf('ecdsa-p256', 'stranger');
    const path = tamper('server', HandshakeType.certificate, () => writeCertificate(stolen.chain));
    const pair = makePair({ ...WHOLE_FLIGHTS, verifyPeer: () => true }, WHOLE_FLIGHTS, path).run();
    expectRefusal(pair, 'client', 'ERR_DTLS_BAD_SIGNATURE', 'decrypt_error', /ServerKeyExchange/);
  });

  it('none at all is refused', () => {
    const path = tamper('server', HandshakeType.certificate, () => Uint8Array.of(0, 0, 0));
    const pair = makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS, path).run();
    expectRefusal(pair, 'client', 'ERR_DTLS_NO_PEER_CERTIFICATE', 'handshake_failure');
  });
});

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

type Verify = { scheme: number; signature: Uint8Array };

function change(body: Uint8Array, edit: (message: Verify) => Partial<Verify>): Uint8Array {
  const message = readCertificateVerify(body);
  if (message === undefined) throw new Error('not a CertificateVerify');
  return writeCertificateVerify({ ...message, ...edit(message) });
}
