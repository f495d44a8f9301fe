import { describe, expect, it } from 'vitest';
import { ConnectionHost } from './connection-host.ts';
import { CLIENT, Handshake, PLAIN, SERVER, type Shape, type Side } from './handshake.ts';
import type { Address, DatagramEvent, Node } from './network.ts';
import { ServerHost } from './server-host.ts';

const conditions = { delay: 25 };
const OTHER: Record<Side, Address> = {
  client: { ...CLIENT, port: 6001 },
  server: { ...SERVER, port: 6002 },
};
/** Whoever is elsewhere, and can see what passes. */
const STRANGER: Address = { address: '203.0.113.66', port: 666 };

/** Two that are connected, each of which follows the other, and everything that was ever sent. */
class Session {
  readonly handshake: Handshake;
  readonly sent: DatagramEvent[] = [];

  constructor(options: ConstructorParameters<typeof Handshake>[1] = {}) {
    this.handshake = new Handshake(PLAIN, { conditions, ...options });
    this.handshake.network.onDatagram = (event) => void (event.type === 'sent' && this.sent.push(event));
    this.handshake.run();
    this.settle();
  }

  settle(): void {
    this.handshake.network.run();
  }

  host(side: Side): ConnectionHost {
    const host = this.handshake[side];
    if (host instanceof ConnectionHost) return host;
    throw new Error('a server with one peer was expected');
  }

  node(side: Side): Node {
    return side === 'client' ? this.handshake.clientNode : this.handshake.serverNode;
  }

  say(side: Side, text: string): void {
    this.handshake.say(side, text);
  }

  /** Says something, and waits until it is there, or lost. */
  tell(side: Side, text: string): void {
    this.say(side, text);
    this.settle();
  }
}

const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client');

describe.each(['client', 'server'] as const)('the port of the %s changes in a live session', (side) => {
  const other = otherSide(side);

  it('goes on at the new address as soon as it has sent something from there', () => {
    const session = new Session();
    session.tell(side, 'before');
    session.tell(other, 'answer');
    session.handshake.network.rebind(session.node(side), OTHER[side]);
    session.tell(other, 'to nobody');
    session.tell(side, 'from there');
    expect(session.host(other).peer).toEqual(OTHER[side]);
    session.tell(other, 'again');
    session.tell(side, 'and again');
    expect(session.host(side).messages).toEqual(['answer', 'again']);
    expect(session.host(other).messages).toEqual(['before', 'from there', 'and again']);
    expect([session.host(other).moves, session.host(side).moves]).toEqual([1, 0]);
  });

  it('as often as it likes, on a bad path: whoever sent last is followed', () => {
    const session = new Session();
    const { network } = session.handshake;
    network.setConditions({ loss: 0.3, duplication: 0.2, reordering: 0.3, jitter: 200 });
    for (let i = 0; i < 200; i++) {
      if (i % 10 === 0) network.rebind(session.node(side), { port: 7000 + i });
      session.say(side, `${i}`);
      session.say(other, `${i}`);
      network.run(undefined, network.now + 20);
    }
    session.settle();
    network.setConditions({ loss: 0, duplication: 0, reordering: 0, jitter: 0 });
    session.tell(side, 'last');
    session.tell(other, 'last');
    expect(session.host(other).peer).toEqual(session.node(side).address);
    expect(session.host(side).messages.at(-1)).toBe('last');
    for (const end of [side, other]) {
      const { messages, connection } = session.host(end);
      expect(new Set(messages).size).toBe(messages.length);
      expect(connection.state).toBe('connected');
    }
    expect(session.host(other).messages.length).toBeGreaterThan(120);
  });

  it('what is late from the old address does not move it back (RFC 9146 §6)', () => {
    const session = new Session();
    const { network } = session.handshake;
    network.setConditions({ delay: 300 });
    session.say(side, 'late, from the old one');
    network.setConditions({ delay: 25 });
    network.rebind(session.node(side), OTHER[side]);
    session.tell(side, 'from the new one');
    expect(session.host(other).messages).toEqual(['from the new one', 'late, from the old one']);
    expect(session.host(other)).toMatchObject({ peer: OTHER[side], moves: 1 });
  });
});

