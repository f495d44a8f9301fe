import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsOutput } from '../../src/connection/outputs.ts';

/** What a test may do to a datagram on its way: give back those that arrive. */
export type Path = (datagram: Uint8Array, from: 'client' | 'server') => readonly Uint8Array[];

const DIRECT: Path = (datagram) => [datagram];

/**
 * Two connections, a path between them and a clock of their own: no socket, no timer, nothing random in time.
 * All outputs but datagrams are kept for each side.
 */
export class Pair {
  readonly client: DtlsConnection;
  readonly server: DtlsConnection;
  readonly outputs: Readonly<Record<'client' | 'server', DtlsOutput[]>> = { client: [], server: [] };
  /** Every datagram handed out, in order, before the path had its way with it. */
  readonly sent: {
    readonly from: 'client' | 'server';
    readonly datagram: Uint8Array;
    readonly now: number;
  }[] = [];
  now = 0;
  path: Path;

  constructor(client: DtlsConnection, server: DtlsConnection, path: Path = DIRECT) {
    this.client = client;
    this.server = server;
    this.path = path;
  }

  start(): this {
    this.server.start(this.now);
    this.client.start(this.now);
    return this.settle();
  }

  /** Carries datagrams to and fro until neither side has any. */
  settle(): this {
    for (;;) {
      const moved = [this.#carry('client'), this.#carry('server')];
      if (!moved.includes(true)) return this;
    }
  }

  /** Lets the next timer fire; false when there is none. */
  tick(): boolean {
    const timeouts = [this.client.nextTimeout, this.server.nextTimeout].filter((time) => time !== undefined);
    if (timeouts.length === 0) return false;
    this.now = Math.max(this.now, Math.min(...timeouts));
    this.client.handleTimeout(this.now);
    this.server.handleTimeout(this.now);
    this.settle();
    return true;
  }

  /** Starts, and lets timers fire until both are connected or have ended. */
  run(ticks = 200): this {
    this.start();
    const open = (side: DtlsConnection): boolean => side.state === 'connecting' || side.state === 'new';
    for (let i = 0; i < ticks && (open(this.client) || open(this.server)); i++) if (!this.tick()) break;
    return this;
  }

  /** The outputs of one kind that one side gave. */
  of<T extends DtlsOutput['type']>(
    side: 'client' | 'server',
    type: T,
  ): Extract<DtlsOutput, { readonly type: T }>[] {
    return this.outputs[side].filter(
      (output): output is Extract<DtlsOutput, { readonly type: T }> => output.type === type,
    );
  }

  #carry(from: 'client' | 'server'): boolean {
    const source = this[from];
    const target = from === 'client' ? this.server : this.client;
    let moved = false;
    for (let output = source.poll(); output !== undefined; output = source.poll()) {
      moved = true;
      if (output.type !== 'datagram') {
        this.outputs[from].push(output);
        continue;
      }
      this.sent.push({ from, datagram: output.datagram, now: this.now });
      for (const datagram of this.path(output.datagram, from)) target.receive(datagram, this.now);
    }
    return moved;
  }
}
