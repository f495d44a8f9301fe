import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientHello,
  described,
  helloDatagram,
  helloPieces,
  longHello,
  type Numbers,
  peerOf,
  randomOf,
  replyOf,
  together,
} from '../../../test/flood/lib/hellos.ts';
import { memoryAfter } from '../../../test/flood/lib/memory.ts';
import { plaintextRecord } from '../../../test/lib/records.ts';
import { EMPTY } from '../../bytes/bytes.ts';
import { ContentType } from '../../registry/content-types.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { writeHandshakeMessage } from '../../wire/handshake.ts';
import { type ClientHello, writeClientHello } from '../../wire/messages/client-hello.ts';
import { HelloGate } from './gate.ts';

const PEER = peerOf(1);
const BARE = clientHello({ cipherSuites: [0xc02b], extensions: new Map() });

const receive = (gate: HelloGate, datagram: Uint8Array, now = 0): string =>
  described(gate.receive(datagram, PEER, now));

describe('HelloGate.receive() of a hello without a cookie', () => {
  it('asks for one in 60 bytes, with protocol version 1.0 whatever is negotiated later (RFC 6347 §4.2.1)', () => {
    const { datagram, record, fragment, cookie } = replyOf(
      new HelloGate().receive(helloDatagram(clientHello()), PEER, 0),
    );
    expect(datagram.length).toBe(60);
    expect([record.type, record.epoch]).toEqual([ContentType.handshake, 0]);
    expect([...fragment.fragment.subarray(0, 2)]).toEqual([0xfe, 0xff]);
    expect(cookie.length).toBe(32);
  });

  it.each<Required<Numbers>>([
    { messageSeq: 0, sequenceNumber: 0 },
    { messageSeq: 0, sequenceNumber: 7 },
    { messageSeq: 1, sequenceNumber: 1 },
    { messageSeq: 65_535, sequenceNumber: 2 ** 48 - 1 },
  ])('with the record and message sequence number of the hello: %o (RFC 6347 §4.2.1)', (numbers) => {
    const { record, fragment } = replyOf(
      new HelloGate().receive(helloDatagram(clientHello(), numbers), PEER, 0),
    );
    expect([record.sequenceNumber, fragment.messageSeq]).toEqual([
      numbers.sequenceNumber,
      numbers.messageSeq,
    ]);
  });

  it('answers it again when it comes again, for the reply may be lost (S3)', () => {
    const gate = new HelloGate();
    const datagram = helloDatagram(clientHello());
    const cookies = [0, 1, 2].map((now) => replyOf(gate.receive(datagram, PEER, now)).cookie);
    for (const cookie of cookies) {
      expect(receive(gate, helloDatagram(clientHello({ cookie })), 3)).toBe('admission');
    }
  });

  it('admits the hello with the cookie, and again when that is repeated', () => {
    const gate = new HelloGate();
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello()), PEER, 0));
    const second = helloDatagram(clientHello({ cookie }));
    expect([receive(gate, second), receive(gate, second)]).toEqual(['admission', 'admission']);
  });

  it('hands out datagrams with memory of their own', () => {
    const { datagram } = replyOf(new HelloGate().receive(helloDatagram(clientHello()), PEER, 0));
    expect(datagram.buffer.byteLength).toBe(datagram.length);
  });
});

describe('HelloGate.receive(): bytes out against bytes in (S3)', () => {
  it('the reply does not exceed the shortest hello there is', () => {
    const datagram = helloDatagram(clientHello({ ...BARE, cipherSuites: [0xc02b] }));
    expect(datagram.length).toBeLessThan(70);
    expect(replyOf(new HelloGate().receive(datagram, PEER, 0)).datagram.length).toBeLessThanOrEqual(
      datagram.length,
    );
  });

  /** Any piece, of any of these hellos, from any of these peers, whole or in part, true or spoilt. */
  const hellos = [BARE, clientHello(), clientHello({ random: randomOf(2) }), longHello()].map((hello) => ({
    hello,
    body: writeClientHello(hello),
  }));
  const pieces = fc
    .record({
      from: fc.nat(2),
      which: fc.nat(hellos.length - 1),
      whole: fc.boolean(),
      messageSeq: fc.constantFrom(0, 0, 0, 1),
      ends: fc.tuple(fc.double({ min: 0, max: 1 }), fc.double({ min: 0, max: 1 })),
      spoilt: fc.option(fc.nat(200), { nil: undefined }),
      twice: fc.boolean(),
    })
    .map(({ from, which, whole, messageSeq, ends, spoilt, twice }) => {
      const { hello = BARE, body = EMPTY } = hellos[which] ?? {};
      const [a, b] = ends.map((end) => Math.round((end || 0) * body.length)).sort((x, y) => x - y);
      const cuts = whole ? [] : [a ?? 0, b ?? 0];
      const [piece = EMPTY, middle = piece] = helloPieces(hello, cuts, { messageSeq });
      const datagram = new Uint8Array(whole ? piece : middle);
      if (spoilt !== undefined && spoilt < datagram.length) datagram[spoilt] = 0xa5;
      return { from, datagram: twice ? together(datagram, datagram) : datagram };
    });

  it('never more to any address than came from there, whatever comes', () => {
    let replies = 0;
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (list) => {
        const gate = new HelloGate();
        const came = [0, 0, 0];
        const went = [0, 0, 0];
        list.forEach(({ from, datagram }, now) => {
          const result = gate.receive(datagram, peerOf(from), now);
          came[from] = (came[from] ?? 0) + datagram.length;
          expect(result.type).not.toBe('admission');
          if (result.type !== 'reply') return;
          replies++;
          went[from] = (went[from] ?? 0) + result.datagram.length;
          expect(went[from]).toBeLessThanOrEqual(came[from] ?? 0);
        });
      }),
      { numRuns: 300 },
    );
    expect(replies).toBeGreaterThan(30);
  });
});

