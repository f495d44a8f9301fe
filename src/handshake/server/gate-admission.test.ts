import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  clientHello,
  described,
  helloDatagram,
  type Numbers,
  peerOf,
  replyOf,
} from '../../../test/flood/lib/hellos.ts';
import { collectGarbage } from '../../../test/flood/lib/memory.ts';
import { type EndOptions, makeEnd } from '../../../test/lib/ends.ts';
import { expectConnected } from '../../../test/lib/expect.ts';
import { Pair } from '../../../test/lib/pair.ts';
import { recordsOf } from '../../../test/lib/records.ts';
import type { DtlsConnection } from '../../connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../connection/options.ts';
import type { ClientHello } from '../../wire/messages/client-hello.ts';
import { type Admission, admittedHello } from './admission.ts';
import { HelloGate } from './gate.ts';

const PEER = peerOf(1);

/** What a gate admits a hello with. */
function admissionOf(hello: ClientHello = clientHello(), numbers: Numbers = {}): Admission {
  const gate = new HelloGate();
  const { cookie } = replyOf(gate.receive(helloDatagram(hello), PEER, 0));
  const result = gate.receive(helloDatagram({ ...hello, cookie }, numbers), PEER, 0);
  if (result.type !== 'admission') throw new Error(`not admitted: ${described(result)}`);
  return result.admission;
}

interface Admitted {
  readonly pair: Pair;
  /** The datagrams of the client that the gate had, each overwritten once it had been read. */
  readonly hellos: readonly Uint8Array[];
}

/** A client that has come through a gate, and the connection that is to answer it, which is not started. */
function admitted(client: EndOptions = {}, server: EndOptions = {}): Admitted {
  const gate = new HelloGate();
  const connection = makeEnd('client', client);
  const hellos: Uint8Array[] = [];
  connection.start(0);
  for (;;) {
    const output = connection.poll();
    if (output?.type !== 'datagram') {
      if (output === undefined) throw new Error('the client was not admitted');
      continue;
    }
    hellos.push(Uint8Array.from(output.datagram));
    const result = gate.receive(output.datagram, PEER, 0);
    output.datagram.fill(0xee);
    if (result.type === 'reply') connection.receive(result.datagram, 0);
    if (result.type !== 'admission') continue;
    const { admission } = result;
    return { pair: new Pair(connection, makeEnd('server', { admission, ...server })), hellos };
  }
}

const make = (options: object): DtlsConnection => makeEnd('server', options);

