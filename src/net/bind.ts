import { createSocket, type Socket } from 'node:dgram';
import { invalidValue } from '../errors/arguments.ts';
import { canonicalAddress, type IpFamily, type UdpAddress, unmapped } from './address.ts';

/**
 * dgram resolves even an IP literal through a lookup that answers in a later turn, and binds after it. A lookup
 * that answers at once makes `bind` complete, or emit its error, before it returns.
 */
function literalLookup(
  hostname: string,
  _family: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, hostname, hostname.includes(':') ? 6 : 4);
}

/** A socket of our own, bound on return; without an address on every address of both families. */
export function bindOwn(address: string | undefined, port: number): Socket {
  if (address !== undefined) {
    const canonical = canonicalAddress(address);
    if (canonical === undefined) throw invalidValue('address', 'an IP address', address);
    return bind(canonical, port);
  }
  try {
    return bind('::', port);
  } catch (error) {
    if (!isNoIpv6(error)) throw error;
    return bind('0.0.0.0', port);
  }
}

function bind(address: string, port: number): Socket {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type, lookup: literalLookup });
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    failure = error;
  };
  socket.on('error', onError);
  try {
    // exclusive: a cluster worker would otherwise ask its primary, which answers later.
    socket.bind({ address, port, exclusive: true });
  } catch (error) {
    failure = error as Error;
  }
  if (failure !== undefined) {
    socket.close();
    throw failure;
  }
  socket.off('error', onError);
  return socket;
}

function isNoIpv6(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL';
}

/** Undefined for a socket that is closed or not bound. */
export function boundAddress(socket: Socket): (UdpAddress & { family: IpFamily }) | undefined {
  try {
    const { address, port, family } = socket.address();
    if (port === 0) return undefined;
    return { address, port, family: family === 'IPv6' ? 'IPv6' : 'IPv4' };
  } catch {
    return undefined;
  }
}

/** The one peer of a connected socket. */
export function connectedAddress(socket: Socket): UdpAddress | undefined {
  try {
    const { address, port } = socket.remoteAddress();
    return { address: unmapped(address), port };
  } catch {
    return undefined;
  }
}
