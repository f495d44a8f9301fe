import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  clientHello,
  described,
  helloDatagram,
  helloPieces,
  peerOf,
  replyOf,
} from '../../../test/flood/lib/hellos.ts';
import { EMPTY } from '../../bytes/bytes.ts';
import { HelloGate } from './gate.ts';

const PEER = peerOf(1);

describe('HelloGate: what its caller does wrong', () => {
  const make = (options: unknown): HelloGate => new HelloGate(options as object);

  it.each<[string, unknown, string]>([
    ['options', 5, 'ERR_INVALID_ARG_TYPE'],
    ['options', null, 'ERR_INVALID_ARG_TYPE'],
    ['secret', { secret: 'a secret of text that is long enough' }, 'ERR_INVALID_ARG_TYPE'],
    ['secret', { secret: new Uint8Array(31) }, 'ERR_OUT_OF_RANGE'],
    ['secret', { secret: new Uint8Array(65) }, 'ERR_OUT_OF_RANGE'],
    ['secretLifetime', { secretLifetime: '60' }, 'ERR_INVALID_ARG_TYPE'],
    ['secretLifetime', { secretLifetime: 0 }, 'ERR_OUT_OF_RANGE'],
    ['secretLifetime', { secretLifetime: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    ['secretLifetime', { secretLifetime: Number.POSITIVE_INFINITY }, 'ERR_OUT_OF_RANGE'],
  ])('new HelloGate(): %s %o is refused with %s, which shows nothing of a secret', (name, options, code) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(name) }),
    );
    expect(() => make(options)).not.toThrow(/text that is long/);
  });

  it('takes secrets of 32 and of 64 bytes', () => {
    for (const length of [32, 64]) make({ secret: new Uint8Array(length) });
  });

  it.each<[string, unknown, unknown, unknown, string]>([
    ['datagram', 'hello', PEER, 0, 'ERR_INVALID_ARG_TYPE'],
    ['datagram', undefined, PEER, 0, 'ERR_INVALID_ARG_TYPE'],
    ['peer', EMPTY, undefined, 0, 'ERR_INVALID_ARG_TYPE'],
    ['peer', EMPTY, '10.0.0.1:5000', 0, 'ERR_INVALID_ARG_TYPE'],
    ['peer.address', EMPTY, { address: 1, port: 5000 }, 0, 'ERR_INVALID_ARG_TYPE'],
    ['peer.port', EMPTY, { address: '10.0.0.1', port: '5000' }, 0, 'ERR_INVALID_ARG_TYPE'],
    ['peer.port', EMPTY, { address: '10.0.0.1', port: 65_536 }, 0, 'ERR_OUT_OF_RANGE'],
    ['peer.port', EMPTY, { address: '10.0.0.1', port: -1 }, 0, 'ERR_OUT_OF_RANGE'],
    ['now', EMPTY, PEER, '0', 'ERR_INVALID_ARG_TYPE'],
    ['now', EMPTY, PEER, Number.NaN, 'ERR_INVALID_ARG_TYPE'],
    ['now', EMPTY, PEER, Number.POSITIVE_INFINITY, 'ERR_INVALID_ARG_TYPE'],
    ['now', EMPTY, PEER, undefined, 'ERR_INVALID_ARG_TYPE'],
  ])('receive(): the argument %s', (name, datagram, peer, now, code) => {
    const gate = new HelloGate() as unknown as { receive(...args: unknown[]): unknown };
    expect(() => gate.receive(datagram, peer, now)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(`"${name}"`) }),
    );
  });
});

describe('HelloGate.stats', () => {
  it('counts everything that came, and stays as it is', () => {
    const gate = new HelloGate();
    const [first = EMPTY] = helloPieces(clientHello(), [40]);
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello()), PEER, 0));
    gate.receive(helloDatagram(clientHello({ cookie })), PEER, 0);
    gate.receive(first, peerOf(2), 0);
    gate.receive(EMPTY, PEER, 0);
    const { stats } = gate;
    const expected = {
      received: 4,
      replies: 1,
      admissions: 1,
      waiting: 1,
      discards: { not_a_client_hello: 1 },
    };
    expect(stats).toEqual(expected);
    gate.receive(EMPTY, PEER, 0);
    expect(stats).toEqual(expected);
  });
});

describe('the secret of a gate', () => {
  it('is in nothing that is shown of it (S28)', () => {
    const gate = new HelloGate({ secret: new Uint8Array(32).fill(0xa7) });
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello()), PEER, 0));
    const result = gate.receive(helloDatagram(clientHello({ cookie })), PEER, 0);
    const shown = [gate, result].flatMap((value) => [
      inspect(value, { showHidden: true, depth: 20 }),
      JSON.stringify(value),
    ]);
    for (const text of shown) expect(text).not.toMatch(/a7.?a7|167,\s*167/i);
  });

  it('is copied: overwriting the caller’s changes nothing', () => {
    const secret = new Uint8Array(32).fill(0xa7);
    const gate = new HelloGate({ secret });
    const twin = new HelloGate({ secret: Uint8Array.from(secret) });
    secret.fill(0);
    const { cookie } = replyOf(gate.receive(helloDatagram(clientHello()), PEER, 0));
    expect(described(twin.receive(helloDatagram(clientHello({ cookie })), PEER, 0))).toBe('admission');
  });
});
