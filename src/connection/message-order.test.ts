import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviate } from '../../test/lib/deviant.ts';
import { type EndOptions, makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked, expectRefusal } from '../../test/lib/expect.ts';
import { arrange, tamper, WHOLE_FLIGHTS } from '../../test/lib/middle.ts';
import type { Pair } from '../../test/lib/pair.ts';
import { plaintextRecord, recordsOf, writeRecord } from '../../test/lib/records.ts';
import { concat } from '../bytes/bytes.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';

afterEach(() => void vi.restoreAllMocks());

const T = HandshakeType;
const EMPTY = new Uint8Array(0);

/** Each flight is sent once, and then time is up: flights that are repeated often are cut smaller, and not whole. */
function runOnce(pair: Pair): Pair {
  pair.start();
  pair.now = 100_000;
  pair.tick();
  return pair;
}

/** Every way of picking some of `items` and putting them in some order. */
function arrangements<Item>(items: readonly Item[]): Item[][] {
  return items.flatMap((item) => {
    const others = items.filter((other) => other !== item);
    return [[item], ...arrangements(others).map((rest) => [item, ...rest])];
  });
}

/** Every way of putting one of `items` in once more, anywhere. */
function repetitions<Item>(items: readonly Item[]): Item[][] {
  return items.flatMap((item) =>
    Array.from({ length: items.length + 1 }, (_, at) => [...items.slice(0, at), item, ...items.slice(at)]),
  );
}

const SERVER_FLIGHT = [
  'server_hello',
  'certificate',
  'server_key_exchange',
  'certificate_request',
  'server_hello_done',
] as const;
const CLIENT_FLIGHT = ['certificate', 'client_key_exchange', 'certificate_verify'] as const;
type Message = (typeof SERVER_FLIGHT)[number] | (typeof CLIENT_FLIGHT)[number];

/** Whether a receiver of `sent` that wants `legal` finds nothing wrong and waits for more. */
const isBeginning = (sent: readonly string[], legal: readonly string[]): boolean =>
  sent.length < legal.length && sent.every((message, i) => message === legal[i]);

/** A server that sends its flight in this order, and believes in it: its transcript agrees. */
function serverSends(order: readonly Message[]): Pair {
  deviate('server', ({ send, flush }) => {
    const bodies = new Map<HandshakeType, Uint8Array>();
    return {
      send: (type, body) => void bodies.set(type, body),
      flush: (answer) => {
        const flight = bodies.has(T.server_hello) ? order.map((name) => T[name]) : [...bodies.keys()];
        for (const type of flight) send(type, bodies.get(type) ?? EMPTY);
        bodies.clear();
        flush(answer);
      },
    };
  });
  return runOnce(makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS));
}

describe('of all orders of the server’s messages a client completes the legal one only (S16)', () => {
  it('the legal one', () => expectConnected(serverSends(SERVER_FLIGHT)));

  it.each(arrangements(SERVER_FLIGHT).map((order) => [order.join(' '), order] as const))('%s', (_, order) => {
    if (order.join() === SERVER_FLIGHT.join()) return;
    const pair = serverSends(order);
    expectLocked(pair, 'client');
    const unasked = SERVER_FLIGHT.filter((name) => name !== 'certificate_request');
    if (isBeginning(order, SERVER_FLIGHT) || isBeginning(order, unasked)) {
      expect(pair.client.error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
    } else if (order.join() === unasked.join()) {
      // Legal for the client; this server had wanted a certificate.
      expectRefusal(pair, 'server', 'ERR_DTLS_UNEXPECTED_MESSAGE', 'unexpected_message');
    } else {
      expect(pair.client.error).toMatchObject({
        code: 'ERR_DTLS_UNEXPECTED_MESSAGE',
        alert: 'unexpected_message',
      });
      expect(pair.client.error?.message).toMatch(/where .+ expected/);
      expect(pair.server.error?.code).toMatch(/^ERR_DTLS_(UNEXPECTED_MESSAGE|ALERT_RECEIVED)$/);
    }
  });

  it.each(repetitions(SERVER_FLIGHT).map((order) => [order.join(' '), order] as const))('%s', (_, order) => {
    const pair = serverSends(order);
    expectLocked(pair, 'client');
    // What comes behind the end of the flight is read when the next one is wanted.
    expect(pair.client.error?.code).toMatch(/^ERR_DTLS_(UNEXPECTED_MESSAGE|ALERT_RECEIVED)$/);
  });

  it('a Finished before anything else, or instead of the flight', () => {
    for (const at of [0, 3]) {
      const path = arrange('server', (messages) => [
        ...messages.slice(0, at),
        { type: T.finished, messageSeq: 0, body: new Uint8Array(12) },
        ...messages.slice(at),
      ]);
      const pair = runOnce(makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS, path));
      expectLocked(pair, 'client');
      expect(pair.client.error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
      expect(pair.client.stats.discards.malformed_fragment).toBeGreaterThan(0);
    }
  });

  it('a ServerHelloDone with a body is malformed', () => {
    const path = tamper('server', T.server_hello_done, () => Uint8Array.of(0));
    expectRefusal(
      runOnce(makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS, path)),
      'client',
      'ERR_DTLS_DECODE',
      'decode_error',
    );
  });
});

