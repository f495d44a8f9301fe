import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviate } from '../../test/lib/deviant.ts';
import { certificateOf, makeEnd, makePair, pairWith } from '../../test/lib/ends.ts';
import { expectConnected, expectRefusal } from '../../test/lib/expect.ts';
import { editClientHello } from '../../test/lib/hello-edits.ts';
import { bring, connected, expectAlive, messages } from '../../test/lib/live.ts';
import type { Pair } from '../../test/lib/pair.ts';
import { fragmentsOf, plaintextRecord, recordsOf, writeRecord } from '../../test/lib/records.ts';
import { sealerOf } from '../../test/lib/sealer.ts';
import { concat } from '../bytes/bytes.ts';
import { Certificate } from '../certificate/certificate.ts';
import { Alert, AlertLevel } from '../registry/alerts.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { writeHandshakeFragment, writeHandshakeMessage } from '../wire/handshake.ts';
import { writeCertificate } from '../wire/messages/certificate.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

afterEach(() => void vi.restoreAllMocks());

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** What asks the other side to begin again: a HelloRequest of a server, a ClientHello of a client. */
const beginAgain = (from: Side): Uint8Array =>
  writeHandshakeMessage(
    from === 'server'
      ? { type: HandshakeType.hello_request, messageSeq: 7, body: new Uint8Array(0) }
      : { type: HandshakeType.client_hello, messageSeq: 6, body: new Uint8Array(60) },
  );

/** Any bytes of the message of that number, from anyone. */
const piece = (messageSeq: number, length: number, offset: number, count: number): Uint8Array =>
  writeHandshakeFragment(
    { type: HandshakeType.certificate, messageSeq, body: new Uint8Array(length).fill(messageSeq) },
    offset,
    count,
  );

/** A connection whose path ends the test when two sides cannot stop answering each other. */
function restless(): Pair {
  const pair = connected();
  let left = 200;
  pair.path = (datagram) => {
    if (left-- === 0) throw new Error('an answer to each answer, without end');
    return [datagram];
  };
  return pair;
}

