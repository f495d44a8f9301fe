import { describe, expect, it } from 'vitest';
import { clientHello, helloDatagram, peerOf } from '../../test/flood/lib/hellos.ts';
import { House, messagesIn, welcome } from '../../test/flood/lib/house.ts';
import { endings, expectAllAlive, text } from '../../test/flood/lib/talk.ts';
import { certificateOf, fingerprintOf } from '../../test/lib/ends.ts';
import { seeded } from '../../test/lib/lossy.ts';
import { plaintextRecord } from '../../test/lib/records.ts';
import { EMPTY } from '../bytes/bytes.ts';
import type { PeerAddress } from '../handshake/server/peer-address.ts';

const OTHER_FINGERPRINT = fingerprintOf(certificateOf('ecdsa-p256', 'somebody else'));

describe('a DtlsServer with many peers', () => {
  it('what one says reaches its own connection, and the answer reaches that one alone', () => {
    const house = new House();
    const guests = Array.from({ length: 60 }, (_, i) => house.connect(peerOf(i)));
    expect(house.server.size).toBe(60);
    guests.forEach(({ connection }, i) => void connection.send(text(`I am ${i}`), house.now));
    house.settle();
    for (const [i, guest] of guests.entries()) {
      const own = house.connectionOf(guest);
      expect(messagesIn(house.outputsOf(own))).toEqual([`I am ${i}`]);
      own.send(text(`hello ${i}`), house.now);
    }
    house.settle();
    expect(guests.map(({ outputs }) => messagesIn(outputs))).toEqual(guests.map((_, i) => [`hello ${i}`]));
  });

  it.each<[string, readonly PeerAddress[]]>([
    ['ports of one host', [5000, 5001, 5002].map((port) => ({ address: '10.0.0.1', port }))],
    ['hosts with one port', [1, 2, 3].map((n) => ({ address: `10.0.0.${n}`, port: 5000 }))],
    [
      'digits that run into each other',
      [
        { address: '10.0.0.1', port: 15_000 },
        { address: '10.0.0.11', port: 5000 },
      ],
    ],
    [
      'both families',
      [
        { address: '::1', port: 5000 },
        { address: '127.0.0.1', port: 5000 },
        { address: 'fe80::1%eth0', port: 5000 },
        { address: 'fe80::1%eth1', port: 5000 },
      ],
    ],
  ])('tells peers apart by address and port: %s', (_, peers) => {
    const house = new House();
    const guests = peers.map((peer) => house.connect(peer));
    expect(house.server.size).toBe(peers.length);
    for (const guest of guests) {
      const own = house.connectionOf(guest);
      own.send(text(guest.peer.address), house.now);
    }
    house.settle();
    expect(guests.map(({ outputs }) => messagesIn(outputs))).toEqual(peers.map(({ address }) => [address]));
  });

  it('says with each output whom it is about; a reply of the gate’s is of no connection', () => {
    const house = new House();
    const peer = peerOf(1);
    house.server.receive(helloDatagram(clientHello()), peer, 0);
    const reply = house.server.poll();
    expect(reply).toMatchObject({ peer, connection: undefined, output: { type: 'datagram' } });
    expect([house.server.poll(), house.server.size]).toEqual([undefined, 0]);
    const guest = house.connect(peer);
    expect(house.outputs).toEqual([
      { peer, connection: house.connectionOf(guest), output: { type: 'connected' } },
    ]);
    expect([...house.server.connections()]).toEqual([house.connectionOf(guest)]);
  });

  it('keeps an address of its own: the caller may use the object again', () => {
    const house = new House();
    const guest = house.connect(peerOf(1));
    const borrowed = { ...guest.peer };
    const datagram = helloDatagram(clientHello());
    house.server.receive(datagram, borrowed, 0);
    borrowed.port = 1;
    expect(house.server.poll()?.peer).toEqual(guest.peer);
    const admitted = { ...peerOf(2) };
    house.server.receive(house.helloWithCookie(clientHello(), peerOf(2)), admitted, 0);
    admitted.port = 1;
    expect(house.server.poll()?.peer).toEqual(peerOf(2));
  });

  it('nextTimeout is that of whichever is due first', () => {
    const house = new House();
    const begin = (n: number, now: number): void => {
      house.now = now;
      house.inject(house.helloWithCookie(clientHello(), peerOf(n)), peerOf(n));
    };
    expect(house.server.nextTimeout).toBeUndefined();
    begin(1, 0);
    begin(2, 300);
    expect(house.server.nextTimeout).toBe(400);
    house.now = 400;
    house.server.handleTimeout(400);
    expect(house.server.nextTimeout).toBe(700);
  });

  it('tells accept who knocks, once for each handshake', () => {
    const asked: PeerAddress[] = [];
    const house = new House({
      accept: (peer) => {
        asked.push(peer);
        return welcome();
      },
    });
    const guests = [house.connect(peerOf(1)), house.connect(peerOf(2))];
    expect(asked).toEqual(guests.map(({ peer }) => peer));
  });

  it('gives each peer the options that accept chose for it', () => {
    const accept = ({ port }: PeerAddress): ReturnType<typeof welcome> =>
      welcome({ alpnProtocols: [`p${port}`] });
    const house = new House({ accept });
    const chosen = [1, 2].map((port) => house.connect(peerOf(7, port), { alpnProtocols: ['p2', 'p1'] }));
    expect(chosen.map(({ connection }) => connection.alpnProtocol)).toEqual(['p1', 'p2']);
  });

  it('takes no notice of anything but a hello from an address that it does not know', () => {
    const house = new House();
    const { connection } = house.connect(peerOf(1));
    connection.send(text('for the server'), 0);
    const output = connection.poll();
    const sealed = output?.type === 'datagram' ? output.datagram : EMPTY;
    const strange = [
      EMPTY,
      Uint8Array.of(22),
      new Uint8Array(2000),
      plaintextRecord(21, Uint8Array.of(2, 40)),
      sealed,
    ];
    for (const datagram of strange) house.inject(datagram, peerOf(2));
    expect([house.server.size, house.sent.filter(({ peer }) => peer.address === peerOf(2).address)]).toEqual([
      1,
      [],
    ]);
    house.inject(sealed, peerOf(1));
    expect(messagesIn(house.outputs.map(({ output: own }) => own))).toEqual(['for the server']);
  });

  it('whole handshakes over a path that loses, with timers: all complete, and no timer is left', () => {
    const house = new House();
    const random = seeded(1);
    house.path = (datagram) => (random() < 0.3 ? [] : [datagram]);
    const guests = Array.from({ length: 20 }, (_, i) => house.guest(peerOf(i)));
    for (const { connection } of guests) connection.start(0);
    house.advance(60_000);
    expect(guests.map(({ connection }) => connection.state)).toEqual(guests.map(() => 'connected'));
    expect([house.server.nextTimeout, house.server.stats.handshakes]).toEqual([undefined, 0]);
  });

  it('counts peers, handshakes and what was opened; a snapshot', () => {
    const house = new House();
    house.connect(peerOf(1));
    house.inject(house.helloWithCookie(clientHello(), peerOf(2)), peerOf(2));
    const { stats } = house.server;
    expect(stats).toMatchObject({ peers: 2, handshakes: 1, opened: 2, replaced: 0, refusals: {} });
    expect(stats.gate).toMatchObject({ replies: 2, admissions: 2 });
    house.connect(peerOf(3));
    expect(stats.peers).toBe(2);
  });
});