describe('of all orders of the client’s messages a server completes the legal one only (S16)', () => {
  const clientSends = (order: readonly Message[]): Pair => {
    const path = arrange('client', (messages) => {
      if (messages[0]?.type === T.client_hello) return messages;
      return order.flatMap((name) => messages.filter(({ type }) => type === T[name]));
    });
    return runOnce(makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS, path));
  };

  it('the legal one', () => expectConnected(clientSends(CLIENT_FLIGHT)));

  it.each(
    [...arrangements(CLIENT_FLIGHT), ...repetitions(CLIENT_FLIGHT)].map(
      (order) => [order.join(' '), order] as const,
    ),
  )('%s', (_, order) => {
    if (order.join() === CLIENT_FLIGHT.join()) return;
    const pair = clientSends(order);
    expectLocked(pair, 'server');
    expectLocked(pair, 'client');
    const waits = isBeginning(order, CLIENT_FLIGHT);
    expect(pair.server.error?.code).toBe(
      waits ? 'ERR_DTLS_HANDSHAKE_TIMEOUT' : 'ERR_DTLS_UNEXPECTED_MESSAGE',
    );
  });

  it.each(CLIENT_FLIGHT)('a client that leaves out its %s and counts on', (omitted) => {
    deviate('client', ({ send }) => ({
      send: (type, body) => {
        if (type !== T[omitted]) send(type, body);
      },
    }));
    const pair = makePair().run();
    expectLocked(pair, 'server');
    expect(pair.server.error?.code).toBe(
      omitted === 'certificate_verify' ? 'ERR_DTLS_HANDSHAKE_TIMEOUT' : 'ERR_DTLS_UNEXPECTED_MESSAGE',
    );
  });

  it.each(['certificate', 'certificate_verify'] as const)('a %s that was not asked for', (extra) => {
    const unchecked: EndOptions = { insecureNoPeerCheck: true, requestCertificate: false };
    deviate('client', ({ send }) => ({
      send: (type, body) => {
        if (type === T.client_key_exchange && extra === 'certificate')
          send(T.certificate, Uint8Array.of(0, 0, 0));
        send(type, body);
        if (type === T.client_key_exchange && extra === 'certificate_verify') {
          send(T.certificate_verify, Uint8Array.of(4, 3, 0, 0));
        }
      },
    }));
    const pair = makePair(unchecked, unchecked).run();
    expectLocked(pair, 'server');
    // Keys are there after the key exchange, so that what follows without protection comes too late.
    expect(pair.server.error?.code).toBe('ERR_DTLS_UNEXPECTED_MESSAGE');
  });
});