describe.each(['client', 'server'] as const)('strangers do not move the %s’s peer', (side) => {
  const other = otherSide(side);
  const here = side === 'client' ? CLIENT : SERVER;
  const there = side === 'client' ? SERVER : CLIENT;

  const session = (): Session => {
    const made = new Session();
    for (let i = 0; i < 5; i++) made.tell(other, `${i}`);
    return made;
  };
  const expectUnmoved = (made: Session): void => {
    made.settle();
    expect(made.host(side)).toMatchObject({ peer: there, moves: 0 });
    expect(made.host(side).messages).toEqual(['0', '1', '2', '3', '4']);
    made.tell(side, 'still here');
    expect(made.host(other).messages).toEqual(['still here']);
    expect(made.host(side).connection.state).toBe('connected');
  };

  it('by sending again what the peer has sent, handshake and all', () => {
    const made = session();
    for (const { from, datagram } of made.sent.slice()) {
      if (from.address === there.address) made.handshake.network.send(STRANGER, here, datagram);
    }
    expectUnmoved(made);
  });

  it('by sending back what it has sent itself', () => {
    const made = session();
    for (const { from, datagram } of made.sent.slice()) {
      if (from.address === here.address) made.handshake.network.send(STRANGER, here, datagram);
    }
    expectUnmoved(made);
  });

  it('by forging: any byte changed, the next numbers, the next epoch, cut short', () => {
    const made = session();
    const last =
      made.sent.findLast(({ from }) => from.address === there.address)?.datagram ?? new Uint8Array(0);
    const forge = (change: (datagram: Uint8Array) => void): void => {
      const forged = last.slice();
      change(forged);
      made.handshake.network.send(STRANGER, here, forged);
    };
    for (let at = 0; at < last.length; at++)
      forge((datagram) => void datagram.fill((datagram[at] ?? 0) ^ 1, at, at + 1));
    for (const number of [0xff, 0x7f]) forge((datagram) => void datagram.fill(number, 5, 11));
    forge((datagram) => void datagram.fill(2, 4, 5));
    for (let length = 0; length < last.length; length++) {
      made.handshake.network.send(STRANGER, here, last.subarray(0, length));
    }
    expectUnmoved(made);
  });

  it('but one that brings a new datagram of the peer’s first does, until the peer sends the next', () => {
    const made = session();
    const { network } = made.handshake;
    network.drops = ({ from, to, datagram }) => {
      if (from.address !== there.address) return false;
      network.send(STRANGER, to, datagram);
      return true;
    };
    made.tell(other, 'by way of the stranger');
    expect(made.host(side)).toMatchObject({ peer: STRANGER, moves: 1 });
    network.drops = undefined;
    made.tell(other, 'straight');
    expect(made.host(side)).toMatchObject({ peer: there, moves: 2 });
    made.tell(side, 'answer');
    expect(made.host(other).messages).toEqual(['answer']);
  });
});

describe('the port of the client changes in the middle of a handshake', () => {
  /** It changes when the datagram of that number has been sent. */
  const rebound = (shape: Shape, at: number): Handshake => {
    const handshake = new Handshake(shape, { conditions });
    const { network } = handshake;
    network.onDatagram = ({ type, number }) => {
      if (type === 'sent' && number === at)
        network.at(network.now, () => network.rebind(handshake.clientNode, OTHER.client));
    };
    return handshake.run();
  };
  /** How many datagrams there are, and the number of the first of the client's last flight. */
  const numbersOf = (shape: Shape): { readonly count: number; readonly lastFlight: number } => {
    const handshake = new Handshake(shape, { conditions });
    const ofClient: DatagramEvent[] = [];
    handshake.network.onDatagram = (event) => {
      if (event.type === 'sent' && event.from.port === CLIENT.port) ofClient.push(event);
    };
    const { count, end } = { count: handshake.run().network.counts.sent, end: ofClient.at(-1)?.now };
    return { count, lastFlight: ofClient.find(({ now }) => now === end)?.number ?? 0 };
  };
  const expectTalk = (handshake: Handshake, name: string): void => {
    const { client, server, network } = handshake;
    handshake.say('client', 'here');
    network.run();
    handshake.say('server', 'there');
    network.run();
    expect([client.messages, server.messages], name).toEqual([['there'], ['here']]);
  };
  const expectTimedOut = ({ client }: Handshake, name: string): void =>
    expect(client.connection.error, name).toMatchObject({ code: 'ERR_DTLS_HANDSHAKE_TIMEOUT' });

  it.each([
    PLAIN,
    { ...PLAIN, mtu: 256 },
    { ...PLAIN, cookie: 'cookieExchange' },
    { ...PLAIN, cookie: 'cookieExchange', mtu: 256 },
  ] as const)(
    'one peer, cookie: $cookie, mtu $mtu: it is followed from its last flight on, which is under keys, and not before',
    (shape) => {
      const { count, lastFlight } = numbersOf(shape);
      for (let at = 0; at < count; at++) {
        const handshake = rebound(shape, at);
        const name = `after datagram ${at} of ${count}`;
        expect(handshake.completed, name).toBe(at >= lastFlight);
        if (handshake.completed) expectTalk(handshake, name);
        else expectTimedOut(handshake, name);
        const { client, server } = handshake;
        expect(server instanceof ConnectionHost && server.peer, name).toEqual(
          handshake.completed ? OTHER.client : CLIENT,
        );
        expect([client.nextTimeout, server.nextTimeout], name).toEqual([undefined, undefined]);
      }
    },
  );

  it.each([
    { ...PLAIN, cookie: 'gate' },
    { ...PLAIN, cookie: 'gate', mtu: 256 },
  ] as const)(
    'many peers, mtu $mtu: before its last flight it is asked for another cookie; after that it is a stranger',
    (shape) => {
      const { count, lastFlight } = numbersOf(shape);
      for (let at = 0; at < count; at++) {
        const handshake = rebound(shape, at);
        const { client, server, network } = handshake;
        const name = `after datagram ${at} of ${count}`;
        expect(handshake.completed, name).toBe(at < lastFlight);
        if (handshake.completed) expectTalk(handshake, name);
        else expectTimedOut(handshake, name);
        network.run(); // the handshake at the old address ends too
        expect(server instanceof ServerHost && server.server.size, name).toBe(1);
        expect([client.nextTimeout, server.nextTimeout], name).toEqual([undefined, undefined]);
      }
    },
  );
});
