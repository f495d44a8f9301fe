import { UdpSocket, type UdpSocketOptions } from '../net/udp-socket.ts';

/** setTimeout takes no more: 2^31 - 1 ms, about 24 days. */
const MAX_TIMER = 0x7fffffff;

/** What a `psDTLSSocket` stands for: a UDP socket, a limit, and those who wait for either. */
export class SocketState {
  readonly udp: UdpSocket;
  /** When the time for the handshake is over, on the clock of `performance.now`. */
  #limit: number | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(options: UdpSocketOptions) {
    this.udp = new UdpSocket({ ...options, onEvent: () => this.#wake() });
  }

  /** `ms` from now; undefined for no limit. Whoever waits sees the new limit. */
  setLimit(ms: number | undefined): void {
    this.#limit = ms === undefined ? undefined : performance.now() + ms;
    this.#wake();
  }

  /** 1: a packet waits; 0: `timeout` ms (undefined: for ever) are over; -1: the limit is, or the socket is closed. */
  async poll(timeout: number | undefined): Promise<1 | 0 | -1> {
    const end = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
    for (let waited = false; ; waited = true) {
      const now = performance.now();
      if (this.udp.closed || (this.#limit !== undefined && now >= this.#limit)) return -1;
      if (this.udp.pending > 0) return 1;
      // Even a timeout of 0 waits once: packets come in only while the event loop runs.
      if (waited && now >= end) return 0;
      await this.#event(Math.min(end, this.#limit ?? Number.POSITIVE_INFINITY) - now);
    }
  }

  close(): void {
    this.udp.close();
  }

  /** Resolves at the next packet, at a change of the limit, on close, or after `ms`. */
  #event(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      // Timers come before packets in the event loop's round, setImmediate after: a packet that arrived in time
      // while the program was busy is then seen.
      const expired = (): void => void setImmediate(done);
      if (ms !== Number.POSITIVE_INFINITY) timer = setTimeout(expired, Math.min(Math.max(ms, 0), MAX_TIMER));
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