describe('alerts without end', () => {
  const warnings = Object.entries(Alert).flatMap(([name, number]) =>
    name === 'close_notify' ? [] : [Uint8Array.of(AlertLevel.warning, number)],
  );

  it.each(SIDES)('warnings under keys to the %s: each is counted, none is answered', (to) => {
    const pair = restless();
    const seal = sealerOf(pair, other(to));
    const sent = pair.sent.length;
    for (let i = 0; i < 20; i++)
      bring(pair, other(to), concat(...warnings.map((alert) => seal(ContentType.alert, alert))));
    expect(pair.sent).toHaveLength(sent);
    expect(pair[to].stats.discards).toEqual({ ignored_alert: 20 * warnings.length });
    // The sealer has left the true sender's numbers far behind.
    bring(pair, other(to), seal(ContentType.application_data, Buffer.from('still here')));
    pair[to].send(Buffer.from('so am I'), pair.now);
    expect([messages(pair.settle(), to), messages(pair, other(to))]).toEqual([['still here'], ['so am I']]);
  });

  it.each(SIDES)('a peer that answers every alert of the %s with two gets four, and no more', (to) => {
    const pair = connected();
    const from = other(to);
    const seal = sealerOf(pair, from);
    const answer = (): Uint8Array =>
      concat(
        seal(ContentType.alert, Uint8Array.of(AlertLevel.warning, Alert.no_renegotiation)),
        seal(ContentType.handshake, beginAgain(from)),
      );
    const sent = pair.sent.length;
    let alerts = 0;
    pair.path = (datagram, sender) => {
      if (sender === from) return [datagram];
      alerts++;
      if (alerts < 100) pair[to].receive(answer(), pair.now);
      return [];
    };
    for (let i = 0; i < 10; i++) bring(pair, from, answer());
    expect([alerts, pair.sent.length - sent]).toEqual([4, 4]);
    expect(pair[to].stats.discards).toEqual({ ignored_alert: 14, renegotiation: 14 });
    pair.path = (datagram) => [datagram];
    expectAlive(pair);
  });

  it('two of ours that ask each other to renegotiate come to rest, and live', () => {
    const pair = restless();
    const seals = { client: sealerOf(pair, 'client'), server: sealerOf(pair, 'server') };
    const sent = pair.sent.length;
    for (let i = 0; i < 10; i++)
      for (const from of SIDES) bring(pair, from, seals[from](ContentType.handshake, beginAgain(from)));
    expect(pair.sent.length - sent).toBe(8);
    for (const side of SIDES)
      expect(pair[side].stats.discards).toEqual({ renegotiation: 10, ignored_alert: 4 });
    expectAlive(pair);
  });

  it('after the last word nothing is answered any more', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    pair.path = () => [];
    pair.client.close(pair.now);
    pair.settle();
    const sent = pair.sent.length;
    for (const alert of [...warnings, Uint8Array.of(AlertLevel.warning, Alert.close_notify)])
      bring(
        pair,
        'server',
        seal(ContentType.alert, alert),
        seal(ContentType.handshake, beginAgain('server')),
      );
    expect(pair.sent).toHaveLength(sent);
    expect(pair.client.stats.discards).toEqual({ not_open: 2 * (warnings.length + 1) });
  });

  it.each(SIDES)('warnings and ChangeCipherSpecs from anyone, before the keys of the %s: no answer', (to) => {
    const pair = makePair();
    const flood = concat(
      ...times(2000, () => plaintextRecord(ContentType.alert, Uint8Array.of(AlertLevel.warning, 90))),
      ...times(2000, () => plaintextRecord(ContentType.change_cipher_spec, Uint8Array.of(1))),
    );
    pair.path = (datagram, from) => {
      if (pair.sent.length > 100) throw new Error('an answer to each, without end');
      return from === other(to) ? [flood, datagram] : [datagram];
    };
    expectConnected(pair.start());
    expect(pair.sent.map(({ from }) => from).join()).toBe(
      makePair()
        .start()
        .sent.map(({ from }) => from)
        .join(),
    );
    expect(pair[to].stats.discards.ignored_alert).toBeGreaterThanOrEqual(2000);
  });
});

describe('one datagram of anyone', () => {
  it('gets one HelloVerifyRequest, however many hellos are in it', () => {
    const pair = makePair({}, { cookieExchange: true });
    pair.server.start(0);
    pair.client.start(0);
    const hello = pair.client.poll();
    if (hello?.type !== 'datagram') throw new Error('no hello');
    const message = recordsOf(hello.datagram)[0]?.fragment ?? new Uint8Array(0);
    const twice = plaintextRecord(ContentType.handshake, concat(message, message));
    pair.server.receive(concat(hello.datagram, twice, ...times(20, () => hello.datagram)), 0);
    expect(pair.server.stats).toMatchObject({ datagramsSent: 1, discards: { repeated_message: 22 } });
    pair.server.receive(hello.datagram, 0);
    expect(pair.server.stats).toMatchObject({ datagramsSent: 2, discards: { repeated_message: 22 } });
  });

  it('gets one HelloVerifyRequest for the end of a hello and a whole other behind it', () => {
    const names = Array.from({ length: 20 }, (_, i) => `protocol-${i}`);
    const hello = (mtu: number): Uint8Array[] => {
      const client = makeEnd('client', { mtu, alpnProtocols: mtu === 256 ? names : ['h2'] });
      client.start(0);
      const sent: Uint8Array[] = [];
      for (let output = client.poll(); output !== undefined; output = client.poll())
        if (output.type === 'datagram') sent.push(output.datagram);
      return sent;
    };
    const [first = new Uint8Array(0), last = new Uint8Array(0)] = hello(256);
    const server = makeEnd('server', { cookieExchange: true });
    server.start(0);
    server.receive(first, 0);
    server.receive(new Uint8Array(concat(...recordsOf(last, ...hello(1200)).map(writeRecord))), 0);
    let sent = 0;
    for (let output = server.poll(); output !== undefined; output = server.poll())
      if (output.type === 'datagram') sent++;
    expect(sent).toBe(1);
  });

  it('begins twelve messages, over all its records, and the next one twelve more', () => {
    const pair = makePair();
    pair.client.start(0);
    const begin = (messageSeq: number, length: number): Uint8Array =>
      plaintextRecord(ContentType.handshake, piece(messageSeq, length, 0, 1));
    const twelve = times(12, (i) => begin(1, 100 + i));
    pair.client.receive(concat(...twelve, begin(2, 100), begin(3, 100)), 0);
    expect(pair.client.stats.discards).toEqual({ conflicting_fragment: 11, fragment_limit: 2 });
    pair.client.receive(begin(2, 100), 0);
    expect(pair.client.stats.discards).toEqual({ conflicting_fragment: 11, fragment_limit: 2 });
  });
});