describe('a DtlsConnection made with the admission of a HelloGate', () => {
  it.each<[string, EndOptions]>([
    ['whole', {}],
    ['in fragments', { mtu: 256, alpnProtocols: ['a'.repeat(250)] }],
  ])('answers the hello as soon as it starts, and completes; the hello came %s', (_, client) => {
    const { pair, hellos } = admitted(client, client);
    expect(hellos.length > 2).toBe(client.mtu !== undefined);
    pair.server.start(0);
    pair.client.handleTimeout(0);
    expectConnected(pair.settle());
    pair.client.send(Uint8Array.of(1, 2), 0);
    pair.server.send(Uint8Array.of(3), 0);
    pair.settle();
    expect(pair.of('server', 'message').map(({ data }) => [...data])).toEqual([[1, 2]]);
    expect(pair.of('client', 'message').map(({ data }) => [...data])).toEqual([[3]]);
  });

  it('traces the hello as received, in its record, and the answer to it', () => {
    const { pair, hellos } = admitted({}, { trace: true });
    const [record] = recordsOf(hellos.at(-1) ?? new Uint8Array(0));
    pair.server.start(0);
    pair.settle();
    const messages = pair
      .of('server', 'trace')
      .flatMap(({ event }) => (event.kind === 'message' ? [event] : []));
    const told = messages.slice(0, 2).map(({ direction, message, messageSeq, epoch, sequenceNumber }) => ({
      ...{ direction, message, messageSeq, epoch, sequenceNumber },
    }));
    const numbers = { messageSeq: 1, epoch: 0, sequenceNumber: record?.sequenceNumber };
    expect(told).toEqual([
      { direction: 'received', message: 'client_hello', ...numbers },
      { direction: 'sent', message: 'server_hello', ...numbers },
    ]);
  });

  it.each([1, 7, 65_536])(
    'begins with the record sequence number of the hello, %i, and rises from there (RFC 6347 §4.2.1)',
    (sequenceNumber) => {
      const admission = admissionOf(clientHello(), { sequenceNumber });
      const pair = new Pair(makeEnd('client'), make({ admission, mtu: 300 }), () => []);
      pair.server.start(0);
      pair.settle();
      pair.server.handleTimeout(400);
      pair.settle();
      const numbers = recordsOf(...pair.sent.map(({ datagram }) => datagram)).map((r) => r.sequenceNumber);
      expect(numbers.length).toBeGreaterThan(4);
      expect(numbers).toEqual(numbers.map((_, i) => sequenceNumber + i));
    },
  );

  it.each<Required<Numbers>>([
    { messageSeq: 1, sequenceNumber: 2 ** 48 - 1 },
    { messageSeq: 1, sequenceNumber: 2 ** 48 - 3 },
    { messageSeq: 65_535, sequenceNumber: 1 },
  ])(
    'a hello with the last of all numbers, %o: nothing throws, and no number comes twice (S13)',
    (numbers) => {
      const pair = new Pair(
        makeEnd('client'),
        make({ admission: admissionOf(clientHello(), numbers) }),
        () => [],
      );
      pair.server.start(0);
      for (let i = 0; i < 5; i++) {
        pair.settle();
        pair.server.handleTimeout(pair.server.nextTimeout ?? 0);
      }
      const sent = recordsOf(...pair.sent.map(({ datagram }) => datagram)).map((r) => r.sequenceNumber);
      expect(new Set(sent).size).toBe(sent.length);
      expect(sent.every((number) => number >= numbers.sequenceNumber)).toBe(true);
    },
  );

  it('answers the hello again when it is repeated, for its flight may be lost', () => {
    const { pair, hellos } = admitted();
    pair.path = (datagram, from) => (from === 'server' && pair.now === 0 ? [] : [datagram]);
    pair.server.start(0);
    pair.settle();
    expect(pair.client.state).toBe('connecting');
    pair.now = 400;
    pair.server.receive(hellos.at(-1) ?? new Uint8Array(0), pair.now);
    expectConnected(pair.settle());
  });

  it('does nothing before it is started', () => {
    const connection = make({ admission: admissionOf() });
    expect([connection.state, connection.nextTimeout, connection.poll()]).toEqual([
      'new',
      undefined,
      undefined,
    ]);
  });

  it('ends at handshakeTimeout when the client says no more (S8)', () => {
    const connection = make({ admission: admissionOf(), handshakeTimeout: 5000 });
    connection.start(100);
    for (let next = connection.nextTimeout; next !== undefined; next = connection.nextTimeout) {
      expect(next).toBeLessThanOrEqual(5100);
      connection.handleTimeout(next);
    }
    expect(connection.error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
  });

  it('refuses a hello that it cannot answer with an alert: the address is proven', () => {
    const connection = make({ admission: admissionOf(clientHello({ cipherSuites: [0x0005] })) });
    connection.start(0);
    expect(connection.error).toMatchObject({
      code: 'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      alert: 'handshake_failure',
    });
  });

  it('once it is connected, nothing of the admission is kept, and nothing of the hello', async () => {
    const references: WeakRef<object>[] = [];
    const connect = (): DtlsConnection => {
      const gate = new HelloGate();
      const client = makeEnd('client');
      client.start(0);
      for (let output = client.poll(); ; output = client.poll()) {
        if (output?.type !== 'datagram') continue;
        const result = gate.receive(output.datagram, PEER, 0);
        if (result.type === 'reply') client.receive(result.datagram, 0);
        if (result.type !== 'admission') continue;
        const hello = admittedHello(result.admission);
        for (const own of [result.admission, hello, hello.message.body]) references.push(new WeakRef(own));
        const pair = new Pair(client, make({ admission: result.admission }));
        pair.server.start(0);
        expectConnected(pair.settle());
        return pair.server;
      }
    };
    const server = connect();
    await setImmediate();
    collectGarbage();
    expect(references.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined]);
    expect(server.state).toBe('connected');
  });
});

describe('the option admission', () => {
  const admission = admissionOf();

  it.each<[string, object, string]>([
    ['of a client', { role: 'client', admission }, 'ERR_INVALID_ARG_VALUE'],
    ['together with cookieExchange', { admission, cookieExchange: true }, 'ERR_INVALID_ARG_VALUE'],
    ['that is an empty object', { admission: {} }, 'ERR_INVALID_ARG_TYPE'],
    ['that is a copy of one', { admission: { ...admission } }, 'ERR_INVALID_ARG_TYPE'],
    [
      'that looks like one',
      { admission: Object.create(Object.getPrototypeOf(admission)) },
      'ERR_INVALID_ARG_TYPE',
    ],
    ['that is a proxy of one', { admission: new Proxy(admission, {}) }, 'ERR_INVALID_ARG_TYPE'],
    [
      'that is the result of the gate',
      { admission: { type: 'admission', admission } },
      'ERR_INVALID_ARG_TYPE',
    ],
    ['that is true', { admission: true }, 'ERR_INVALID_ARG_TYPE'],
    ['that is null', { admission: null }, 'ERR_INVALID_ARG_TYPE'],
    ['that is a number', { admission: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ])('%s is refused', (_, options, code) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/"options\.\w+".*\.$/) }),
    );
  });

  it('may be said to be undefined, and cookieExchange false', () => {
    make({ admission: undefined });
    make({ admission, cookieExchange: false } satisfies Partial<DtlsConnectionOptions>);
  });
});
