import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOffers, deviate } from '../../test/lib/deviant.ts';
import { type EndOptions, makeEnd, makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectRefusal } from '../../test/lib/expect.ts';
import { clientExtension, serverExtension, withExtension } from '../../test/lib/hello-edits.ts';
import { WHOLE_FLIGHTS } from '../../test/lib/middle.ts';
import { Pair } from '../../test/lib/pair.ts';
import { fragmentsOf, recordsOf } from '../../test/lib/records.ts';
import { ExtensionType } from '../registry/extension-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { readClientHello } from '../wire/messages/client-hello.ts';
import { readServerHello, writeServerHello } from '../wire/messages/server-hello.ts';
import type { DtlsConnection } from './dtls-connection.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

afterEach(() => void vi.restoreAllMocks());

const HASHES = { client: new Uint8Array(32).fill(1), server: new Uint8Array(32).fill(2) };
const IDS = { client: 'client+of/one-session_1', server: 'server+of/one-session_1' };

/** An option, what each side tells of itself with it, and another value. */
const OPTIONS = [
  {
    option: 'externalSessionId',
    type: ExtensionType.external_session_id,
    signalled: IDS,
    another: 'server+of/one-session_2',
    malformed: { 'of 19 bytes': [19, ...new Array<number>(19).fill(65)], empty: [0], 'without a length': [] },
  },
  {
    option: 'externalIdHash',
    type: ExtensionType.external_id_hash,
    signalled: HASHES,
    another: new Uint8Array(32).fill(3),
    malformed: {
      'of 31 bytes': [31, ...new Array<number>(31).fill(1)],
      'of 1 byte': [1, 1],
      'without a length': [],
    },
  },
] as const;

type Which = (typeof OPTIONS)[number];
interface Binding {
  readonly local?: unknown;
  readonly remote?: unknown;
  readonly required?: boolean;
}

/** What a side is told: its own value, and its peer's, or what is said instead. */
function told({ option, signalled }: Which, side: Side, change: Binding = {}): EndOptions {
  const binding = { local: signalled[side], remote: signalled[other(side)], ...change };
  const id = { local: IDS[side], remote: IDS[other(side)] };
  return { externalSessionId: id, [option]: binding, ...WHOLE_FLIGHTS };
}

/** A pair of which both sides are told, one of them something else. */
function pairTold(which: Which, side: Side, change: Binding = {}): Pair {
  const [client, server] = SIDES.map((each) => told(which, each, each === side ? change : {}));
  return makePair(client, server);
}

/** What a hello on its way has of an extension. */
function sentBy(pair: Pair, side: Side, type: number): Uint8Array | undefined {
  const messages = pair.sent
    .filter(({ from }) => from === side)
    .flatMap(({ datagram }) => recordsOf(datagram))
    .flatMap(fragmentsOf);
  const [wanted, read] =
    side === 'client'
      ? [HandshakeType.client_hello, readClientHello]
      : [HandshakeType.server_hello, readServerHello];
  const hello = messages.findLast((message) => message.type === wanted);
  if (hello === undefined) throw new Error(`no hello of the ${side}`);
  return read(hello.fragment)?.extensions.get(type);
}

/** A peer that sends another value of an extension, or none, and means it. */
function sends(side: Side, type: number, data: readonly number[] | undefined): void {
  if (side === 'client') clientOffers(type, data);
  else
    deviate('server', ({ send }) => ({
      send: (message, body) => {
        const hello = message === HandshakeType.server_hello ? readServerHello(body) : undefined;
        if (hello === undefined) send(message, body);
        else
          send(
            message,
            writeServerHello({ ...hello, extensions: withExtension(hello.extensions, type, data) }),
          );
      },
    }));
}