describe('fragments without end, from anyone in the name of the peer', () => {
  const flood = (): Uint8Array[] => [
    ...times(30, (i) => concat(...times(8, (n) => piece(n, 60_000, 500 * i, 20)))),
    ...times(30, (i) => concat(...times(40, (n) => piece(0, 30_000, 100 * (40 * i + n), 3)))),
    ...times(30, (i) => concat(...times(20, (n) => piece(8 + 997 * i + n, 9, 0, 9)))),
    ...times(30, () => piece(0, 65_537, 0, 10)),
  ];

  it.each(SIDES)(
    'to the %s: what is beyond each bound is counted, and the true handshake completes',
    (to) => {
      const pair = makePair();
      let arrived = 0;
      pair.path = (datagram, from) => {
        if (from === to || arrived++ > (to === 'server' ? 1 : 0)) return [datagram];
        const forged = flood().map((fragments) => plaintextRecord(ContentType.handshake, fragments));
        return to === 'client' ? [...forged, datagram] : [datagram, ...forged];
      };
      expectConnected(pair.run());
      const { fragment_limit = 0, message_ahead = 0, conflicting_fragment = 0 } = pair[to].stats.discards;
      expect(fragment_limit).toBeGreaterThan(30);
      expect(message_ahead).toBeGreaterThan(500);
      expect(conflicting_fragment).toBeGreaterThan(0);
    },
  );

  it.each(SIDES)('while the %s waits for an answer: one request is open, and nothing is handled', (side) => {
    const pair = pairWith(side, { verifyPeer: 'request' }).start();
    const sent = pair.sent.length;
    for (const fragments of flood())
      pair[side].receive(plaintextRecord(ContentType.handshake, fragments), pair.now);
    pair.settle();
    expect(pair.sent).toHaveLength(sent);
    const [request] = pair.of(side, 'request');
    expect(pair.of(side, 'request')).toHaveLength(1);
    pair[side].resolve(request?.id ?? 0, true, pair.now);
    for (let i = 0; i < 20 && pair.settle()[side].state !== 'connected'; i++) pair.tick();
    expectConnected(pair);
  });
});

describe('the peer’s certificates', () => {
  const chainOf = (length: number): Certificate => {
    const { pem, privateKeyPem } = certificateOf();
    return Certificate.fromPem({ cert: pem.repeat(length), key: privateKeyPem });
  };

  it.each(SIDES)('ten of the %s are taken, eleven are a decode_error', (side) => {
    expectConnected(pairWith(side, { certificate: chainOf(10) }).run());
    const refused = pairWith(side, { certificate: chainOf(11) }).run();
    expectRefusal(refused, other(side), 'ERR_DTLS_DECODE', 'decode_error', /Certificate/);
  });

  it.each(SIDES)(
    'of the %s in more than 65,536 bytes: dropped, and the handshake ends with its time',
    (side) => {
      const chain = times(10, (i) => new Uint8Array(6600).fill(i));
      expect(writeCertificate(chain).length).toBeGreaterThan(65_536);
      deviate(side, ({ send }) => ({
        send: (type, body) => send(type, type === HandshakeType.certificate ? writeCertificate(chain) : body),
      }));
      const pair = makePair({ handshakeTimeout: 2000 }, { handshakeTimeout: 2000 }).run();
      expect(pair[other(side)].error?.code).toBe('ERR_DTLS_HANDSHAKE_TIMEOUT');
      expect(pair[other(side)].stats.discards.fragment_limit).toBeGreaterThan(0);
      expect(pair[other(side)].remoteCertificate).toBeUndefined();
    },
  );
});

