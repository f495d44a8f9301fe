import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  psDTLSSocketConfigIPv4,
  psDTLSSocketConfigIPv6,
  psDTLSSocketCreate,
  psDTLSSocketDestroy,
  psDTLSSocketDtorLib,
  psDTLSSocketInitLib,
  psDTLSSocketPoll,
  psDTLSSocketRcv,
  psDTLSSocketSend,
  psDTLSSocketSetLimitTime,
} from '../src/prosody/index.ts';
import { facing, HAS_IPV6, plainSocket, useSockets } from './prosody-sockets.ts';
import { captureLog, present } from './prosody-support.ts';

useSockets();

describe('psDTLSSocketInitLib() and psDTLSSocketDtorLib()', () => {
  it('must come before psDTLSSocketCreate', () => {
    psDTLSSocketDtorLib();
    const log = captureLog();
    expect(psDTLSSocketCreate()).toBeNull();
    expect(log.error).toEqual(['psDTLSSocketCreate: psDTLSSocketInitLib comes first']);
    psDTLSSocketInitLib();
    expect(psDTLSSocketCreate()).not.toBeNull();
  });

  it('destroy what is still open only with the last of several calls', () => {
    psDTLSSocketInitLib();
    const sock = present(psDTLSSocketCreate());
    psDTLSSocketDtorLib();
    expect(psDTLSSocketConfigIPv4(sock, '127.0.0.1', 5004)).toBe(0);
    expect(psDTLSSocketDtorLib()).toBeUndefined();
    expect(psDTLSSocketConfigIPv4(sock, '127.0.0.1', 5004)).toBe(-1);
    psDTLSSocketDtorLib();
    expect(psDTLSSocketInitLib()).toBe(0);
  });
});

describe('psDTLSSocketCreate()', () => {
  it('gives a socket bound on return, to a free port or the one named', async () => {
    const sock = present(psDTLSSocketCreate());
    expect(sock.port).toBeGreaterThan(0);
    expect(present(psDTLSSocketCreate(0)).port).toBeGreaterThan(0);
    const { port } = sock;
    psDTLSSocketDestroy(sock);
    await new Promise((resolve) => setImmediate(resolve));
    expect(present(psDTLSSocketCreate(port)).port).toBe(port);
  });

  it('gives null at once for a port that is taken', () => {
    const log = captureLog();
    const { port } = present(psDTLSSocketCreate());
    expect(psDTLSSocketCreate(port)).toBeNull();
    expect(log.error[0]).toContain('EADDRINUSE');
  });

  it.each([-1, 65536, 1.5, Number.NaN, '5004', {}])('gives null for %s', (value) => {
    expect(psDTLSSocketCreate(value as number)).toBeNull();
  });

  it('gives null for a dgram socket that is not bound or is closed', () => {
    const socket = createSocket('udp4');
    expect(psDTLSSocketCreate(socket)).toBeNull();
    socket.close();
    expect(psDTLSSocketCreate(socket)).toBeNull();
  });
});

describe('psDTLSSocketDestroy()', () => {
  it('passes over NULL and what was destroyed', () => {
    const sock = psDTLSSocketCreate();
    expect(psDTLSSocketDestroy(sock)).toBeUndefined();
    expect(psDTLSSocketDestroy(sock)).toBeUndefined();
    expect(psDTLSSocketDestroy(null)).toBeUndefined();
  });

  it('makes every function give its error value', async () => {
    const sock = psDTLSSocketCreate();
    psDTLSSocketDestroy(sock);
    expect(psDTLSSocketConfigIPv4(sock, '127.0.0.1', 5004)).toBe(-1);
    expect(psDTLSSocketConfigIPv6(sock, '::1', 5004)).toBe(-1);
    expect(psDTLSSocketSetLimitTime(sock, 1000)).toBeUndefined();
    expect(await psDTLSSocketPoll(sock, 0)).toBe(-1);
    expect(psDTLSSocketSend(sock, Uint8Array.of(22), 1)).toBe(-1);
    expect(psDTLSSocketRcv(sock, new Uint8Array(10), 10)).toBe(-1);
  });
});

