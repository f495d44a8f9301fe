import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { isDtlsDatagram } from './demultiplex.ts';
import { UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

const POLL = { interval: 1, timeout: 30_000 };

const toClose: { close(): void }[] = [];

afterEach(() => {
  for (const socket of toClose.splice(0)) socket.close();
});

/** A socket under test with a promise-like view of its arrivals. */
function open(options: UdpSocketOptions = {}): { socket: UdpSocket; next: () => Promise<void> } {
  let wake: () => void = () => {};
  const socket = new UdpSocket({ ...options, onEvent: () => wake() });
  toClose.push(socket);
  return {
    socket,
    next: () => (socket.pending > 0 ? Promise.resolve() : new Promise((resolve) => (wake = resolve))),
  };
}

async function plain(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  toClose.push({ close: () => socket.close() });
  return socket;
}

/** One plaintext record with one whole handshake message. */
function handshakeRecord(type: number, body: readonly number[]): Uint8Array {
  const length = [0, 0, body.length];
  const message = [type, ...length, 0, 0, 0, 0, 0, ...length, ...body];
  return Uint8Array.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, message.length, ...message]);
}

describe('UdpSocket', () => {
  it('is bound on return, to a free port when none is named', () => {
    const { socket } = open({ address: '127.0.0.1' });
    expect(socket.local.address).toBe('127.0.0.1');
    expect(socket.local.port).toBeGreaterThan(0);
  });

  it('throws EADDRINUSE at once for a port that is taken', () => {
    const { socket } = open({ address: '127.0.0.1' });
    expect(() => new UdpSocket({ address: '127.0.0.1', port: socket.local.port })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
  });

  it('throws EADDRNOTAVAIL at once for an address that is not ours', () => {
    expect(() => new UdpSocket({ address: '203.0.113.1' })).toThrow(
      expect.objectContaining({ code: 'EADDRNOTAVAIL' }),
    );
  });

  it('refuses a host name', () => {
    expect(() => new UdpSocket({ address: 'localhost' })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });

  it.each([
    ['not-an-address', 5004],
    ['127.0.0.1', 0],
    ['127.0.0.1', 65536],
    ['::1', 5004],
  ])('setPeer(%j, %i) throws on an IPv4 socket', (address, port) => {
    const { socket } = open({ address: '127.0.0.1' });
    expect(() => socket.setPeer(address, port)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });

  const passesBothWays = async (address: string): Promise<void> => {
    const a = open({ address });
    const b = open({ address });
    a.socket.setPeer(address, b.socket.local.port);
    b.socket.setPeer(address, a.socket.local.port);
    expect(a.socket.send(Uint8Array.of(22, 1))).toBe(true);
    await b.next();
    expect(b.socket.receive()).toEqual(Buffer.from([22, 1]));
    expect(b.socket.receive()).toBeUndefined();
    b.socket.send(Uint8Array.of(22, 2));
    await a.next();
    expect(a.socket.receive()).toEqual(Buffer.from([22, 2]));
    expect(a.socket.stats).toMatchObject({ sent: 1, received: 1 });
  };
  it('passes datagrams both ways over IPv4', () => passesBothWays('127.0.0.1'));
  it.skipIf(!HAS_IPV6)('passes datagrams both ways over IPv6', () => passesBothWays('::1'));

  it('reaches an IPv4 peer from a socket on every address', async () => {
    const every = open();
    const peer = await plain();
    every.socket.setPeer('127.0.0.1', peer.address().port);
    every.socket.send(Uint8Array.of(22));
    const [, from] = await once(peer, 'message');
    peer.send(Uint8Array.of(23), from.port, from.address);
    await every.next();
    expect(every.socket.receive()).toEqual(Buffer.from([23]));
  });

  it('drops and counts what others than the peer send', async () => {
    const { socket, next } = open({ address: '127.0.0.1' });
    const peer = await plain();
    const stranger = await plain();
    socket.setPeer('127.0.0.1', peer.address().port);
    stranger.send(Uint8Array.of(22, 66), socket.local.port, '127.0.0.1');
    await expect.poll(() => socket.stats.discards.other_source, POLL).toBe(1);
    peer.send(Uint8Array.of(22, 1), socket.local.port, '127.0.0.1');
    await next();
    expect(socket.receive()).toEqual(Buffer.from([22, 1]));
    expect(socket.pending).toBe(0);
    expect(socket.stats.discards).toMatchObject({ other_source: 1 });
  });

  it('hears nobody and sends nothing without a peer', async () => {
    const { socket } = open({ address: '127.0.0.1' });
    const peer = await plain();
    peer.send(Uint8Array.of(22), socket.local.port, '127.0.0.1');
    await expect.poll(() => socket.stats.discards.no_peer).toBe(1);
    expect(socket.send(Uint8Array.of(22))).toBe(false);
  });

  it('keeps a bounded queue and counts the rest', async () => {
    const { socket } = open({ address: '127.0.0.1' });
    const peer = await plain();
    socket.setPeer('127.0.0.1', peer.address().port);
    for (let sent = 1; sent <= 140; sent++) {
      peer.send(Uint8Array.of(22, sent), socket.local.port, '127.0.0.1');
      await expect.poll(() => socket.pending + socket.stats.discards.queue_full, { interval: 1 }).toBe(sent);
    }
    expect(socket.pending).toBe(128);
    expect(socket.stats.discards.queue_full).toBe(12);
  });

  it('drops empty datagrams and those that are not accepted', async () => {
    const { socket } = open({ address: '127.0.0.1', accepts: isDtlsDatagram });
    const peer = await plain();
    socket.setPeer('127.0.0.1', peer.address().port);
    for (const bytes of [[], [19], [20], [63], [64], [128]]) {
      peer.send(Uint8Array.from(bytes), socket.local.port, '127.0.0.1');
    }
    await expect.poll(() => socket.pending).toBe(2);
    await expect.poll(() => socket.stats.discards).toMatchObject({ empty: 1, not_accepted: 3 });
  });

  it('is woken and silent once closed', async () => {
    let events = 0;
    const socket = new UdpSocket({ address: '127.0.0.1', onEvent: () => events++ });
    socket.setPeer('127.0.0.1', 5004);
    socket.close();
    socket.close();
    expect(events).toBe(1);
    expect(socket.closed).toBe(true);
    expect(socket.send(Uint8Array.of(22))).toBe(false);
    expect(socket.receive()).toBeUndefined();
  });
});

describe('UdpSocket that looks for its peer', () => {
  it('gives out a hello whose cookie was forgotten while it waited as one without a good cookie', async () => {
    const { socket, next } = open({ address: '127.0.0.1', latch: true });
    const client = await plain();
    const hello = (cookie: readonly number[]): Uint8Array => {
      const body = [0xfe, 0xfd, ...new Array(32).fill(0), 0, cookie.length, ...cookie];
      return handshakeRecord(1, body);
    };
    const request = (number: number): Uint8Array => handshakeRecord(3, [0xfe, 0xff, 2, number >> 8, number]);
    client.send(hello([]), socket.local.port, '127.0.0.1');
    await next();
    expect(socket.receive()?.[13]).toBe(1);
    socket.send(request(0));
    client.send(hello([0, 0]), socket.local.port, '127.0.0.1');
    await expect.poll(() => socket.pending, POLL).toBe(1);
    for (let number = 1; number <= 256; number++) socket.send(request(number));
    expect([...(socket.receive() ?? [])].slice(-2)).toEqual([0xff, 0xff]);
    expect(socket.peer).toBeUndefined();

    client.send(hello([1, 0]), socket.local.port, '127.0.0.1');
    await expect.poll(() => socket.pending, POLL).toBe(1);
    expect(socket.receive()).toBeDefined();
    expect(socket.peer).toEqual({ address: '127.0.0.1', port: client.address().port });
  });
});

describe("UdpSocket on a caller's socket", () => {
  it('takes what it accepts, leaves the listeners of others alone, and leaves the socket open', async () => {
    const rtp = await plain();
    const seen: number[] = [];
    rtp.on('message', (datagram: Buffer) => seen.push(datagram[0] ?? -1));
    const { socket } = open({ socket: rtp, accepts: isDtlsDatagram });
    const peer = await plain();
    socket.setPeer('127.0.0.1', peer.address().port);
    for (const first of [128, 22, 200]) peer.send(Uint8Array.of(first), rtp.address().port, '127.0.0.1');
    await expect.poll(() => seen).toEqual([128, 22, 200]);
    expect(socket.pending).toBe(1);
    expect(socket.stats.discards).toMatchObject({ not_accepted: 0 });

    socket.close();
    expect(rtp.listenerCount('message')).toBe(1);
    peer.send(Uint8Array.of(129), rtp.address().port, '127.0.0.1');
    await expect.poll(() => seen).toHaveLength(4);
  });

  it('hears nobody but its peer, from the same address either (S1)', async () => {
    const rtp = await plain();
    const { socket } = open({ socket: rtp });
    const from = (address: string, port: number): boolean =>
      rtp.emit('message', Buffer.from([22, 66]), { address, port, family: 'IPv4', size: 2 });
    socket.setPeer('127.0.0.1', 5000);
    from('127.0.0.1', 5001);
    from('127.0.0.2', 5000);
    expect([socket.pending, socket.stats.discards.other_source]).toEqual([0, 2]);
    from('127.0.0.1', 5000);
    expect([socket.pending, socket.stats.discards.other_source]).toEqual([1, 2]);
  });

  it('refuses a socket that is not bound or is closed', () => {
    const unbound = createSocket('udp4');
    expect(() => new UdpSocket({ socket: unbound })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
    );
    unbound.close();
    expect(() => new UdpSocket({ socket: unbound })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
    );
  });

  it('closes when its owner closes it', async () => {
    const rtp = createSocket('udp4');
    rtp.bind(0, '127.0.0.1');
    await once(rtp, 'listening');
    const { socket } = open({ socket: rtp });
    rtp.close();
    await expect.poll(() => socket.closed).toBe(true);
  });

  it('talks to the one peer of a connected socket', async () => {
    const peer = await plain();
    const connected = await plain();
    connected.connect(peer.address().port, '127.0.0.1');
    await once(connected, 'connect');
    const { socket } = open({ socket: connected });
    expect(socket.peer).toEqual({ address: '127.0.0.1', port: peer.address().port });
    expect(() => socket.setPeer('127.0.0.1', 9)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    socket.send(Uint8Array.of(22));
    const [datagram] = await once(peer, 'message');
    expect(datagram).toEqual(Buffer.from([22]));
  });
});