describe('application data', () => {
  it('before the Finished: 16 messages are held, and those after them dropped', () => {
    const pair = makePair();
    // The last flight of the server is lost, and comes again when the client repeats its own.
    let lost = 0;
    pair.path = (datagram, from) =>
      from === 'server' && pair.server.state === 'connected' && lost++ === 0 ? [] : [datagram];
    pair.start();
    expect([pair.client.state, pair.server.state]).toEqual(['connecting', 'connected']);
    for (let i = 0; i < 40; i++) pair.server.send(Buffer.from(`${i}`), pair.now);
    pair.settle();
    expect(pair.client.stats.discards).toEqual({ too_early: 24 });
    pair.tick();
    expectConnected(pair);
    expect(messages(pair, 'client')).toEqual(times(16, String));
  });

  it.each(SIDES)('to the %s in a record of more than 16,384 bytes: dropped, and the session lives', (to) => {
    const pair = connected();
    const seal = sealerOf(pair, other(to));
    const data = (length: number): Uint8Array => seal(ContentType.application_data, new Uint8Array(length));
    bring(pair, other(to), data(16_385), data(18_432), data(19_000));
    expect(pair[to].stats.discards).toEqual({ malformed_record: 3 });
    bring(pair, other(to), data(16_384));
    expect(pair.of(to, 'message').map(({ data: { length } }) => length)).toEqual([16_384]);
    expectAlive(pair);
  });
});

describe('what is said of a hello', () => {
  it('is a sentence, however much there is in it', () => {
    const path = editClientHello((hello) => ({ ...hello, cipherSuites: times(7000, (i) => i % 0xc000) }));
    const pair: Pair = makePair({ mtu: 16_000 }, {}, path).run();
    expect(pair.server.error?.code).toBe('ERR_DTLS_NO_COMMON_CIPHER_SUITE');
    expect(pair.server.error?.message).toMatch(/and 6976 more/);
    expect(pair.server.error?.message.length).toBeLessThan(3000);
  });
});

describe('answers to a peer that repeats itself', () => {
  it('one for a datagram, however many Finished are in it', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'client');
    const finished = writeHandshakeMessage({
      type: HandshakeType.finished,
      messageSeq: 4,
      body: new Uint8Array(0),
    });
    const datagram = (): Uint8Array =>
      concat(...times(4, () => seal(ContentType.handshake, concat(...times(1300, () => finished)))));
    const before = pair.sent.length;
    bring(pair, 'client', datagram());
    expect(pair.sent.length - before).toBe(1);
    bring(pair, 'client', datagram());
    expect(pair.sent.length - before).toBe(2);
    expect(pair.server.stats.discards).toEqual({ repeated_message: 2 * 5200 });
    expectAlive(pair);
  });

  it('none while the application is asked, also to a client whose second hello has the number of its first', () => {
    const pair = makePair({ mtu: 16_000 }, { mtu: 16_000, cookieExchange: true, selectContext: 'request' });
    let hello = new Uint8Array(0);
    pair.path = (datagram, from) => {
      if (from === 'server') return [datagram];
      const [record] = recordsOf(datagram);
      const body = record && fragmentsOf(record)[0]?.fragment;
      hello = new Uint8Array(body ?? []);
      const message = { type: HandshakeType.client_hello, messageSeq: 0, body: hello };
      return [plaintextRecord(ContentType.handshake, writeHandshakeMessage(message), record?.sequenceNumber)];
    };
    pair.start();
    expect(pair.of('server', 'request')).toHaveLength(1);
    const before = pair.sent.length;
    const end = writeHandshakeFragment(
      { type: HandshakeType.client_hello, messageSeq: 0, body: hello },
      hello.length,
      0,
    );
    for (let i = 0; i < 5; i++)
      pair.server.receive(plaintextRecord(ContentType.handshake, concat(...times(1000, () => end))), i);
    expect(pair.settle().sent.length - before).toBe(0);
  });
});