describe('ChangeCipherSpec and Finished (S16)', () => {
  it.each(['client', 'server'] as const)(
    'a Finished of the %s without protection is not believed',
    (role) => {
      deviate(role, () => ({ sendChangeCipherSpec: () => undefined }));
      const pair = makePair().run();
      const honest = role === 'client' ? 'server' : 'client';
      expectLocked(pair, honest);
      expect(pair[honest].error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
      expect(pair[honest].stats.discards.malformed_fragment).toBeGreaterThan(0);
    },
  );

  it.each(['client', 'server'] as const)('no Finished of the %s at all: nothing completes', (role) => {
    deviate(role, ({ send }) => ({
      send: (type, body) => {
        if (type !== T.finished) send(type, body);
      },
    }));
    const pair = makePair().run();
    const honest = role === 'client' ? 'server' : 'client';
    expectLocked(pair, honest);
    expect(pair[honest].error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
  });

  it.each(['client', 'server'] as const)(
    'a ChangeCipherSpec of the %s early, or again, is of no effect',
    (role) => {
      const extra = plaintextRecord(ContentType.change_cipher_spec, Uint8Array.of(1));
      const pair = makePair({}, {}, (datagram, from) =>
        from === role ? [concat(extra, datagram, extra), extra] : [datagram],
      );
      expectConnected(pair.run());
    },
  );

  it('nor is one that never arrives: the epoch of what follows says it all', () => {
    const pair = makePair({}, {}, (datagram) =>
      recordsOf(datagram)
        .filter(({ type }) => type !== ContentType.change_cipher_spec)
        .map(writeRecord),
    );
    expectConnected(pair.run());
  });

  it('the Finished of the client instead of its whole flight is not even opened', () => {
    deviate('client', ({ send, sendChangeCipherSpec }) => ({
      send: (type, body) => {
        if (type === T.client_hello || type === T.finished) send(type, body);
      },
      sendChangeCipherSpec,
    }));
    const pair = makePair().run();
    expectLocked(pair, 'server');
    expect(pair.server.error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
  });
});

describe('cookie exchange (RFC 6347 §4.2.1)', () => {
  const cookies = (times: number): Pair => {
    // Spoils the cookie on its way as often as that, so that the server asks again.
    let spoiled = 0;
    const path = tamper('client', T.client_hello, (body) => {
      const cookieLength = body[35] ?? 0;
      if (cookieLength === 0 || spoiled === times) return body;
      spoiled++;
      const copy = new Uint8Array(body);
      copy[36] = (copy[36] ?? 0) ^ 1;
      return copy;
    });
    return makePair(WHOLE_FLIGHTS, { ...WHOLE_FLIGHTS, cookieExchange: true }, path).run();
  };

  it('a server may ask again', () => expectConnected(cookies(2)));

  it('but not for ever', () => {
    const pair = cookies(10);
    expect(pair.client.error).toMatchObject({
      code: 'ERR_DTLS_UNEXPECTED_MESSAGE',
      alert: 'unexpected_message',
    });
    expect(pair.client.error?.message).toContain('5 times');
  });

  it('a HelloVerifyRequest after the ServerHello is refused', () => {
    const path = arrange('server', (messages) => [
      ...messages.slice(0, 1),
      { type: T.hello_verify_request, messageSeq: 0, body: Uint8Array.of(0xfe, 0xff, 1, 7) },
      ...messages.slice(1),
    ]);
    const pair = runOnce(makePair(WHOLE_FLIGHTS, WHOLE_FLIGHTS, path));
    expectRefusal(
      pair,
      'client',
      'ERR_DTLS_UNEXPECTED_MESSAGE',
      'unexpected_message',
      /hello_verify_request/,
    );
  });

  it('a malformed HelloVerifyRequest is refused', () => {
    const path = tamper('server', T.hello_verify_request, () => Uint8Array.of(0xfe, 0xff, 9));
    const pair = makePair(WHOLE_FLIGHTS, { ...WHOLE_FLIGHTS, cookieExchange: true }, path).run();
    expect(pair.client.error).toMatchObject({ code: 'ERR_DTLS_DECODE', alert: 'decode_error' });
  });
});
