import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviate } from '../../test/lib/deviant.ts';
import { certificateOf, type EndOptions, makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectRefusal } from '../../test/lib/expect.ts';
import {
  clientExtension,
  editClientHello,
  editServerHello,
  serverExtension,
  withExtension,
} from '../../test/lib/hello-edits.ts';
import { flip, tamper, WHOLE_FLIGHTS } from '../../test/lib/middle.ts';
import type { Pair, Path } from '../../test/lib/pair.ts';
import type { DtlsErrorCode } from '../errors/dtls-error.ts';
import type { AlertName } from '../registry/alerts.ts';
import { ExtensionType as X } from '../registry/extension-types.ts';
import { NamedGroup } from '../registry/groups.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { SignatureScheme } from '../registry/signature-schemes.ts';
import { readClientHello, writeClientHello } from '../wire/messages/client-hello.ts';
import {
  readServerKeyExchange,
  writeServerEcdhParams,
  writeServerKeyExchange,
} from '../wire/messages/server-key-exchange.ts';

afterEach(() => void vi.restoreAllMocks());

const EMPTY = new Uint8Array(0);

type Row = [what: string, DtlsErrorCode, AlertName, words: RegExp];

function run(path: Path, client: EndOptions = {}, server: EndOptions = {}): Pair {
  return makePair({ ...WHOLE_FLIGHTS, ...client }, { ...WHOLE_FLIGHTS, ...server }, path).run();
}

describe('what only Finished covers: a change on the way ends with decrypt_error (S16)', () => {
  it.each<[string, Path]>([
    [
      'the order of the suites',
      editClientHello((h) => ({ ...h, cipherSuites: [...h.cipherSuites].reverse() })),
    ],
    ['a suite put in', editClientHello((h) => ({ ...h, cipherSuites: [0x0a0a, ...h.cipherSuites] }))],
    ['an extension put in', clientExtension(0x1a1a, [])],
    ['SNI put in', clientExtension(X.server_name, [0, 6, 0, 0, 3, 0x61, 0x2e, 0x62])],
    ['a session id', editClientHello((h) => ({ ...h, sessionId: Uint8Array.of(1) }))],
    ['the session id of the server', editServerHello((h) => ({ ...h, sessionId: Uint8Array.of(1) }))],
    ['the point formats of the server', serverExtension(X.ec_point_formats, [2, 0, 1])],
  ])('%s', (_, path) => {
    // With extended master secret the keys themselves differ, and the Finished cannot even be opened.
    const weak = { extendedMasterSecret: 'preferred' } as const;
    const stripped = run(path, weak, weak);
    expect([stripped.client.state, stripped.server.state]).toEqual(['failed', 'failed']);
    const noEms: EndOptions = { ...weak, insecureNoPeerCheck: true, requestCertificate: false };
    deviate('client', ({ send }) => ({
      send: (type, body) => {
        const hello = type === HandshakeType.client_hello ? readClientHello(body) : undefined;
        const extensions = hello && withExtension(hello.extensions, X.extended_master_secret, undefined);
        send(type, hello && extensions ? writeClientHello({ ...hello, extensions }) : body);
      },
    }));
    const pair = run(path, noEms, noEms);
    expectRefusal(pair, 'server', 'ERR_DTLS_BAD_FINISHED', 'decrypt_error', /not seen the same handshake/);
  });
});

describe('a wrong Finished under the right keys is refused (S16)', () => {
  const WRONG: Readonly<Record<string, (body: Uint8Array) => Uint8Array>> = {
    'first bit': (body) => flip(body, 0),
    'last bit': (body) => flip(body, -1),
    zeros: (body) => new Uint8Array(body.length),
    empty: () => EMPTY,
    'one byte short': (body) => body.subarray(0, 11),
    'one byte long': (body) => new Uint8Array([...body, 0]),
  };
  for (const role of ['client', 'server'] as const) {
    it.each(Object.entries(WRONG))(`of the ${role}: %s`, (_, wrong) => {
      deviate(role, ({ send }) => ({
        send: (type, body) => send(type, type === HandshakeType.finished ? wrong(body) : body),
      }));
      const honest = role === 'client' ? 'server' : 'client';
      const pair = makePair().run();
      expectRefusal(
        pair,
        honest,
        'ERR_DTLS_BAD_FINISHED',
        'decrypt_error',
        new RegExp(`The ${role}'s Finished`),
      );
    });
  }

  it('the server’s own verify_data sent back by the client', () => {
    let ours: Uint8Array = EMPTY;
    deviate('server', ({ send }) => ({
      send: (type, body) => {
        send(type, type === HandshakeType.finished ? ours : body);
      },
    }));
    deviate('client', ({ send }) => ({
      send: (type, body) => {
        if (type === HandshakeType.finished) ours = body;
        send(type, body);
      },
    }));
    expectRefusal(makePair().run(), 'client', 'ERR_DTLS_BAD_FINISHED', 'decrypt_error');
  });
});