describe.each(OPTIONS)('$option (RFC 8844)', (which) => {
  const { option, type, signalled, another } = which;
  const name = type === ExtensionType.external_session_id ? 'external_session_id' : 'external_id_hash';

  it('each side sends its own, and takes the peer’s (S19)', () => {
    const pair = pairTold(which, 'client').run();
    expectConnected(pair);
    for (const side of SIDES) {
      const value = Buffer.from(signalled[side]);
      expect([...(sentBy(pair, side, type) ?? [])]).toEqual([value.length, ...value]);
    }
  });

  it('goes into the hello with the cookie as well', () => {
    const server = { ...told(which, 'server'), cookieExchange: true };
    const pair = makePair(told(which, 'client'), server).run();
    expectConnected(pair);
    expect(pair.sent.length).toBeGreaterThan(4);
    expect(sentBy(pair, 'client', type)).toBeDefined();
  });

  it.each(SIDES)('not the one that was signalled: the %s refuses it with illegal_parameter (S19)', (side) => {
    const pair = pairTold(which, side, { remote: another }).run();
    expectRefusal(
      pair,
      side,
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      new RegExp(`${name} is not`),
    );
  });

  it.each(SIDES)('our own sent back by a peer: the %s refuses it', (side) => {
    sends(other(side), type, [signalled[side].length, ...Buffer.from(signalled[side])]);
    const pair = pairTold(which, side).run();
    expectRefusal(pair, side, 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter');
  });

  it.each(SIDES)('a peer’s that is not known to the %s is not compared', (side) => {
    expectConnected(pairTold(which, side, { remote: undefined }).run());
  });

  describe.each(Object.entries(which.malformed))('%s', (_, data) => {
    it.each(SIDES)('the %s refuses it with decode_error, compared or not (S19)', (side) => {
      sends(other(side), type, data);
      for (const change of [{}, { remote: undefined }]) {
        const pair = pairTold(which, side, change).run();
        expectRefusal(pair, side, 'ERR_DTLS_DECODE', 'decode_error', new RegExp(name));
      }
    });
  });

  it('malformed, to a server that was told nothing: decode_error all the same', () => {
    sends('client', type, which.malformed['without a length']);
    expectRefusal(makePair().run(), 'server', 'ERR_DTLS_DECODE', 'decode_error', new RegExp(name));
  });

  it.each(SIDES)('absent, from a peer that does not know it: the %s goes on', (side) => {
    sends(other(side), type, undefined);
    expectConnected(pairTold(which, side).run());
  });

  it.each(SIDES)('absent, where it is required: the %s refuses', (side) => {
    for (const remote of [signalled[other(side)], undefined]) {
      sends(other(side), type, undefined);
      const pair = pairTold(which, side, { required: true, remote }).run();
      expectRefusal(pair, side, 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter', /no external.*required/);
      vi.restoreAllMocks();
    }
    expectConnected(pairTold(which, side, { required: true }).run());
  });

  it('a server sends none to a client that has sent none', () => {
    const pair = makePair(WHOLE_FLIGHTS, told(which, 'server')).run();
    expectConnected(pair);
    expect(sentBy(pair, 'server', type)).toBeUndefined();
  });

  it('present, to a server that was told nothing: passed over', () => {
    const pair = makePair(told(which, 'client'), WHOLE_FLIGHTS).run();
    expectConnected(pair);
    expect(sentBy(pair, 'client', type)).toBeDefined();
    expect(sentBy(pair, 'server', type)).toBeUndefined();
  });

  it('present in a ServerHello though not offered: unsupported_extension', () => {
    sends('server', type, [20, ...new Array<number>(20).fill(65)]);
    expectRefusal(makePair().run(), 'client', 'ERR_DTLS_UNSUPPORTED_EXTENSION', 'unsupported_extension');
  });

  it.each(SIDES)('of the %s, taken out on the way: Finished tells', (side) => {
    const path = (side === 'client' ? clientExtension : serverExtension)(type, undefined);
    const pair = makePair(told(which, 'client'), told(which, 'server'), path).run();
    expect([pair.client.state, pair.server.state]).not.toContain('connected');
  });

  it.each(SIDES)('the caller’s object may be changed afterwards, at the %s', (side) => {
    const value = Uint8Array.from(HASHES[side]);
    const options = { ...told(which, side), externalIdHash: { local: value, remote: HASHES[other(side)] } };
    const end = makeEnd(side, options);
    value.fill(9);
    const peer = makeEnd(other(side), {
      ...told(which, other(side)),
      externalIdHash: { local: HASHES[other(side)], remote: HASHES[side] },
    });
    expectConnected((side === 'client' ? new Pair(end, peer) : new Pair(peer, end)).run());
  });

  it.each<[string, string, unknown]>([
    [option, 'ERR_INVALID_ARG_TYPE', 'abc3de65cddef001be82'],
    [option, 'ERR_INVALID_ARG_TYPE', null],
    [`${option}.local`, 'ERR_INVALID_ARG_TYPE', {}],
    [`${option}.local`, 'ERR_INVALID_ARG_TYPE', { local: 5 }],
    [`${option}.remote`, 'ERR_INVALID_ARG_TYPE', { local: signalled.client, remote: 5 }],
    [`${option}.remote`, 'ERR_INVALID_ARG_TYPE', { local: signalled.client, remote: null }],
    [`${option}.required`, 'ERR_INVALID_ARG_TYPE', { local: signalled.client, required: 'yes' }],
  ])('new DtlsConnection(): %s is refused with %s: %o', (property, code, value) => {
    const id = { local: IDS.client };
    expect(() => makeEnd('client', { externalSessionId: id, [option]: value } as EndOptions)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(property) }),
    );
  });
});

