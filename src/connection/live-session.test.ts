import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/lib/ends.ts';
import { bring, connected, expectAlive, messages } from '../../test/lib/live.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { sealerOf } from '../../test/lib/sealer.ts';
import { concat } from '../bytes/bytes.ts';
import { ContentType } from '../registry/content-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { writeHandshakeMessage } from '../wire/handshake.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

describe('renegotiation is refused, and the session lives (S20)', () => {
  const requests: Readonly<Record<Side, Uint8Array>> = {
    server: writeHandshakeMessage({
      type: HandshakeType.hello_request,
      messageSeq: 7,
      body: new Uint8Array(0),
    }),
    client: writeHandshakeMessage({
      type: HandshakeType.client_hello,
      messageSeq: 6,
      body: new Uint8Array(60),
    }),
  };

  it.each(SIDES)('asked by the %s under its keys: no_renegotiation, a few times, then silence', (from) => {
    const pair = connected({ trace: true });
    const seal = sealerOf(pair, from);
    for (let i = 0; i < 10; i++) bring(pair, from, seal(ContentType.handshake, requests[from]));
    expect(pair[other(from)].stats.discards.renegotiation).toBe(10);
    const warnings = pair
      .of(from, 'trace')
      .filter(({ event }) => event.kind === 'message' && event.message === 'alert no_renegotiation');
    expect(warnings).toHaveLength(4);
    expectAlive(pair);
  });

  it.each(SIDES)('asked by anyone without keys in the name of the %s: dropped', (from) => {
    const pair = connected();
    const sent = pair.sent.length;
    bring(pair, from, plaintextRecord(ContentType.handshake, requests[from]));
    expect(pair[other(from)].stats.discards.plaintext_after_keys).toBe(1);
    expect(pair.sent).toHaveLength(sent);
    expectAlive(pair);
  });

  it('a new ClientHello in epoch 0 does not end a live association (S1)', () => {
    const pair = connected();
    const stranger = makePair().start();
    const hello = stranger.sent[0]?.datagram ?? new Uint8Array(0);
    const sent = pair.sent.length;
    bring(pair, 'client', hello);
    expect(pair.sent).toHaveLength(sent);
    expect(pair.server.stats.discards.plaintext_after_keys).toBe(1);
    expectAlive(pair);
  });

  it('other handshake messages after the handshake are dropped', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    const body = new Uint8Array(12);
    for (const type of [HandshakeType.server_hello, HandshakeType.finished, 99]) {
      bring(
        pair,
        'server',
        seal(ContentType.handshake, writeHandshakeMessage({ type, messageSeq: 9, body })),
      );
    }
    bring(
      pair,
      'server',
      seal(ContentType.handshake, Uint8Array.of(1, 2, 3)),
      seal(ContentType.handshake, new Uint8Array(0)),
    );
    expectAlive(pair);
  });
});

describe('records under keys', () => {
  it('a bad record in the middle of a datagram is dropped, and those behind it are read (S12)', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    const data = (text: string): Uint8Array => seal(ContentType.application_data, Buffer.from(text));
    const bad = data('bad');
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1;
    const sent = pair.sent.length;
    bring(
      pair,
      'server',
      concat(data('one'), bad, plaintextRecord(ContentType.application_data, bad), data('two')),
    );
    expect(messages(pair, 'client')).toEqual(['one', 'two']);
    expect(pair.sent).toHaveLength(sent);
    expect(pair.client.stats.discards).toMatchObject({ bad_tag: 1, plaintext_after_keys: 1 });
  });

  it('a record is taken once; forged highest numbers and epochs change nothing (S10)', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    const record = seal(ContentType.application_data, Buffer.from('once'));
    const forged = (at: number, value: number): Uint8Array => {
      const copy = new Uint8Array(record);
      copy[at] = value;
      return copy;
    };
    bring(pair, 'server', forged(5, 0xff), forged(4, 2), forged(4, 3), forged(3, 0xff), record, record);
    expect(messages(pair, 'client')).toEqual(['once']);
    expect(pair.client.stats.discards).toMatchObject({ bad_tag: 1, replayed: 1 });
    expectAlive(pair);
  });

  // There is no epoch 2 in DTLS 1.2; 16 such records are held, and copied again with each record that comes.
  it('records of an epoch that will never come are not kept (S10)', () => {
    const pair = connected();
    const record = sealerOf(pair, 'server')(ContentType.application_data, new Uint8Array(100));
    record[4] = 2;
    for (let i = 0; i < 40; i++) bring(pair, 'server', record);
    const { discards } = pair.client.stats;
    expect((discards.unknown_epoch ?? 0) + (discards.too_early ?? 0)).toBe(40);
  });

  it('says whether a datagram was authentic and the newest: then its sender has moved', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    const [first, second] = [1, 2].map(() => seal(ContentType.application_data, Uint8Array.of(1)));
    if (first === undefined || second === undefined) throw new Error('no record');
    const newest = (record: Uint8Array): boolean => pair.client.receive(record, 0).authenticatedNewest;
    const forged = new Uint8Array(second);
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect([newest(forged), newest(second), newest(second), newest(first)]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(newest(plaintextRecord(ContentType.handshake, new Uint8Array(12)))).toBe(false);
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['STUN', [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]],
    ['half a header', [23, 0xfe, 0xfd, 0, 1]],
    ['a record cut short', [23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 40, 1, 2]],
  ])('%s is malformed, and counted', (_, bytes) => {
    const pair = connected();
    bring(pair, 'server', Uint8Array.from(bytes));
    expect(pair.client.stats.discards.malformed_record).toBe(1);
    expectAlive(pair);
  });

  it('a content type that is none is dropped', () => {
    const pair = connected();
    const seal = sealerOf(pair, 'server');
    bring(pair, 'server', seal(24, Uint8Array.of(1)), seal(ContentType.change_cipher_spec, Uint8Array.of(1)));
    expect(pair.client.stats.discards.unexpected_content_type).toBe(2);
    expectAlive(pair);
  });
});
