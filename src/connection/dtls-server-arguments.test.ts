import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { peerOf } from '../../test/flood/lib/hellos.ts';
import { House, welcome } from '../../test/flood/lib/house.ts';
import { expectAllAlive } from '../../test/flood/lib/talk.ts';
import { EMPTY } from '../bytes/bytes.ts';
import { HelloGate } from '../handshake/server/gate.ts';
import { DtlsServer } from './dtls-server.ts';

describe('DtlsServer: what its caller does wrong', () => {
  const accept = (): ReturnType<typeof welcome> => welcome();

  it.each<[string, unknown, string]>([
    ['options', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['options', null, 'ERR_INVALID_ARG_TYPE'],
    ['options.accept', {}, 'ERR_INVALID_ARG_TYPE'],
    ['options.accept', { accept: welcome() }, 'ERR_INVALID_ARG_TYPE'],
    ['options.gate', { accept, gate: {} }, 'ERR_INVALID_ARG_TYPE'],
    ['options.gate', { accept, gate: { ...new HelloGate() } }, 'ERR_INVALID_ARG_TYPE'],
    ['options.maximumPeers', { accept, maximumPeers: 0 }, 'ERR_OUT_OF_RANGE'],
    ['options.maximumPeers', { accept, maximumPeers: 1.5 }, 'ERR_OUT_OF_RANGE'],
    ['options.maximumPeersPerHost', { accept, maximumPeersPerHost: -1 }, 'ERR_OUT_OF_RANGE'],
    ['options.maximumHandshakes', { accept, maximumHandshakes: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    ['options.maximumHandshakes', { accept, maximumHandshakes: '10' }, 'ERR_INVALID_ARG_TYPE'],
  ])('new DtlsServer(): %s of %o is refused', (name, options, code) => {
    expect(() => new DtlsServer(options as never)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(`"${name}"`) }),
    );
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['datagram', 'hello', peerOf(1), 0],
    ['peer', EMPTY, '10.0.0.1', 0],
    ['peer.address', EMPTY, { port: 5 }, 0],
    ['peer.port', EMPTY, { address: '10.0.0.1' }, 0],
    ['now', EMPTY, peerOf(1), undefined],
  ])('receive(): the argument %s, for a peer that is known as for any other', (name, datagram, peer, now) => {
    const house = new House();
    house.connect(peerOf(1));
    const server = house.server as unknown as { receive(...args: unknown[]): void };
    expect(() => server.receive(datagram, peer, now)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringContaining(`"${name}"`),
      }),
    );
  });

  it.each(['handleTimeout', 'close'] as const)('%s() without a time', (method) => {
    const server = new DtlsServer({ accept }) as unknown as Record<string, (now?: number) => void>;
    expect(() => server[method]?.()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no room');
      },
    ],
    ['gives options that are wrong', () => ({ ...welcome(), mtu: 1 })],
    ['gives no certificate', () => ({ insecureNoPeerCheck: true })],
    ['gives something else than options', () => 5],
    ['gives null', () => null],
    ['asks for a cookie exchange of the connection’s own', () => ({ ...welcome(), cookieExchange: true })],
  ])('an accept that %s: told with the cause, the peer gets silence, the others live', (_, accept2) => {
    let broken = false;
    const house = new House({ accept: () => (broken ? (accept2() as never) : welcome()) });
    const neighbour = house.connect(peerOf(1));
    broken = true;
    const guest = house.guest(peerOf(2));
    guest.connection.start(0);
    house.settle();
    const told = house.outputs.filter(({ peer }) => peer.address === guest.peer.address);
    expect(told).toMatchObject([
      { connection: undefined, output: { type: 'closed', error: { code: 'ERR_DTLS_CALLBACK' } } },
    ]);
    expect(told[0]?.output).toMatchObject({ error: { cause: expect.any(Error) } });
    expect([house.server.size, house.server.stats.refusals]).toEqual([1, { not_accepted: 1 }]);
    expect(house.sent.filter(({ peer }) => peer.address === guest.peer.address)).toHaveLength(1); // the gate's
    expectAllAlive(house, [neighbour]);
  });

  it('an accept that gives undefined: silence, and the next try may be accepted', () => {
    let open = false;
    const house = new House({ accept: () => (open ? welcome() : undefined) });
    const guest = house.guest(peerOf(1));
    guest.connection.start(0);
    house.settle();
    expect([house.server.size, house.outputs, house.server.stats.refusals]).toEqual([
      0,
      [],
      { not_accepted: 1 },
    ]);
    open = true;
    house.advance(400);
    expect(guest.connection.state).toBe('connected');
  });

  it.each(['close', 'destroy'] as const)('an accept that calls %s()', (how) => {
    const house: House = new House({
      accept: () => {
        house.server[how](0);
        return welcome();
      },
    });
    house.guest(peerOf(1)).connection.start(0);
    house.settle();
    expect([house.server.size, house.server.poll()]).toEqual([0, undefined]);
  });

  it('cannot make accept’s connections clients, or give them an admission of its own', () => {
    const options = { ...welcome(), role: 'client', admission: {} };
    const house = new House({ accept: () => options as never });
    house.connect(peerOf(1));
    expect(house.server.size).toBe(1);
  });
});

describe('a DtlsServer shown', () => {
  it('holds no secret (S28)', () => {
    const house = new House({ gate: new HelloGate({ secret: new Uint8Array(32).fill(0xa7) }) });
    const guest = house.connect(peerOf(1));
    const { masterKey } = house.connectionOf(guest).srtpKeys().local;
    const shown = inspect(house.server, { showHidden: true, depth: 20 }) + JSON.stringify(house.server);
    expect(shown).not.toMatch(/a7.?a7|167,\s*167/i);
    expect(shown).not.toContain(Buffer.from(masterKey).toString('hex'));
    expect(shown).not.toContain([...masterKey].join(', '));
  });
});