describe('externalSessionId: the tls-id of RFC 8842 §4', () => {
  const make = (local: string): DtlsConnection => makeEnd('client', { externalSessionId: { local } });

  it.each(['abc3de65cddef001be82', '+/-_09azAZ+/-_09azAZ', 'a'.repeat(255)])('%s is one', (id) => {
    expect(make(id).state).toBe('new');
  });

  it.each([
    '',
    'a'.repeat(19),
    'a'.repeat(256),
    'abc3de65cddef001be8 ',
    'abc3de65cddef001be8é',
    `${'a'.repeat(20)}\n`,
  ])('%j is none', (id) => {
    expect(() => make(id)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
  });
});

describe('externalIdHash', () => {
  const end = (side: Side, hash: object): DtlsConnection =>
    makeEnd(side, { externalSessionId: { local: IDS[side] }, externalIdHash: hash } as EndOptions);
  const none = new Uint8Array(0);

  it('an endpoint without an identity assertion sends one of no bytes, and is held to it (RFC 8844 §3.2)', () => {
    const hash = HASHES.server;
    const made = (expected: Uint8Array): Pair =>
      new Pair(
        end('client', { local: none, remote: hash }),
        end('server', { local: hash, remote: expected }),
      ).run();
    expectConnected(made(none));
    expectRefusal(made(HASHES.client), 'server', 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter');
  });

  it('an assertion where none was signalled is refused (RFC 8844 §3.2)', () => {
    const pair = new Pair(
      end('client', { local: HASHES.client, remote: none }),
      end('server', { local: HASHES.server, remote: HASHES.client }),
    ).run();
    expectRefusal(pair, 'client', 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter');
  });

  it('goes with externalSessionId (RFC 8844 §3)', () => {
    expect(() => makeEnd('client', { externalIdHash: { local: none } })).toThrow(
      expect.objectContaining({
        code: 'ERR_MISSING_ARGS',
        message: expect.stringContaining('externalSessionId'),
      }),
    );
  });

  it.each([1, 20, 31, 33])('of %i bytes is refused', (length) => {
    for (const name of ['local', 'remote'])
      expect(() => end('client', { local: none, [name]: new Uint8Array(length) })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining(name) }),
      );
  });
});

describe('the attack of RFC 8844 §4.1', () => {
  /** Norma calls Mallory and Patsy at once; Mallory has copied Patsy's fingerprint, and brings her Norma's datagrams. */
  const splice = (id: (local: string, remote: string) => EndOptions): Pair =>
    makePair(
      id('norma-in-session-one', 'mallory-in-session-one'),
      id('patsy-in-session-two', 'norma-in-session-two'),
    );

  it('works against fingerprints alone: the two connect, each in another session', () => {
    expectConnected(splice(() => ({})).run());
  });

  it('fails with externalSessionId', () => {
    const pair = splice((local, remote) => ({ externalSessionId: { local, remote } })).run();
    expectRefusal(pair, 'server', 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter', /another session/);
  });
});