describe('psDTLSSocketConfigIPv4() and psDTLSSocketConfigIPv6()', () => {
  it('give 0 for an address of their family', () => {
    const sock = psDTLSSocketCreate();
    expect(psDTLSSocketConfigIPv4(sock, '192.0.2.1', 1)).toBe(0);
    expect(psDTLSSocketConfigIPv4(sock, '192.0.2.1', 65535)).toBe(0);
    if (HAS_IPV6) expect(psDTLSSocketConfigIPv6(sock, '2001:db8::1', 5004)).toBe(0);
  });

  it.each(['::1', 'localhost', '', '1.2.3', '0.0.0.0', null])(
    'IPv4 gives -1 for the address %j',
    (address) => {
      expect(psDTLSSocketConfigIPv4(psDTLSSocketCreate(), address, 5004)).toBe(-1);
    },
  );

  it.each(['127.0.0.1', 'localhost', '', ':::', '::', null])(
    'IPv6 gives -1 for the address %j',
    (address) => {
      expect(psDTLSSocketConfigIPv6(psDTLSSocketCreate(), address, 5004)).toBe(-1);
    },
  );

  it.each([0, -1, 65536, 1.5, Number.NaN])('give -1 for the port %d', (port) => {
    expect(psDTLSSocketConfigIPv4(psDTLSSocketCreate(), '127.0.0.1', port)).toBe(-1);
    expect(psDTLSSocketConfigIPv6(psDTLSSocketCreate(), '::1', port)).toBe(-1);
  });

  it('give -1 for NULL, and for a family that the RTP port cannot reach', async () => {
    expect(psDTLSSocketConfigIPv4(null, '127.0.0.1', 5004)).toBe(-1);
    expect(psDTLSSocketConfigIPv6(null, '::1', 5004)).toBe(-1);
    expect(psDTLSSocketConfigIPv6(psDTLSSocketCreate(await plainSocket()), '::1', 5004)).toBe(-1);
  });
});

describe('psDTLSSocketSetLimitTime()', () => {
  it('makes psDTLSSocketPoll give -1 once the time is over, even with a packet waiting', async () => {
    const [a, b] = facing();
    psDTLSSocketSend(a, Uint8Array.of(22), 1);
    expect(await psDTLSSocketPoll(b, -1)).toBe(1);
    psDTLSSocketSetLimitTime(b, 0);
    expect(await psDTLSSocketPoll(b, 1000)).toBe(-1);
  });

  it('reaches a poll that waits already', async () => {
    const [a] = facing();
    const polled = psDTLSSocketPoll(a, -1);
    psDTLSSocketSetLimitTime(a, 5);
    expect(await polled).toBe(-1);
  });

  it('is replaced by the next call and lifted by a negative one', async () => {
    const [a] = facing();
    psDTLSSocketSetLimitTime(a, 0);
    psDTLSSocketSetLimitTime(a, 60_000);
    expect(await psDTLSSocketPoll(a, 1)).toBe(0);
    psDTLSSocketSetLimitTime(a, 0);
    expect(await psDTLSSocketPoll(a, 1)).toBe(-1);
    psDTLSSocketSetLimitTime(a, -1);
    expect(await psDTLSSocketPoll(a, 1)).toBe(0);
  });

  it('changes nothing for NULL and for what is no number', async () => {
    const log = captureLog();
    const [a] = facing();
    psDTLSSocketSetLimitTime(a, Number.NaN);
    psDTLSSocketSetLimitTime(null, 0);
    expect(await psDTLSSocketPoll(a, 1)).toBe(0);
    expect(log.error).toHaveLength(2);
  });
});

