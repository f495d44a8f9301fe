import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { bindOwn } from '../net/bind.ts';
import { isDtlsDatagram } from '../net/demultiplex.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import { soleFragment } from '../wire/sole-fragment.ts';
import { CommandError } from './command.ts';
import { systemReason } from './files.ts';
import { printable } from './io.ts';

export interface Endpoint {
  readonly udp: UdpSocket;
  /** Resolves once what was sent has left. */
  close(): Promise<void>;
}

export interface EndpointEvents {
  /** Called when datagrams wait. */
  readonly onEvent: () => void;
  /** Called when SRTP or SRTCP packets wait. */
  readonly onMedia: () => void;
  readonly onError: (error: Error) => void;
}

export interface EndpointOptions extends EndpointEvents {
  readonly host: string;
  readonly port: number;
}

/** A port of this machine where one peer, not known yet, may say hello. */
export async function openServer(options: EndpointOptions & { readonly cookie: boolean }): Promise<Endpoint> {
  const { host, port, cookie, onError } = options;
  const address = await resolveHost(host);
  let socket: Socket;
  try {
    socket = bindOwn(address, port);
  } catch (error) {
    throw new CommandError(`cannot listen on ${formatAddress({ address, port })}: ${systemReason(error)}`);
  }
  socket.on('error', onError);
  // Without a cookie nothing proves the peer's address, and the first to say hello is taken for it. This listener
  // is there before the UdpSocket's, which so knows the peer when the hello gets to it.
  socket.on('message', (datagram, from) => {
    if (cookie || udp.peer !== undefined) return;
    if (soleFragment(datagram)?.type === HandshakeType.client_hello) udp.setPeer(from.address, from.port);
  });
  const udp = new UdpSocket({ socket, accepts: isDtlsDatagram, latch: cookie, ...eventsOf(options) });
  return endpoint(udp, socket);
}

/** A connected socket, so that the system tells when nobody listens there. */
export async function openClient(options: EndpointOptions): Promise<Endpoint> {
  const { host, port, onError } = options;
  const address = await resolveHost(host);
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    throw new CommandError(`cannot reach ${formatAddress({ address, port })}: ${systemReason(error)}`);
  }
  socket.on('error', onError);
  return endpoint(new UdpSocket({ socket, accepts: isDtlsDatagram, ...eventsOf(options) }), socket);
}

/** `192.0.2.1:4444`, `[2001:db8::1]:4444`. */
export function formatAddress({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

async function resolveHost(host: string): Promise<string> {
  // Brackets as in a URL.
  const name = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(name) !== 0) return name;
  try {
    return (await lookup(name)).address;
  } catch (error) {
    throw new CommandError(`cannot find the address of ${printable(host)}: ${systemReason(error)}`);
  }
}

function eventsOf({ onEvent, onMedia, onError }: EndpointEvents): EndpointEvents {
  return { onEvent, onMedia, onError };
}

function endpoint(udp: UdpSocket, socket: Socket): Endpoint {
  return {
    udp,
    close: () =>
      new Promise((resolve) => {
        udp.close();
        setImmediate(() => socket.close(resolve));
      }),
  };
}