describe('HelloGate.receive(): nothing is kept of a stranger (S2)', () => {
  it('100,000 hellos without a cookie, each from another address: memory is flat, and none is admitted', () => {
    const gate = new HelloGate();
    const datagram = helloDatagram(clientHello());
    const storm = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        datagram.set(randomOf(i), 27); // behind both headers and the version
        if (gate.receive(datagram, peerOf(i, 1 + (i % 65_535)), i / 100).type !== 'reply')
          throw new Error(`no reply to hello ${i}`);
      }
    };
    const before = memoryAfter(() => storm(0, 10_000));
    const after = memoryAfter(() => storm(10_000, 110_000));
    expect(gate.stats).toEqual({
      received: 110_000,
      replies: 110_000,
      admissions: 0,
      waiting: 0,
      discards: {},
    });
    // Ten bytes for each would be more.
    expect(after - before).toBeLessThan(1_000_000);
  });
});

describe('HelloGate.receive() of what is no hello', () => {
  const handshake = (type: number, body: Uint8Array): Uint8Array =>
    plaintextRecord(ContentType.handshake, writeHandshakeMessage({ type, messageSeq: 0, body }));
  const hello = helloDatagram(clientHello());
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = new Uint8Array(hello);
    bytes[at] = value;
    return bytes;
  };

  it.each<[string, Uint8Array]>([
    ['nothing', EMPTY],
    ['one byte', Uint8Array.of(22)],
    ['noise', new Uint8Array(100).fill(0xee)],
    ['STUN', Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12))],
    ['RTP', Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, ...new Uint8Array(160))],
    ['an alert', plaintextRecord(ContentType.alert, Uint8Array.of(2, 40))],
    ['a ChangeCipherSpec', plaintextRecord(ContentType.change_cipher_spec, Uint8Array.of(1))],
    ['application data', plaintextRecord(ContentType.application_data, new Uint8Array(50))],
    ['a hello in epoch 1', changed(4, 1)],
    ['a hello of TLS', changed(1, 3)],
    ['a ServerHello', handshake(HandshakeType.server_hello, new Uint8Array(40))],
    ['a HelloVerifyRequest', handshake(HandshakeType.hello_verify_request, new Uint8Array(40))],
    ['a Finished', handshake(HandshakeType.finished, new Uint8Array(12))],
    ['a record without content', plaintextRecord(ContentType.handshake, EMPTY)],
    ['half a handshake header', plaintextRecord(ContentType.handshake, new Uint8Array(11).fill(1))],
    ['a hello whose record is cut short', hello.subarray(0, -1)],
    ['two hellos in two records', together(hello, hello)],
    ['a hello with noise behind it', together(hello, Uint8Array.of(0))],
    [
      'two hellos in one record',
      plaintextRecord(ContentType.handshake, together(hello.subarray(13), hello.subarray(13))),
    ],
  ])('%s: not_a_client_hello', (_, datagram) => {
    const gate = new HelloGate();
    expect(receive(gate, datagram)).toBe('discard, not_a_client_hello');
    expect(gate.stats.discards).toEqual({ not_a_client_hello: 1 });
    expect(receive(gate, hello)).toBe('reply');
  });

  it('a hello from port 0, to which nothing can be sent: no_return_address', () => {
    const gate = new HelloGate();
    expect(described(gate.receive(hello, { ...PEER, port: 0 }, 0))).toBe('discard, no_return_address');
  });

  it('every truncation of a hello’s body, in a message of that length: malformed_hello, and no read past the end (S4)', () => {
    const full = clientHello({ sessionId: new Uint8Array(32), cookie: new Uint8Array(32) });
    const body = writeClientHello(full);
    const withoutExtensions = writeClientHello({ ...full, extensions: new Map() }).length;
    for (let length = 0; length < body.length; length++) {
      const result = receive(
        new HelloGate(),
        handshake(HandshakeType.client_hello, body.subarray(0, length)),
      );
      expect(result).toBe(length === withoutExtensions ? 'reply' : 'discard, malformed_hello');
    }
  });

  it.each([1, 2, 31, 32, 33, 254, 255])(
    'a cookie of %i bytes that is not ours is as good as none (S4)',
    (length) => {
      const cookie = new Uint8Array(length).fill(1);
      const datagram = helloDatagram(clientHello({ cookie }));
      expect(replyOf(new HelloGate().receive(datagram, PEER, 0)).datagram.length).toBeLessThanOrEqual(
        datagram.length,
      );
    },
  );

  it.each([1, 100, 255])(
    'a cookie said to have %i bytes more than the message: malformed_hello (S4)',
    (more) => {
      const bare: ClientHello = { ...BARE, compressionMethods: Uint8Array.of(0) };
      const body = writeClientHello(bare);
      const at = 2 + 32 + 1; // of the cookie's length
      body[at] = Math.min(255, body.length - at - 1 + more);
      expect(receive(new HelloGate(), handshake(HandshakeType.client_hello, body))).toBe(
        'discard, malformed_hello',
      );
    },
  );

  it('never throws, whatever the bytes (S27)', () => {
    const gate = new HelloGate();
    const nearly = fc
      .tuple(fc.nat(hello.length - 1), fc.nat(255), fc.nat(hello.length))
      .map(([at, value, length]) => changed(at, value).subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), nearly), (bytes) => {
        expect(gate.receive(bytes, PEER, 0).type).toMatch(/^(reply|waiting|discard)$/);
      }),
      { numRuns: 2000 },
    );
  });
});
