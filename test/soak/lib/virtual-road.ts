import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { makeEnd } from '../../lib/ends.ts';
import { otherSide, type Road, type RoadEnd, type RoadOptions, type RoadWatcher, type Side } from './road.ts';

class VirtualEnd implements RoadEnd {
  readonly connection: DtlsConnection;
  destroyed = false;
  readonly #clock: { readonly now: number };

  constructor(connection: DtlsConnection, clock: { readonly now: number }) {
    this.connection = connection;
    this.#clock = clock;
  }

  send(data: Uint8Array): void {
    this.connection.send(data, this.#clock.now);
  }

  setRemoteFingerprints(list: readonly string[]): void {
    this.connection.setRemoteFingerprints(list, this.#clock.now);
  }

  close(): void {
    this.connection.close(this.#clock.now);
  }

  destroy(): void {
    this.destroyed = true;
    this.connection.destroy();
  }
}

/** A network and a clock that are only thought up: each datagram arrives at once, and time passes when nothing else does. */
export class VirtualRoad implements Road {
  readonly client: VirtualEnd;
  readonly server: VirtualEnd;
  readonly #watcher: RoadWatcher;
  readonly #clock = { now: 0 };
  #severed = false;

  constructor({ client, server }: RoadOptions, watcher: RoadWatcher) {
    this.#watcher = watcher;
    this.client = new VirtualEnd(makeEnd('client', client), this.#clock);
    this.server = new VirtualEnd(makeEnd('server', server), this.#clock);
  }

  start(): void {
    this.server.connection.start(this.#clock.now);
    this.client.connection.start(this.#clock.now);
  }

  forge(to: Side, datagram: Uint8Array): void {
    this[to].connection.receive(datagram, this.#clock.now);
  }

  sever(): void {
    this.#severed = true;
  }

  async until(done: () => boolean): Promise<boolean> {
    while (!done()) if (!this.#carry('client') && !this.#carry('server') && !this.#tick()) return done();
    return true;
  }

  release(): void {}

  /** One output; false when there is none. */
  #carry(from: Side): boolean {
    const output = this[from].connection.poll();
    if (output === undefined) return false;
    const to = otherSide(from);
    if (output.type === 'message') this.#watcher.onMessage(from, output.data);
    else if (output.type === 'trace' && output.event.kind === 'state')
      this.#watcher.onState(from, output.event.state);
    else if (output.type === 'datagram' && !this.#severed && this.#watcher.arrives(to))
      this[to].connection.receive(output.datagram, this.#clock.now);
    return true;
  }

  #tick(): boolean {
    const times = [this.client, this.server].flatMap(({ connection }) => connection.nextTimeout ?? []);
    if (times.length === 0) return false;
    this.#clock.now = Math.max(this.#clock.now, Math.min(...times));
    for (const { connection } of [this.client, this.server]) connection.handleTimeout(this.#clock.now);
    return true;
  }
}
