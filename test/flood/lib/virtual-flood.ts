import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../../src/connection/dtls-server.ts';
import type { PeerAddress } from '../../../src/handshake/server/peer-address.ts';
import { makeEnd } from '../../lib/ends.ts';
import { peerOf } from './hellos.ts';
import { welcome } from './house.ts';
import { Report, type Verdict } from './report.ts';
import { NO_STORM, Storm } from './storm.ts';

export interface FloodTerms {
  readonly hellos: number;
  readonly connections: number;
  readonly seed: number;
}

/** Hellos for each message of each live connection. */
const HELLOS_PER_ROUND = 1000;
/** Ten thousand hellos are a second. */
const MS_PER_HELLO = 0.1;

/** A server and its live clients in one process and in virtual time, without sockets: nothing waits, nothing is kept. */
class Village {
  readonly server: DtlsServer = new DtlsServer({ accept: () => welcome() });
  readonly talk = { sent: 0, answered: 0, lost: 0 };
  readonly storm = { ...NO_STORM };
  now = 0;
  readonly #clients = new Map<string, DtlsConnection>();

  settle(connect: number): void {
    for (let i = 0; i < connect; i++) {
      const peer: PeerAddress = { address: '192.0.2.1', port: 1024 + i };
      const client = makeEnd('client');
      this.#clients.set(keyOf(peer), client);
      client.start(this.now);
      this.#carry(client, peer);
    }
  }

  /** Every client says something, to which the server answers with the same. */
  converse(): void {
    let port = 1024;
    for (const client of this.#clients.values()) {
      client.send(Buffer.from(`message ${this.talk.sent++}`), this.now);
      this.#carry(client, { address: '192.0.2.1', port: port++ });
    }
    this.talk.lost = this.talk.sent - this.talk.answered;
  }

  /** What one stranger says; gives the reply. */
  strike(datagrams: readonly Uint8Array[], peer: PeerAddress): Uint8Array | undefined {
    for (const datagram of datagrams) {
      this.storm.bytesSent += datagram.length;
      this.server.receive(datagram, peer, this.now);
    }
    const [reply, ...more] = this.#carryOut();
    if (more.length > 0) throw new Error('more than one reply to one hello');
    this.storm.hellos++;
    if (reply !== undefined) {
      this.storm.replies++;
      this.storm.bytesReceived += reply.length;
    }
    return reply;
  }

  /** Datagrams between one client and the server, to and fro until there are none. */
  #carry(client: DtlsConnection, peer: PeerAddress): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (let output = client.poll(); output !== undefined; output = client.poll()) {
        if (output.type === 'message') this.talk.answered++;
        if (output.type !== 'datagram') continue;
        moved = true;
        this.server.receive(output.datagram, peer, this.now);
      }
      this.#carryOut();
    }
  }

  /** Gives what is for nobody of the clients. */
  #carryOut(): Uint8Array[] {
    const rest: Uint8Array[] = [];
    for (let own = this.server.poll(); own !== undefined; own = this.server.poll()) {
      const { peer, connection, output } = own;
      if (output.type === 'message') connection?.send(output.data, this.now);
      if (output.type !== 'datagram') continue;
      const client = this.#clients.get(keyOf(peer));
      if (client === undefined) rest.push(output.datagram);
      else client.receive(output.datagram, this.now);
    }
    return rest;
  }
}

/** A storm without sockets, in virtual time. Prints a line at every tenth of it. */
export function virtualFlood(
  { hellos, connections, seed }: FloodTerms,
  print: (text: string) => void,
): Verdict {
  const village = new Village();
  village.settle(connections);
  const storm = new Storm(seed);
  const report = new Report(print);
  for (let number = 0; number < hellos; number++) {
    village.now += MS_PER_HELLO;
    const { datagrams, answered } = storm.gust(number);
    const reply = village.strike(datagrams, peerOf(number, 1024 + (number % 60_000)));
    if ((reply !== undefined) !== answered)
      throw new Error(`hello ${number}: ${answered ? 'no reply' : 'a reply'}`);
    if (reply !== undefined) storm.replied(number, reply);
    if (number % HELLOS_PER_ROUND === 0) village.converse();
    const tenths = (10 * (number + 1)) / hellos;
    if (Math.floor(tenths) > Math.floor((10 * number) / hellos))
      report.add({ ...village.storm }, { ...village.talk }, village.server.stats);
  }
  return report.verdict(connections);
}

function keyOf({ address, port }: PeerAddress): string {
  return `${address} ${port}`;
}
