import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviate } from '../../test/lib/deviant.ts';
import { certificateOf, type EndOptions, makePair } from '../../test/lib/ends.ts';
import { expectConnected } from '../../test/lib/expect.ts';
import type { Pair } from '../../test/lib/pair.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import type { AeadName } from '../registry/algorithms.ts';
import { HandshakeType } from '../registry/handshake-types.ts';

afterEach(() => void vi.restoreAllMocks());

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

interface Secrets {
  /** Master secrets, as the handshakes hold them. */
  readonly masters: Uint8Array[];
  /** Premaster secrets, as the key agreement gave them. */
  readonly premasters: Uint8Array[];
  /** What the AEAD keys were made from. */
  readonly traffic: Uint8Array[];
  /** How many AEAD keys were overwritten. */
  destroyed: number;
}

/** Keeps hold of every secret of the handshakes from now on. */
function watchSecrets(): Secrets {
  const secrets: Secrets = { masters: [], premasters: [], traffic: [], destroyed: 0 };
  for (const role of SIDES) {
    deviate(role, ({ keepSecret }) => ({
      keepSecret: (secret) => {
        secrets.masters.push(secret);
        keepSecret(secret);
      },
    }));
  }
  const { aead, generateKeyShare } = nodeCrypto;
  vi.spyOn(nodeCrypto, 'aead').mockImplementation((name: AeadName, key: Uint8Array) => {
    secrets.traffic.push(key);
    const made = aead(name, key);
    return {
      seal: (...args) => made.seal(...args),
      open: (...args) => made.open(...args),
      destroy: () => {
        secrets.destroyed++;
        made.destroy();
      },
    };
  });
  vi.spyOn(nodeCrypto, 'generateKeyShare').mockImplementation((group) => {
    const share = generateKeyShare(group);
    return {
      group: share.group,
      publicKey: share.publicKey,
      agree: (peer) => {
        const premaster = share.agree(peer);
        if (premaster !== undefined) secrets.premasters.push(premaster);
        return premaster;
      },
    };
  });
  return secrets;
}

const BOTH: readonly (readonly [string, EndOptions])[] = [
  ['extended master secret', {}],
  ['no SRTP', { srtpProfiles: [] }],
];

describe('secrets are overwritten (S28)', () => {
  it.each(BOTH)('the premaster secret and the keys handed to the AEAD at once, with %s', (_, options) => {
    const secrets = watchSecrets();
    expectConnected(makePair(options, options).run());
    expect([secrets.premasters.length, secrets.traffic.length]).toEqual([2, 4]);
    for (const secret of [...secrets.premasters, ...secrets.traffic]) expect(isWiped(secret)).toBe(true);
  });

  it.each<[string, (pair: Pair, side: Side) => void]>([
    ['close()', (pair, side) => pair[side].close(0)],
    ['destroy()', (pair, side) => pair[side].destroy()],
  ])('master secret and traffic keys at %s', (_, end) => {
    const secrets = watchSecrets();
    const pair = makePair().run();
    expect(secrets.masters.map(isWiped)).toEqual([false, false]);
    for (const side of SIDES) end(pair, side);
    expect(secrets.masters.map(isWiped)).toEqual([true, true]);
    expect(secrets.destroyed).toBeGreaterThanOrEqual(4);
  });

  it('when the handshake fails after the key exchange', () => {
    const secrets = watchSecrets();
    let flights = 0;
    // The server's last flight never comes.
    const pair = makePair({}, {}, (datagram, from) => (from === 'server' && flights++ > 0 ? [] : [datagram]));
    pair.start();
    pair.client.destroy();
    pair.server.destroy();
    expect(secrets.masters).toHaveLength(2);
    expect(secrets.masters.map(isWiped)).toEqual([true, true]);
  });

  it('when the peer is found to be another: at once, whoever polls', () => {
    const secrets = watchSecrets();
    deviate('server', ({ send }) => ({
      send: (type, body) => send(type, type === HandshakeType.finished ? new Uint8Array(12) : body),
    }));
    const pair = makePair();
    pair.path = (datagram, from) => {
      if (from === 'client' || pair.server.state !== 'connected') return [datagram];
      pair.client.receive(datagram, 0);
      expect(pair.client.error?.code).toBe('ERR_DTLS_BAD_FINISHED');
      expect(secrets.masters.some(isWiped)).toBe(true);
      return [];
    };
    pair.start();
    expect.assertions(2);
  });

  it('when the peer closes, and when it sends an alert', () => {
    const secrets = watchSecrets();
    const pair = makePair().run();
    pair.client.close(0);
    pair.settle();
    expect(secrets.masters.map(isWiped)).toEqual([true, true]);
  });

  it('SRTP keys handed out stay the caller’s', () => {
    const pair = makePair().run();
    const { local } = pair.client.srtpKeys();
    pair.client.destroy();
    expect(isWiped(local.masterKey)).toBe(false);
    const again = makePair().run();
    const first = again.client.srtpKeys().local.masterKey;
    const copy = hex(first);
    first.fill(0);
    expect(hex(again.client.srtpKeys().local.masterKey)).toBe(copy);
  });
});