describe('a ServerKeyExchange is refused', () => {
  const edit = (change: (params: Uint8Array, scheme: number, signature: Uint8Array) => Uint8Array) =>
    tamper('server', HandshakeType.server_key_exchange, (body) => {
      const message = readServerKeyExchange(body);
      if (message === undefined) throw new Error('not a ServerKeyExchange');
      return change(message.params, message.scheme, message.signature);
    });
  const BAD = ['ERR_DTLS_BAD_SIGNATURE', 'decrypt_error', /ServerKeyExchange/] as const;
  const ILLEGAL = ['ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter', /ServerKeyExchange/] as const;

  it.each<[...Row, Path]>([
    ['with a bit of the signature changed', ...BAD, edit((p, s, g) => writeServerKeyExchange(p, s, flip(g)))],
    ['with an empty signature', ...BAD, edit((p, s) => writeServerKeyExchange(p, s, EMPTY))],
    [
      'with r and s of zero (S21)',
      ...BAD,
      edit((p, s) => writeServerKeyExchange(p, s, Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0))),
    ],
    ['with another key in the parameters', ...BAD, edit((p, s, g) => writeServerKeyExchange(flip(p), s, g))],
    [
      'signed with a scheme that was not offered',
      ...ILLEGAL,
      edit((p, _, g) => writeServerKeyExchange(p, 0x0203, g)),
    ],
    [
      'signed with a scheme of another kind of key',
      ...ILLEGAL,
      edit((p, _, g) => writeServerKeyExchange(p, SignatureScheme.rsa_pkcs1_sha256, g)),
    ],
    [
      'that does not follow its syntax',
      'ERR_DTLS_DECODE',
      'decode_error',
      /ServerKeyExchange of 3 bytes/,
      tamper('server', HandshakeType.server_key_exchange, () => new Uint8Array(3)),
    ],
  ])('%s', (_, code, alert, words, path) => {
    expectRefusal(run(path), 'client', code, alert, words);
  });

  it('signed with a scheme that we know and did not offer', () => {
    const only = { signatureSchemes: ['ecdsa_secp256r1_sha256'] } as const;
    const path = edit((params, _, signature) =>
      writeServerKeyExchange(params, SignatureScheme.ecdsa_secp384r1_sha384, signature),
    );
    expectRefusal(run(path, only), 'client', ...ILLEGAL);
  });

  /** A server that signs whatever parameters it likes. */
  function serverWithParams(group: number, publicKey: (own: Uint8Array) => Uint8Array): Pair {
    const certificate = certificateOf('ecdsa-p256', 'server');
    deviate('server', ({ send, transcript }) => ({
      send: (type, body) => {
        const message = type === HandshakeType.server_key_exchange ? readServerKeyExchange(body) : undefined;
        if (message === undefined) {
          send(type, body);
          return;
        }
        const bytes = transcript.bytes;
        const clientRandom = bytes.slice(14, 46); // ClientHello: header of 12 bytes, version, random
        const at = 12 + ((bytes[1] ?? 0) << 16) + ((bytes[2] ?? 0) << 8) + (bytes[3] ?? 0);
        const serverRandom = bytes.slice(at + 14, at + 46);
        const params = writeServerEcdhParams(group, publicKey(message.publicKey));
        const scheme = {
          name: 'ecdsa_secp256r1_sha256',
          id: 0x0403,
          algorithm: 'ecdsa',
          hash: 'sha-256',
        } as const;
        const signature = certificate.signingKey?.sign(
          scheme,
          new Uint8Array([...clientRandom, ...serverRandom, ...params]),
        );
        send(type, writeServerKeyExchange(params, scheme.id, signature ?? EMPTY));
      },
    }));
    return makePair({ groups: ['X25519', 'P-256'] }).run();
  }

  it('the helper’s own signature is good: the same parameters pass', () => {
    expectConnected(serverWithParams(NamedGroup.X25519, (own) => own));
  });

  it.each<[string, number, (own: Uint8Array) => Uint8Array, RegExp]>([
    [
      'with a group that was not offered',
      NamedGroup['P-384'],
      () => new Uint8Array(97).fill(4),
      /P-384.*X25519/,
    ],
    ['with an unknown group', 0x0019, () => new Uint8Array(133).fill(4), /0x0019/],
    ['with the zero point of X25519', NamedGroup.X25519, () => new Uint8Array(32), /X25519/],
    ['with a point of order one', NamedGroup.X25519, () => flip(new Uint8Array(32), 0), /X25519/],
    ['with a key of 31 bytes', NamedGroup.X25519, (own) => own.subarray(1), /31 bytes/],
    ['with an empty key', NamedGroup.X25519, () => EMPTY, /0 bytes/],
    ['with a point off P-256', NamedGroup['P-256'], () => new Uint8Array(65).fill(4), /P-256/],
  ])('%s, correctly signed (S21)', (_, group, publicKey, words) => {
    const pair = serverWithParams(group, publicKey);
    expectRefusal(pair, 'client', 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter', words);
  });
});