describe('psDTLSSocketPoll()', () => {
  it('gives 1 when a packet waits and when one comes', async () => {
    const [a, b] = facing();
    const polled = psDTLSSocketPoll(b, -1);
    psDTLSSocketSend(a, Uint8Array.of(22), 1);
    expect(await polled).toBe(1);
    expect(await psDTLSSocketPoll(b, 0)).toBe(1);
  });

  it('gives 0 when the timeout is over', async () => {
    const [a] = facing();
    expect(await psDTLSSocketPoll(a, 5)).toBe(0);
    expect(await psDTLSSocketPoll(a, 0)).toBe(0);
  });

  it('sees with a timeout of 0 what arrived while the program was busy', async () => {
    const [a, b] = facing();
    psDTLSSocketSend(a, Uint8Array.of(22), 1);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await psDTLSSocketPoll(b, 0)).toBe(1);
  });

  it('gives -1 to all who wait when the socket is destroyed, or its owner closes the RTP port', async () => {
    const [a] = facing();
    const polls = [psDTLSSocketPoll(a, -1), psDTLSSocketPoll(a, 60_000)];
    psDTLSSocketDestroy(a);
    expect(await Promise.all(polls)).toEqual([-1, -1]);

    const rtp = createSocket('udp4');
    rtp.bind(0, '127.0.0.1');
    await once(rtp, 'listening');
    const shared = psDTLSSocketCreate(rtp);
    const polled = psDTLSSocketPoll(shared, -1);
    rtp.close();
    expect(await polled).toBe(-1);
    expect(psDTLSSocketRcv(shared, new Uint8Array(9), 9)).toBe(-1);
  });

  it('gives -1 for NULL and a timeout that is no number', async () => {
    expect(await psDTLSSocketPoll(null, 0)).toBe(-1);
    expect(await psDTLSSocketPoll(psDTLSSocketCreate(), Number.NaN)).toBe(-1);
  });
});

describe('psDTLSSocketSend() and psDTLSSocketRcv()', () => {
  it('carry a datagram, whose bytes were copied, and then give 0', async () => {
    const [a, b] = facing();
    const data = Uint8Array.of(22, 1, 2, 3, 4);
    expect(psDTLSSocketSend(a, data, 4)).toBe(4);
    data.fill(0);
    await psDTLSSocketPoll(b, -1);
    const buffer = new Uint8Array(100);
    expect(psDTLSSocketRcv(b, buffer, 100)).toBe(4);
    expect(buffer.subarray(0, 5)).toEqual(Uint8Array.of(22, 1, 2, 3, 0));
    expect(psDTLSSocketRcv(b, buffer, 100)).toBe(0);
  });

  it('cut what is longer than max_len', async () => {
    const [a, b] = facing();
    psDTLSSocketSend(a, Uint8Array.of(22, 1, 2, 3), 4);
    await psDTLSSocketPoll(b, -1);
    const buffer = new Uint8Array(100);
    expect(psDTLSSocketRcv(b, buffer, 2)).toBe(2);
    expect(buffer.subarray(0, 3)).toEqual(Uint8Array.of(22, 1, 0));
    expect(psDTLSSocketRcv(b, buffer, 100)).toBe(0);
  });

  it('give -1 for NULL and for a length that the buffer has not', () => {
    const [a] = facing();
    const data = new Uint8Array(10);
    for (const [ctx, buffer, length] of [
      [null, data, 10],
      [a, null, 10],
      [a, data, 11],
      [a, data, 0],
      [a, data, -1],
      [a, data, 1.5],
    ] as const) {
      expect(psDTLSSocketSend(ctx, buffer, length)).toBe(-1);
      expect(psDTLSSocketRcv(ctx, buffer, length)).toBe(-1);
    }
  });

  it('give -1 for sending without a target', () => {
    expect(psDTLSSocketSend(psDTLSSocketCreate(), Uint8Array.of(22), 1)).toBe(-1);
  });

  it('hear nobody but the target, and nothing but DTLS', async () => {
    const sock = present(psDTLSSocketCreate());
    const [peer, stranger] = [await plainSocket(), await plainSocket()];
    psDTLSSocketConfigIPv4(sock, '127.0.0.1', peer.address().port);
    stranger.send(Uint8Array.of(22), sock.port, '127.0.0.1');
    for (const first of [0, 19, 64, 128, 255]) peer.send(Uint8Array.of(first), sock.port, '127.0.0.1');
    await expect.poll(() => sock.stats.discards).toMatchObject({ other_source: 1, not_accepted: 5 });
    expect(psDTLSSocketRcv(sock, new Uint8Array(10), 10)).toBe(0);
    peer.send(Uint8Array.of(22), sock.port, '127.0.0.1');
    expect(await psDTLSSocketPoll(sock, -1)).toBe(1);
  });
});
