import dgram from 'node:dgram';
import { once } from 'node:events';
import { NO_STORM, Storm, type StormCounts } from './storm.ts';

/** Strangers that wait for an answer at a time; those that get none come between them. */
const AT_A_TIME = 32;
/** In ms; a hello that has no reply by then is said again. */
const PATIENCE = 2000;
const MOST_REPEATS = 10;

/** Each its own: of numbers below 16,000,000 no two have the same, and none is 127.0.0.1. */
function addressOf(number: number): string {
  return `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

async function bound(address: string): Promise<dgram.Socket> {
  // Without asking a resolver for what is an address already.
  const lookup = (
    host: string,
    _: unknown,
    done: (error: null, address: string, family: number) => void,
  ): void => done(null, host, 4);
  const socket = dgram.createSocket({ type: 'udp4', lookup });
  const listening = once(socket, 'listening'); // told before bind returns
  socket.bind({ address, port: 0, exclusive: true });
  await listening;
  return socket;
}

/** Whether all of 127.0.0.0/8 is this machine, as on Linux; elsewhere 127.0.0.1 alone may be. */
export async function hasManyAddresses(): Promise<boolean> {
  try {
    const socket = await bound(addressOf(1));
    socket.close();
    return true;
  } catch {
    return false;
  }
}

export interface UdpStormOptions {
  readonly port: number;
  readonly hellos: number;
  readonly seed: number;
  /** Else each has a port of its own on 127.0.0.1, for as long as it is open. */
  readonly manyAddresses: boolean;
  readonly onProgress?: (counts: StormCounts) => void;
}

/**
 * Hellos from strangers, each with a socket on an address of its own, over UDP on loopback. A few are under way at a time,
 * and the next one begins when one has its answer: so it goes as fast as the server does, and what waits in the kernel is
 * bounded.
 */
export async function udpStorm(options: UdpStormOptions): Promise<StormCounts> {
  const { port, hellos, seed, manyAddresses, onProgress } = options;
  const storm = new Storm(seed);
  const counts = { ...NO_STORM };
  let next = 0;

  async function stranger(number: number): Promise<void> {
    const { datagrams, answered } = storm.gust(number);
    const socket = await bound(manyAddresses ? addressOf(number) : '127.0.0.1');
    try {
      for (let tries = 0; tries <= MOST_REPEATS; tries++) {
        if (tries > 0) counts.repeats++;
        const reply = answered ? firstMessage(socket) : undefined;
        for (const datagram of datagrams) {
          counts.bytesSent += datagram.length;
          await sent(socket, datagram, port);
        }
        if (reply === undefined) return;
        const datagram = await reply;
        if (datagram === undefined) continue;
        counts.replies++;
        counts.bytesReceived += datagram.length;
        storm.replied(number, datagram);
        return;
      }
      throw new Error(
        `The server has not answered hello ${number}, although it was said ${MOST_REPEATS + 1} times.`,
      );
    } finally {
      socket.close();
    }
  }

  async function lane(): Promise<void> {
    while (next < hellos) {
      await stranger(next++);
      counts.hellos++;
      onProgress?.({ ...counts });
    }
  }

  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return counts;
}

function sent(socket: dgram.Socket, datagram: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Undefined when none comes in time. */
function firstMessage(socket: dgram.Socket): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(undefined), PATIENCE);
    const settle = (datagram: Uint8Array | undefined): void => {
      clearTimeout(timer);
      socket.off('message', settle);
      resolve(datagram);
    };
    socket.on('message', settle);
  });
}
