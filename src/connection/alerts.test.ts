import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked } from '../../test/lib/expect.ts';
import { bring, connected, expectAlive } from '../../test/lib/live.ts';
import type { Pair } from '../../test/lib/pair.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { sealerOf } from '../../test/lib/sealer.ts';
import { Alert, AlertLevel, type AlertName } from '../registry/alerts.ts';
import { ContentType } from '../registry/content-types.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

const alert = (level: number, name: AlertName): Uint8Array => Uint8Array.of(level, Alert[name]);
const plaintextAlert = (level: number, name: AlertName): Uint8Array =>
  plaintextRecord(ContentType.alert, alert(level, name));

/** A handshake in which the `at`-th datagram on its way to `to` is replaced by something else. */
function replaced(to: Side, at: number, by: Uint8Array): Pair {
  let count = 0;
  return makePair({}, {}, (datagram, from) => (from !== to && count++ === at ? [by] : [datagram]));
}

describe('an alert during the handshake', () => {
  it.each([
    ['client', 0],
    ['client', 1],
    ['server', 1],
  ] as const)('fatal, to the %s in place of datagram %i: ends it, and is not answered', (to, at) => {
    const pair = replaced(to, at, plaintextAlert(AlertLevel.fatal, 'handshake_failure')).start();
    const connection = pair[to];
    expect(connection.error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert: 'handshake_failure' });
    expect(connection.error?.message).toBe('The peer ended the handshake with the alert handshake_failure.');
    expect(connection.nextTimeout).toBeUndefined();
    expectLocked(pair, to);
    const sent = pair.sent.filter(({ from }) => from === to).length;
    connection.handleTimeout(pair.now + 100_000);
    pair.settle();
    expect(pair.sent.filter(({ from }) => from === to)).toHaveLength(sent);
  });

  it('close_notify before the end is a failure', () => {
    const pair = replaced('client', 0, plaintextAlert(AlertLevel.warning, 'close_notify')).start();
    expect(pair.client.error).toMatchObject({ code: 'ERR_DTLS_CLOSED_BY_PEER', alert: undefined });
    expect(pair.of('client', 'closed')).toHaveLength(1);
  });

  it.each<[string, Uint8Array]>([
    ['a warning', plaintextAlert(AlertLevel.warning, 'unrecognized_name')],
    ['of a level that is none', plaintextAlert(7, 'handshake_failure')],
    ['of three bytes', plaintextRecord(ContentType.alert, Uint8Array.of(2, 40, 0))],
    ['of one byte', plaintextRecord(ContentType.alert, Uint8Array.of(2))],
    ['of no bytes', plaintextRecord(ContentType.alert, new Uint8Array(0))],
  ])('%s is dropped, and the handshake goes on', (_, record) => {
    const pair = makePair({}, {}, (datagram) => [record, datagram, record]).run();
    expectConnected(pair);
    expect(pair.client.stats.discards.ignored_alert).toBeGreaterThan(0);
  });

  it('one of a number without a name is told by number', () => {
    const pair = replaced('client', 0, plaintextRecord(ContentType.alert, Uint8Array.of(2, 250))).start();
    expect(pair.client.error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert: undefined });
    expect(pair.client.error?.message).toContain('0x00fa');
  });

  it('before a ClientHello none is believed: who sent it is not known (S1)', () => {
    const pair = makePair();
    pair.server.start(0);
    pair.server.receive(plaintextAlert(AlertLevel.fatal, 'handshake_failure'), 0);
    pair.server.receive(plaintextAlert(AlertLevel.warning, 'close_notify'), 0);
    expect(pair.server.state).toBe('connecting');
    expect(pair.server.poll()).toBeUndefined();
    pair.client.start(0);
    expectConnected(pair.settle());
  });
});

describe.each(SIDES)('an alert after the handshake, to the %s', (to) => {
  it('fatal, under keys: ends it, and is not answered', () => {
    const pair = connected();
    const seal = sealerOf(pair, other(to));
    const sent = pair.sent.length;
    bring(pair, other(to), seal(ContentType.alert, alert(AlertLevel.fatal, 'internal_error')));
    expect(pair[to]).toMatchObject({ state: 'failed' });
    expect(pair[to].error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert: 'internal_error' });
    expect(pair[to].error?.message).toContain('the connection');
    expect(pair.sent).toHaveLength(sent);
    expect(() => pair[to].srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
  });

  it('without protection: dropped, and the session lives (S11)', () => {
    const pair = connected();
    bring(pair, other(to), plaintextAlert(AlertLevel.fatal, 'internal_error'));
    bring(pair, other(to), plaintextAlert(AlertLevel.warning, 'close_notify'));
    expect(pair[to].stats.discards.plaintext_after_keys).toBe(2);
    expectAlive(pair);
  });

  it('a warning that says nothing to us is dropped', () => {
    const pair = connected();
    const seal = sealerOf(pair, other(to));
    bring(pair, other(to), seal(ContentType.alert, alert(AlertLevel.warning, 'no_renegotiation')));
    expect(pair[to].stats.discards.ignored_alert).toBe(1);
    expectAlive(pair);
  });
});

describe('close_notify', () => {
  it.each(SIDES)('by the %s: told once on both sides, answered, waited for by nobody', (closing) => {
    const pair = connected();
    pair[closing].close(pair.now);
    expect(pair[closing].state).toBe('closed');
    pair.settle();
    for (const side of SIDES) {
      expect(pair.of(side, 'closed')).toEqual([{ type: 'closed', error: undefined }]);
      expect(pair[side]).toMatchObject({ state: 'closed', error: undefined, nextTimeout: undefined });
      expect(() => pair[side].send(Uint8Array.of(1), pair.now)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
      );
      pair[side].close(pair.now);
    }
    pair.settle();
    for (const side of SIDES) expect(pair.of(side, 'closed')).toHaveLength(1);
  });

  it('what was sent before it arrives before it', () => {
    const pair = connected();
    pair.client.send(Buffer.from('last words'), pair.now);
    pair.client.close(pair.now);
    pair.settle();
    const kinds = pair.outputs.server.map(({ type }) => type).slice(-2);
    expect(kinds).toEqual(['message', 'closed']);
  });

  it('close() before the start, and of a server that no one has called, sends nothing', () => {
    const pair = makePair();
    pair.client.close(0);
    pair.server.start(0);
    pair.server.close(0);
    pair.settle();
    expect(pair.sent).toEqual([]);
    expect([pair.client.state, pair.server.state]).toEqual(['closed', 'closed']);
  });

  it('close() during the handshake tells the peer', () => {
    const pair = makePair({}, {}, (datagram, from) => (from === 'server' ? [] : [datagram])).start();
    pair.path = (datagram) => [datagram];
    pair.server.close(0);
    pair.settle();
    expect(pair.client.error?.code).toBe('ERR_DTLS_CLOSED_BY_PEER');
  });

  it('after the end, datagrams are counted and nothing else', () => {
    const pair = connected();
    pair.client.destroy();
    expect(pair.client.receive(Uint8Array.of(22), 0)).toEqual({ authenticatedNewest: false });
    expect(pair.client.stats.discards.not_open).toBe(1);
    expect(pair.client.poll()).toBeUndefined();
  });
});
