import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect } from 'vitest';
import {
  type psDTLSSocket,
  psDTLSSocketConfigIPv4,
  psDTLSSocketCreate,
  psDTLSSocketDtorLib,
  psDTLSSocketInitLib,
} from '../src/prosody/index.ts';
import { present, resetLog } from './prosody-support.ts';

export const HAS_IPV6: boolean = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

const plainSockets: Socket[] = [];

/** Each test of the file has the socket library begun, and leaves no socket and no log behind. */
export function useSockets(): void {
  beforeEach(() => {
    expect(psDTLSSocketInitLib()).toBe(0);
  });
  afterEach(() => {
    psDTLSSocketDtorLib();
    for (const socket of plainSockets.splice(0)) socket.close();
    resetLog();
  });
}

/** A socket of the system's, bound to IPv4 loopback. */
export async function plainSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  plainSockets.push(socket);
  return socket;
}

/** Two sockets that have each other as their target. */
export function facing(): [psDTLSSocket, psDTLSSocket] {
  const [a, b] = [present(psDTLSSocketCreate()), present(psDTLSSocketCreate())];
  expect(psDTLSSocketConfigIPv4(a, '127.0.0.1', b.port)).toBe(0);
  expect(psDTLSSocketConfigIPv4(b, '127.0.0.1', a.port)).toBe(0);
  return [a, b];
}
