import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type EndOptions, makeEnd } from '../../test/lib/ends.ts';
import type { TraceEvent } from '../observe/trace.ts';
import { UdpSession } from './udp-session.ts';
import { UdpSocket } from './udp-socket.ts';

const LOOPBACK = '127.0.0.1';
const POLL = { interval: 1, timeout: 30_000 };

const toClose: { close(): unknown }[] = [];

afterEach(() => {
  for (const thing of toClose.splice(0)) thing.close();
});

interface End {
  readonly session: UdpSession;
  readonly udp: UdpSocket;
  readonly messages: string[];
  readonly events: TraceEvent[];
  readonly keylog: string[];
}

function open(role: 'client' | 'server', options: EndOptions = {}): End {
  const [messages, events, keylog]: [string[], TraceEvent[], string[]] = [[], [], []];
  let session: UdpSession | undefined;
  const udp = new UdpSocket({ address: LOOPBACK, onEvent: () => session?.take() });
  session = new UdpSession(makeEnd(role, { trace: true, keylog: true, ...options }), udp, {
    onMessage: (data) => messages.push(Buffer.from(data).toString()),
    onTrace: (event) => events.push(event),
    onKeylog: (line) => keylog.push(line),
  });
  toClose.push(udp, session);
  return { session, udp, messages, events, keylog };
}

function openPair(options: EndOptions = {}): [End, End] {
  const [client, server] = [open('client', options), open('server', options)];
  client.udp.setPeer(LOOPBACK, server.udp.local.port);
  server.udp.setPeer(LOOPBACK, client.udp.local.port);
  return [client, server];
}

/** Somebody who only listens, and counts what comes. */
async function silentPeer(): Promise<{ readonly socket: Socket; readonly arrived: Buffer[] }> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  toClose.push(socket);
  const arrived: Buffer[] = [];
  socket.on('message', (datagram) => arrived.push(datagram));
  return { socket, arrived };
}

describe('UdpSession', () => {
  it('shakes hands over UDP, carries messages both ways, and ends both with a close_notify', async () => {
    const [client, server] = openPair();
    server.session.start();
    client.session.start();
    expect(await Promise.all([client.session.connected, server.session.connected])).toEqual([true, true]);
    client.session.send(Buffer.from('good evening'));
    server.session.send(Buffer.from('good morning'));
    await expect
      .poll(() => [client.messages, server.messages], POLL)
      .toEqual([['good morning'], ['good evening']]);
    client.session.close();
    expect(await Promise.all([client.session.closed, server.session.closed])).toEqual([undefined, undefined]);
    expect(server.session.connection.state).toBe('closed');
  });

  it('hands on traces and key log lines', async () => {
    const [client, server] = openPair();
    server.session.start();
    client.session.start();
    await Promise.all([client.session.connected, server.session.connected]);
    expect(client.events).toContainEqual(expect.objectContaining({ kind: 'state', state: 'connected' }));
    expect(client.keylog).toEqual(server.keylog);
    expect(client.keylog).toHaveLength(1);
  });

  it('reads what came before its start only then', async () => {
    const [client, server] = openPair();
    client.session.start();
    await expect.poll(() => server.udp.pending, POLL).toBeGreaterThan(0);
    expect(server.session.connection.state).toBe('new');
    server.session.start();
    expect(server.udp.pending).toBe(0);
    expect(await server.session.connected).toBe(true);
  });

  it('lets the timers of the connection fire: sends again, and ends at the limit', async () => {
    const peer = await silentPeer();
    const client = open('client', { initialTimeout: 50, handshakeTimeout: 1000 });
    client.udp.setPeer(LOOPBACK, peer.socket.address().port);
    client.session.start();
    expect(await client.session.closed).toMatchObject({ code: 'ERR_DTLS_HANDSHAKE_TIMEOUT' });
    expect(await client.session.connected).toBe(false);
    expect(client.events.filter(({ kind }) => kind === 'timeout').length).toBeGreaterThan(0);
    await expect.poll(() => peer.arrived.length, POLL).toBeGreaterThan(1);
  });

  it('tells the error of a handshake that failed, at both ends', async () => {
    const [client, server] = [open('client'), open('server', { srtpProfiles: ['SRTP_AEAD_AES_128_GCM'] })];
    client.udp.setPeer(LOOPBACK, server.udp.local.port);
    server.udp.setPeer(LOOPBACK, client.udp.local.port);
    server.session.start();
    client.session.start();
    const code = 'ERR_DTLS_NO_COMMON_SRTP_PROFILE';
    expect(await server.session.closed).toMatchObject({ code });
    expect(await client.session.closed).toMatchObject({ alert: 'handshake_failure' });
    expect(await Promise.all([client.session.connected, server.session.connected])).toEqual([false, false]);
  });

  it('sends nothing and lets no timer fire after close()', async () => {
    const peer = await silentPeer();
    const client = open('client', { initialTimeout: 50 });
    client.udp.setPeer(LOOPBACK, peer.socket.address().port);
    client.session.start();
    client.session.close();
    expect(await client.session.connected).toBe(false);
    expect(await client.session.closed).toBeUndefined();
    const { sent } = client.udp.stats;
    client.session.take();
    client.session.close();
    expect(client.session.connection.nextTimeout).toBeUndefined();
    expect(client.udp.stats.sent).toBe(sent);
  });

  it('throws at send() before it is connected', () => {
    const { session } = open('client');
    expect(() => session.send(Buffer.from('too soon'))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
    );
  });
});