describe('the failure of one peer of a DtlsServer (S5)', () => {
  /** Two that talk, and what a third does. */
  function withNeighbours(run: (house: House) => void): void {
    const house = new House();
    const neighbours = [house.connect(peerOf(1)), house.connect(peerOf(3))];
    run(house);
    expectAllAlive(house, neighbours);
    expect(house.server.size).toBe(2);
  }

  it('a wrong certificate: it is refused with an alert, told to the caller, and let go', () => {
    withNeighbours((house) => {
      const guest = house.guest(peerOf(2), { certificate: certificateOf('ecdsa-p256', 'somebody else') });
      guest.connection.start(0);
      house.settle();
      expect(guest.connection.error?.alert).toBe('bad_certificate');
      expect(endings(house)).toEqual(['ERR_DTLS_FINGERPRINT_MISMATCH']);
    });
  });

  it('one that refuses our certificate', () => {
    withNeighbours((house) => {
      house.guest(peerOf(2), { remoteFingerprints: [OTHER_FINGERPRINT] }).connection.start(0);
      house.settle();
      expect(endings(house)).toEqual(['ERR_DTLS_ALERT_RECEIVED']);
    });
  });

  it('one that has nothing in common with us', () => {
    withNeighbours((house) => {
      house.inject(house.helloWithCookie(clientHello({ cipherSuites: [5] }), peerOf(2)), peerOf(2));
      expect(endings(house)).toEqual(['ERR_DTLS_NO_COMMON_CIPHER_SUITE']);
    });
  });

  it('one that stalls is gone at handshakeTimeout, with its timer (S8)', () => {
    withNeighbours((house) => {
      house.inject(house.helloWithCookie(clientHello(), peerOf(2)), peerOf(2));
      expect([house.server.size, house.server.nextTimeout]).toEqual([3, 400]);
      house.advance(59_999);
      expect(house.server.size).toBe(3);
      house.advance(1);
      expect([endings(house), house.server.nextTimeout]).toEqual([['ERR_DTLS_HANDSHAKE_TIMEOUT'], undefined]);
    });
  });

  it('one that says goodbye', () => {
    withNeighbours((house) => {
      house.connect(peerOf(2)).connection.close(0);
      house.settle();
      expect(endings(house)).toEqual([undefined]);
    });
  });

  it.each(['close', 'destroy'] as const)('one whose connection the caller ends with %s()', (how) => {
    withNeighbours((house) => {
      const own = house.connectionOf(house.connect(peerOf(2)));
      own[how](0);
      house.settle();
    });
  });

  it('may come again afterwards', () => {
    withNeighbours((house) => {
      for (let i = 0; i < 5; i++) {
        const guest = house.connect(peerOf(2));
        guest.connection.close(0);
        house.settle();
        guest.on = false;
      }
      expect(house.server.stats.opened).toBe(7);
    });
  });
});

