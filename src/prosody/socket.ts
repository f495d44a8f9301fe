import { Socket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import { isPort } from '../net/address.ts';
import { isDtlsDatagram } from '../net/demultiplex.ts';
import type { UdpSocketOptions, UdpSocketStats } from '../net/udp-socket.ts';
import { type Handle, Handles } from './handles.ts';
import { describeError, reportError } from './log.ts';
import { SocketState } from './socket-state.ts';

/** A UDP endpoint for DTLS. */
export interface psDTLSSocket extends Handle<'psDTLSSocket'> {
  /** The local address it is bound to; `::` or `0.0.0.0` for every one. */
  readonly address: string;
  /** The local port, for the SDP. */
  readonly port: number;
  /** Datagrams received, sent, and dropped by reason. */
  readonly stats: UdpSocketStats;
}

const sockets: Handles<'psDTLSSocket', SocketState> = new Handles('psDTLSSocket');

/** Those not destroyed yet, for `psDTLSSocketDtorLib`. */
const open: Set<psDTLSSocket> = new Set();

let users = 0;

function find(caller: string, sock: unknown): SocketState | undefined {
  const state = sockets.find(sock);
  if (state === undefined) reportError(`${caller}: ${sockets.complaint(sock)}`);
  return state;
}

/**
 * Begins the use of the sockets (Prosody DTLS library, `psDTLSSocketInitLib`). May be called several times;
 * each call wants its `psDTLSSocketDtorLib`.
 *
 * Gives 0. The interface also has -1, for which there is no cause here.
 */
export function psDTLSSocketInitLib(): 0 | -1 {
  users++;
  return 0;
}

/**
 * Ends the use of the sockets (Prosody DTLS library, `psDTLSSocketDtorLib`). The last of several calls destroys
 * the sockets that are still there. Without a `psDTLSSocketInitLib` before it does nothing.
 */
export function psDTLSSocketDtorLib(): void {
  if (users === 0) return;
  users--;
  if (users > 0) return;
  for (const sock of [...open]) psDTLSSocketDestroy(sock);
}

/**
 * Opens a UDP socket (Prosody DTLS library, `psDTLSSocketCreate`), bound when it returns.
 *
 * - A port, 0 to 65535: a socket of its own, on every local address of IPv6 and IPv4. Without a port, or with 0,
 *   a free one is taken; `sock.port` tells which.
 * - A bound socket of `node:dgram`: the RTP port. Only datagrams whose first byte is 20 to 63 are taken
 *   (RFC 7983 §7). The program's own listeners go on seeing every datagram, those of DTLS too; RTP and RTCP are
 *   the ones whose first byte is 128 to 191. The socket stays the program's, and is never closed here.
 *
 * Gives a new socket; null before `psDTLSSocketInitLib`, when the port is taken or not allowed, for a socket of
 * `node:dgram` that is closed or not bound yet, and for anything else.
 */
export function psDTLSSocketCreate(portOrSocket?: number | Socket | null): psDTLSSocket | null {
  const where = readWhere(portOrSocket);
  if (users === 0) {
    reportError('psDTLSSocketCreate: psDTLSSocketInitLib comes first');
  } else if (where === undefined) {
    reportError('psDTLSSocketCreate: wants a port from 0 to 65535, or a socket of node:dgram');
  } else {
    try {
      return create(where);
    } catch (error) {
      reportError(`psDTLSSocketCreate: ${describeError(error)}`);
    }
  }
  return null;
}

/**
 * Closes a socket (Prosody DTLS library, `psDTLSSocketDestroy`); an RTP port is only left alone. A
 * `psDTLSSocketPoll` that waits gives -1. NULL, or what was destroyed before, is passed over.
 */
export function psDTLSSocketDestroy(sock: psDTLSSocket | null): void {
  const state = sockets.release(sock);
  if (state === undefined) return;
  state.udp.close();
  if (sock !== null) open.delete(sock);
}

/**
 * Sets the IPv4 address and port of the peer (Prosody DTLS library, `psDTLSSocketConfigIPv4`), as the SDP has
 * them. From here on nobody else is heard: datagrams of other sources are dropped and counted in `sock.stats`.
 *
 * A client must have a target before it starts. A server that does not know its peer may go without: it then
 * answers whoever says hello, and its peer is the first that returns the cookie which the session sent to its
 * address; later arrivals are not heard.
 *
 * Gives 0; -1 when `sock` is NULL or was destroyed, `address` is no IPv4 address in dotted form or is 0.0.0.0,
 * `port` is not 1 to 65535, or the socket cannot reach IPv4.
 */
export function psDTLSSocketConfigIPv4(
  sock: psDTLSSocket | null,
  address: string | null,
  port: number,
): 0 | -1 {
  const valid = typeof address === 'string' && isIPv4(address) && address !== '0.0.0.0';
  return configure('psDTLSSocketConfigIPv4', sock, valid ? address : undefined, port);
}

/**
 * Sets the IPv6 address and port of the peer (Prosody DTLS library, `psDTLSSocketConfigIPv6`); otherwise as
 * `psDTLSSocketConfigIPv4`. A link-local address has its zone: `fe80::1%eth0`.
 *
 * Gives 0; -1 when `sock` is NULL or was destroyed, `address` is no IPv6 address or is `::`, `port` is not 1 to
 * 65535, or the socket cannot reach IPv6.
 */
export function psDTLSSocketConfigIPv6(
  sock: psDTLSSocket | null,
  address: string | null,
  port: number,
): 0 | -1 {
  const valid = typeof address === 'string' && isIPv6(address) && !/^[0:]+$/.test(address);
  return configure('psDTLSSocketConfigIPv6', sock, valid ? address : undefined, port);
}

/**
 * Limits the time for the whole handshake to `ms` milliseconds from this call (Prosody DTLS library,
 * `psDTLSSocketSetLimitTime`): from then on `psDTLSSocketPoll` gives -1, one that waits included. A new call
 * replaces the limit; a negative `ms` lifts it, which is for after the handshake. NULL, what was destroyed, and
 * what is no number change nothing.
 */
export function psDTLSSocketSetLimitTime(sock: psDTLSSocket | null, ms: number): void {
  const state = find('psDTLSSocketSetLimitTime', sock);
  if (state === undefined) return;
  if (typeof ms !== 'number' || Number.isNaN(ms)) {
    reportError('psDTLSSocketSetLimitTime: ms must be a number of milliseconds');
    return;
  }
  state.setLimit(ms < 0 ? undefined : ms);
}

/**
 * Waits for a packet (Prosody DTLS library, `psDTLSSocketPoll`), at most `timeout_ms` milliseconds, or for ever
 * when that is negative: what `dtlslib_get_timeout_ms` gives can be passed as it is.
 *
 * The promise, which is never rejected, gives 1 when a packet waits to be read, 0 when the timeout is over, -1
 * when the limit of `psDTLSSocketSetLimitTime` is over. -1 also when `sock` is NULL, was or is destroyed, or
 * `timeout_ms` is no number.
 */
export function psDTLSSocketPoll(sock: psDTLSSocket | null, timeout_ms: number): Promise<1 | 0 | -1> {
  const state = find('psDTLSSocketPoll', sock);
  if (state === undefined) return Promise.resolve(-1);
  if (typeof timeout_ms !== 'number' || Number.isNaN(timeout_ms)) {
    reportError('psDTLSSocketPoll: timeout_ms must be a number of milliseconds');
    return Promise.resolve(-1);
  }
  return state.poll(timeout_ms < 0 ? undefined : timeout_ms);
}

/**
 * Sends the first `len` bytes of `data` as one datagram; a `dtlslib_send_data_cb` whose `ctx` is the socket
 * (Prosody DTLS library, `psDTLSSocketSend`). The bytes are copied.
 *
 * Gives `len` when the datagram was handed to the system; -1 when `ctx` is NULL or was destroyed, there is no
 * target and no hello was read, `data` is NULL or has fewer bytes, or the system refuses at once.
 */
export function psDTLSSocketSend(ctx: psDTLSSocket | null, data: Uint8Array | null, len: number): number {
  const state = find('psDTLSSocketSend', ctx);
  if (state === undefined) return -1;
  if (!holds(data, len)) {
    reportError('psDTLSSocketSend: data must have len bytes');
    return -1;
  }
  if (state.udp.send(Uint8Array.from(data.subarray(0, len)))) return len;
  reportError(
    'psDTLSSocketSend: there is no target yet; call psDTLSSocketConfigIPv4 or psDTLSSocketConfigIPv6',
  );
  return -1;
}

/**
 * Copies the next waiting datagram into `data`; a `dtlslib_read_data_cb` whose `ctx` is the socket (Prosody DTLS
 * library, `psDTLSSocketRcv`). What is longer than `max_len` is cut, as `recv` cuts it.
 *
 * Gives the number of bytes copied; 0 when no datagram waits; -1 when `ctx` is NULL or was destroyed, or `data`
 * is NULL or has fewer than `max_len` bytes.
 */
export function psDTLSSocketRcv(ctx: psDTLSSocket | null, data: Uint8Array | null, max_len: number): number {
  const state = find('psDTLSSocketRcv', ctx);
  if (state === undefined) return -1;
  if (!holds(data, max_len) || state.udp.closed) {
    reportError('psDTLSSocketRcv: data must have room for max_len bytes, and the socket must be open');
    return -1;
  }
  const datagram = state.udp.receive();
  if (datagram === undefined) return 0;
  const length = Math.min(datagram.length, max_len);
  data.set(datagram.subarray(0, length));
  return length;
}

function holds(data: unknown, length: unknown): data is Uint8Array {
  if (!(data instanceof Uint8Array) || typeof length !== 'number') return false;
  return Number.isInteger(length) && length > 0 && length <= data.length;
}

function readWhere(portOrSocket: unknown): UdpSocketOptions | undefined {
  if (portOrSocket === undefined || portOrSocket === null) return {};
  if (portOrSocket instanceof Socket) return { socket: portOrSocket };
  return isPort(portOrSocket, 0) ? { port: portOrSocket } : undefined;
}

function create(where: UdpSocketOptions): psDTLSSocket {
  const state = new SocketState({
    ...where,
    accepts: isDtlsDatagram,
    latch: true,
    onError: (error) => reportError(`psDTLSSocket: ${describeError(error)}`),
  });
  const { udp } = state;
  const sock: psDTLSSocket = Object.freeze({
    handle: 'psDTLSSocket' as const,
    address: udp.local.address,
    port: udp.local.port,
    get stats(): UdpSocketStats {
      return udp.stats;
    },
  });
  sockets.adopt(sock, state);
  open.add(sock);
  return sock;
}

function configure(caller: string, sock: unknown, address: string | undefined, port: number): 0 | -1 {
  const state = find(caller, sock);
  if (state === undefined) return -1;
  if (address === undefined) {
    reportError(`${caller}: wants the address of one host, as text`);
    return -1;
  }
  try {
    state.udp.setPeer(address, port);
    return 0;
  } catch (error) {
    reportError(`${caller}: ${describeError(error)}`);
    return -1;
  }
}
