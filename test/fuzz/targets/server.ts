import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../../src/connection/dtls-server.ts';
import { HelloGate } from '../../../src/handshake/server/gate.ts';
import { type PeerAddress, peerKey } from '../../../src/handshake/server/peer-address.ts';
import type { Case, Edit } from '../lib/edit.ts';
import { actingAs, fixedRandom } from '../lib/entropy.ts';
import { allDatagrams } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS, travel } from '../lib/road.ts';
import { optionsOf, type Setup, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { checkError, checkTimeout, insist, mustNotThrow, WatchedEnd } from '../lib/watched.ts';

/** Clients to whose datagrams all is done that the edits say, and one whom nobody disturbs. */
const DISTURBED: readonly PeerAddress[] = [
  { address: '192.0.2.1', port: 1001 },
  { address: '2001:db8::3', port: 1003 },
];
const UNDISTURBED: PeerAddress = { address: '192.0.2.1', port: 1004 };
/** Who has never said anything. */
const STRANGER: PeerAddress = { address: '203.0.113.9', port: 9 };

const MOST_ROUNDS = 80;
const MOST_DELIVERIES = 6000;
/** As many as there are clients, so that for a stranger there is no room once all are in. */
const MAXIMUM_PEERS = 3;

interface Client {
  end: WatchedEnd;
  readonly address: PeerAddress;
}

/** One server and its clients in virtual time. */
class House {
  readonly #gate = new HelloGate({ secret: new Uint8Array(32).fill(7) });
  readonly #server: DtlsServer;
  readonly clients: readonly Client[];
  readonly #edits: readonly Edit[];
  readonly #history: Uint8Array[] = [];
  readonly #bytesIn = new Map<string, number>();
  readonly #bytesOut = new Map<string, number>();
  readonly #connections = new Set<DtlsConnection>();
  readonly #connected: string[] = [];
  #sent = 0;
  #deliveries = 0;
  #opened = 0;
  #made = 0;
  readonly #setup: Setup;
  now = 1000;

  constructor({ setup, edits }: Case) {
    this.#edits = edits;
    const both = setupOf(setup);
    this.#setup = both;
    const { role: _, cookieExchange: __, ...options } = optionsOf(both, 'server');
    this.#server = new DtlsServer({
      accept: () => ({
        ...options,
        random: fixedRandom(`server ${this.#opened++}`),
      }),
      gate: this.#gate,
      maximumPeers: MAXIMUM_PEERS,
      maximumHandshakes: MAXIMUM_PEERS,
    });
    this.clients = [...DISTURBED, UNDISTURBED].map((address) => ({ end: this.#newClient(address), address }));
  }

  run(): void {
    for (const { end } of this.clients) end.start(this.now);
    this.#wait();
    // From the same addresses, as after a restart (RFC 6347 §4.2.8).
    for (const client of this.clients) {
      if (client.address === UNDISTURBED) continue;
      client.end = this.#newClient(client.address);
      client.end.start(this.now);
    }
    this.#wait();
    const spared = this.clients.find(({ address }) => address === UNDISTURBED);
    insist(spared?.end.connected === true, 'a client whom nobody disturbed was not let in');
    spared.end.act('send', this.now, (connection) => connection.send(Uint8Array.of(1), this.now));
    this.#settle();
    insist(this.#connected.includes(peerKey(UNDISTURBED)), 'a client whom nobody disturbed is not known');
    this.#close();
  }

  #newClient({ port }: PeerAddress): WatchedEnd {
    const name = `client ${port} ${this.#made++}`;
    return new WatchedEnd(name, { ...optionsOf(this.#setup, 'client'), random: fixedRandom(name) });
  }

  #wait(): void {
    for (let round = 0; this.#step(); round++) insist(round < MOST_ROUNDS, 'timers without end');
  }

  /** Lets the next timer fire; false when none waits. */
  #step(): boolean {
    this.#settle();
    const times = [this.#server.nextTimeout, ...this.clients.map(({ end }) => end.connection.nextTimeout)];
    const due = times.filter((time) => time !== undefined);
    if (due.length === 0) return false;
    this.now = Math.max(this.now, Math.min(...due));
    for (const { end } of this.clients) end.fire(this.now);
    mustNotThrow('DtlsServer.handleTimeout()', () =>
      actingAs('server', () => this.#server.handleTimeout(this.now)),
    );
    return true;
  }

  #settle(): void {
    for (let moved = true; moved; ) {
      moved = this.#drain();
      for (const client of this.clients) {
        for (const bytes of client.end.takeOutgoing()) {
          moved = true;
          this.#post(bytes, client);
        }
      }
    }
  }

  #post(bytes: Uint8Array, { end, address }: Client): void {
    const n = this.#sent++;
    const edits = address === UNDISTURBED ? [] : this.#edits.filter(({ at }) => at === n);
    const bag = { corpus: allDatagrams(), history: this.#history, seal: undefined };
    for (const { bytes: arriving, back, late = 0 } of travel(bytes, edits, bag)) {
      // Late is what somebody else sends.
      if (back === true) end.receive(arriving, this.now);
      else this.#deliver(arriving, late === 0 ? address : STRANGER);
    }
    this.#history.push(bytes);
  }

  #deliver(bytes: Uint8Array, from: PeerAddress): void {
    insist(++this.#deliveries < MOST_DELIVERIES, 'datagrams without end');
    const key = peerKey(from);
    this.#bytesIn.set(key, (this.#bytesIn.get(key) ?? 0) + bytes.length);
    mustNotThrow('DtlsServer.receive()', () =>
      actingAs('server', () => this.#server.receive(bytes, from, this.now)),
    );
    const { size, stats, nextTimeout } = this.#server;
    insist(size <= MAXIMUM_PEERS && stats.handshakes <= MAXIMUM_PEERS, `${size} peers`);
    checkTimeout(nextTimeout, this.now);
  }

  #drain(): boolean {
    let moved = false;
    for (let next = this.#server.poll(); next !== undefined; next = this.#server.poll()) {
      const { peer, connection, output } = next;
      const key = peerKey(peer);
      if (connection !== undefined) this.#connections.add(connection);
      if (output.type === 'closed') checkError(output.error);
      if (output.type === 'connected') this.#connected.push(key);
      if (output.type !== 'datagram') continue;
      moved = true;
      if (connection === undefined) this.#checkReply(output.datagram, key);
      this.clients.find(({ address }) => peerKey(address) === key)?.end.receive(output.datagram, this.now);
    }
    return moved;
  }

  /** The gate has sent no address more than came from it. */
  #checkReply(reply: Uint8Array, key: string): void {
    const sum = (this.#bytesOut.get(key) ?? 0) + reply.length;
    this.#bytesOut.set(key, sum);
    const came = this.#bytesIn.get(key) ?? 0;
    insist(sum <= came, `${came} bytes from ${key} were answered with ${sum}`);
  }

  #close(): void {
    this.#server.close(this.now);
    this.#settle();
    const { size, nextTimeout, stats } = this.#server;
    insist(size === 0 && stats.handshakes === 0, `${size} peers are left after close()`);
    insist(nextTimeout === undefined, 'a timer is left after close()');
    for (const connection of this.#connections)
      insist(/closed|failed/.test(connection.state), `a connection is left ${connection.state}`);
    this.#deliver(allDatagrams()[0] ?? new Uint8Array(1), STRANGER);
    insist(this.#server.poll() === undefined, 'an answer after close()');
  }
}

export const server: Target = {
  name: 'server',
  about: 'a DtlsServer with three clients, of whom two are disturbed, and begin again',
  setups: ['plain', 'pieces', 'cookie in pieces', 'unchecked'],
  places: () => 32,
  operations: DATAGRAM_OPERATIONS,
  weight: 1,
  run: (input) => new House(input).run(),
};