/** Every text in which someone may look at a connection. */
function everythingShown(pair: Pair): string {
  const shown: string[] = [];
  for (const side of SIDES) {
    const connection = pair[side];
    const { error } = connection;
    const outputs = pair.outputs[side].filter(({ type }) => type !== 'keylog' && type !== 'message');
    for (const value of [connection, error, error?.stack, error?.cause, outputs, connection.stats]) {
      shown.push(
        inspect(value, { depth: 10, showHidden: true, maxArrayLength: null, maxStringLength: null }),
      );
      shown.push(JSON.stringify(value) ?? '');
    }
  }
  return shown.join('\n');
}

/** The bytes in each way they are commonly printed: hex, hex pairs, numbers, base64. */
function spellings(secret: Uint8Array): string[] {
  const part = secret.subarray(0, 12);
  const pairs = [...part].map((byte) => byte.toString(16).padStart(2, '0'));
  return [
    pairs.join(''),
    pairs.join(' '),
    pairs.join(':'),
    pairs.join('').toUpperCase(),
    [...part].join(', '),
    [...part].join(','),
    Buffer.from(part).toString('base64').replace(/=*$/, ''),
  ];
}

/** `util.inspect` sets the numbers of an array in columns. */
function expectNotShown(text: string, secrets: readonly Uint8Array[]): void {
  const inOneLine = text.replace(/\s+/g, ' ');
  for (const secret of secrets)
    for (const spelling of spellings(secret)) expect(inOneLine).not.toContain(spelling);
}

describe('secrets are not shown (S28)', () => {
  const keys = (pair: Pair): Uint8Array[] =>
    SIDES.flatMap((side) => {
      const { local, remote } = pair[side].srtpKeys();
      return [local.masterKey, local.masterSalt, remote.masterKey, remote.masterSalt];
    });

  it('by util.inspect, JSON, traces or statistics of a live connection', () => {
    const { masters } = watchSecrets();
    const pair = makePair({ trace: true }, { trace: true }).run();
    expectNotShown(everythingShown(pair), [
      ...masters.map((secret) => new Uint8Array(secret)),
      ...keys(pair),
    ]);
  });

  it('by the error of one that failed', () => {
    const { masters } = watchSecrets();
    deviate('server', ({ send }) => ({
      send: (type, body) => send(type, type === HandshakeType.finished ? new Uint8Array(12) : body),
    }));
    const copies: Uint8Array[] = [];
    const pair = makePair({ trace: true }, { trace: true });
    pair.path = (datagram) => {
      copies.push(...masters.map((secret) => new Uint8Array(secret)));
      return [datagram];
    };
    pair.run();
    expect(pair.client.error?.code).toBe('ERR_DTLS_BAD_FINISHED');
    expectNotShown(
      everythingShown(pair),
      copies.filter((secret) => !isWiped(secret)),
    );
  });

  it('nor is a private key of a certificate', () => {
    const pair = makePair().run();
    const text = everythingShown(pair);
    const pem = certificateOf('ecdsa-p256', 'client').privateKeyPem ?? '';
    expect(text).not.toContain(pem.split('\n')[1]);
    expect(text).not.toContain('PRIVATE KEY');
  });

  it('messages are not in traces or statistics', () => {
    const pair = makePair({ trace: true }, { trace: true }).run();
    pair.client.send(Buffer.from('the content of a message'), 0);
    pair.settle();
    expect(pair.of('server', 'message')).toHaveLength(1);
    const text = everythingShown(pair);
    expect(text).not.toContain('the content');
    expectNotShown(text, [Buffer.from('the content of a message')]);
  });
});

describe('keylog', () => {
  it('is given when asked for, in the format of NSS, and is the master secret', () => {
    const { masters } = watchSecrets();
    const pair = makePair({ keylog: true }, { keylog: true }).run();
    for (const side of SIDES) {
      const [line, ...more] = pair.of(side, 'keylog');
      expect(more).toEqual([]);
      expect(line?.line).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
      expect(line?.line.endsWith(hex(masters[0] ?? new Uint8Array(0)))).toBe(true);
    }
  });

  it('is not given otherwise, traces or not', () => {
    for (const trace of [false, true]) {
      const pair = makePair({ trace }, { trace }).run();
      for (const side of SIDES) expect(pair.of(side, 'keylog')).toEqual([]);
    }
  });
});

describe('traces', () => {
  it('are given only when asked for', () => {
    const pair = makePair().run();
    for (const side of SIDES) expect(pair.of(side, 'trace')).toEqual([]);
  });

  it('tell every message of the handshake on both sides, with sizes, numbers and epochs', () => {
    const pair = makePair({ trace: true }, { trace: true, cookieExchange: true }).run();
    const told = (side: Side, direction: 'sent' | 'received'): string[] =>
      pair
        .of(side, 'trace')
        .flatMap(({ event }) =>
          event.kind === 'message' && event.direction === direction
            ? [`${event.message} ${event.length} e${event.epoch} #${event.sequenceNumber}`]
            : [],
        );
    expect(told('server', 'received')).toEqual(told('client', 'sent'));
    expect(told('client', 'received')).toEqual(told('server', 'sent'));
    const names = (side: Side): string[] => told(side, 'sent').map((line) => line.split(' ')[0] ?? '');
    expect(names('client')).toEqual([
      'client_hello',
      'client_hello',
      'certificate',
      'client_key_exchange',
      'certificate_verify',
      'change_cipher_spec',
      'finished',
    ]);
    expect(names('server')).toEqual([
      'hello_verify_request',
      'server_hello',
      'certificate',
      'server_key_exchange',
      'certificate_request',
      'server_hello_done',
      'change_cipher_spec',
      'finished',
    ]);
  });
});