describe('DtlsServer.close() and destroy()', () => {
  it('close() says goodbye to everyone; nothing is left, and nothing is taken in any more', () => {
    const house = new House();
    const guests = [1, 2, 3].map((n) => house.connect(peerOf(n)));
    house.inject(house.helloWithCookie(clientHello(), peerOf(4)), peerOf(4));
    house.server.close(0);
    house.settle();
    expect(guests.map(({ connection }) => [connection.state, connection.error])).toEqual(
      guests.map(() => ['closed', undefined]),
    );
    expect(endings(house)).toEqual([undefined, undefined, undefined, undefined]);
    expectNothingLeft(house);
    const sent = house.sent.length;
    const { closed = 0 } = house.server.stats.refusals; // the goodbyes of the others
    house.inject(helloDatagram(clientHello()), peerOf(5));
    expect([house.sent.length, house.server.stats.refusals]).toEqual([sent, { closed: closed + 1 }]);
  });

  it('destroy() ends all at once: nothing is sent, keys are gone, what was not polled is dropped', () => {
    const house = new House();
    const guests = [1, 2, 3].map((n) => house.connect(peerOf(n)));
    const own = guests.map((guest) => house.connectionOf(guest));
    own[0]?.send(text('not polled'), 0);
    house.server.receive(helloDatagram(clientHello()), peerOf(4), 0);
    const sent = house.sent.length;
    house.server.destroy();
    house.settle();
    expect(house.sent.length).toBe(sent);
    for (const connection of own) {
      expect(connection.state).toBe('closed');
      expect(() => connection.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    }
    expectNothingLeft(house);
  });

  it('may be called again, in any order', () => {
    const house = new House();
    house.connect(peerOf(1));
    for (let i = 0; i < 2; i++) {
      house.server.close(0);
      house.settle();
      house.server.destroy();
    }
    house.server.close(0);
    expectNothingLeft(house);
  });

  function expectNothingLeft({ server }: House): void {
    expect([server.size, server.nextTimeout, [...server.connections()]]).toEqual([0, undefined, []]);
    expect(server.stats).toMatchObject({ peers: 0, handshakes: 0 });
    expect(server.poll()).toBeUndefined();
    server.handleTimeout(1e9);
  }
});
