import dgram from 'node:dgram';
import { once } from 'node:events';

export const LOOPBACK = '127.0.0.1';

/** A UDP socket on a free port of loopback. */
export async function openSocket(): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  // A peer that has ended already answers with ICMP, which is no concern of a datagram protocol.
  socket.on('error', () => undefined);
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

export function closeSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
