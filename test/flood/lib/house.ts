import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer, type DtlsServerOutput } from '../../../src/connection/dtls-server.ts';
import type { DtlsOutput } from '../../../src/connection/outputs.ts';
import type {
  DtlsServerConnectionOptions,
  DtlsServerOptions,
} from '../../../src/connection/server-options.ts';
import { HelloGate } from '../../../src/handshake/server/gate.ts';
import type { PeerAddress } from '../../../src/handshake/server/peer-address.ts';
import type { ClientHello } from '../../../src/wire/messages/client-hello.ts';
import { certificateOf, type EndOptions, fingerprintOf, makeEnd } from '../../lib/ends.ts';
import { helloDatagram, replyOf } from './hellos.ts';

/** What a house may do to a datagram on its way: give back those that arrive. */
export type HousePath = (
  datagram: Uint8Array,
  from: 'client' | 'server',
  peer: PeerAddress,
) => readonly Uint8Array[];

/** A client at an address, and what came out of it but datagrams. */
export interface Guest {
  readonly peer: PeerAddress;
  readonly connection: DtlsConnection;
  readonly outputs: DtlsOutput[];
  /** False for one that has been switched off: it neither sends nor receives. */
  on: boolean;
}

const DIRECT: HousePath = (datagram) => [datagram];

/** A path on which so many datagrams arrive, and then none. */
export function losingAllAfter(count: number): HousePath {
  let seen = 0;
  return (datagram) => (seen++ < count ? [datagram] : []);
}

/** What a server wants of the clients that `House.guest` makes. */
export function welcome(options: Partial<DtlsServerConnectionOptions> = {}): DtlsServerConnectionOptions {
  return {
    certificate: certificateOf('ecdsa-p256', 'server'),
    remoteFingerprints: [fingerprintOf(certificateOf('ecdsa-p256', 'client'))],
    srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
    ...options,
  };
}

/**
 * A `DtlsServer` and any number of clients, each at an address, with a clock of their own: no socket, no timer. Several
 * clients at one address each get what is sent there, as do programs that take turns on a port.
 */
export class House {
  readonly gate: HelloGate = new HelloGate();
  readonly server: DtlsServer;
  readonly guests: Guest[] = [];
  /** What came out of the server but datagrams. */
  readonly outputs: DtlsServerOutput[] = [];
  /** Every datagram that the server sent. */
  readonly sent: { readonly peer: PeerAddress; readonly datagram: Uint8Array }[] = [];
  now = 0;
  path: HousePath = DIRECT;
  readonly #byAddress = new Map<string, Guest[]>();

  constructor(options: Partial<DtlsServerOptions> = {}) {
    this.server = new DtlsServer({ accept: () => welcome(), gate: this.gate, ...options });
  }

  /** A client at that address, which has not said anything yet. */
  guest(peer: PeerAddress, options: EndOptions = {}): Guest {
    const guest: Guest = { peer, connection: makeEnd('client', options), outputs: [], on: true };
    this.guests.push(guest);
    const key = keyOf(peer);
    this.#byAddress.set(key, [...(this.#byAddress.get(key) ?? []), guest]);
    return guest;
  }

  /** A client that is connected. */
  connect(peer: PeerAddress, options: EndOptions = {}): Guest {
    const guest = this.guest(peer, options);
    guest.connection.start(this.now);
    this.settle();
    if (guest.connection.state !== 'connected') throw new Error(`not connected: ${guest.connection.state}`);
    return guest;
  }

  /** The server's connections at an address, in the order in which they were opened, of those that have said anything. */
  connectionsAt(peer: PeerAddress): DtlsConnection[] {
    const own = this.outputs.filter((output) => keyOf(output.peer) === keyOf(peer));
    return [...new Set(own.flatMap(({ connection }) => (connection === undefined ? [] : [connection])))];
  }

  /** The server's connection with a client that is connected: the one that exports the same keys. */
  connectionOf(guest: Guest): DtlsConnection {
    const key = exported(guest.connection);
    const found = this.connectionsAt(guest.peer).find(
      (own) => own.state === 'connected' && exported(own) === key,
    );
    if (found === undefined) throw new Error('the server has no connection with this client');
    return found;
  }

  /** What came out of one of the server's connections. */
  outputsOf(connection: DtlsConnection): DtlsOutput[] {
    return this.outputs.filter((own) => own.connection === connection).map(({ output }) => output);
  }

  /** A hello from anyone in the name of that address, with a cookie that is good for it. */
  helloWithCookie(hello: ClientHello, peer: PeerAddress): Uint8Array {
    const { cookie } = replyOf(this.gate.receive(helloDatagram(hello), peer, this.now));
    return helloDatagram({ ...hello, cookie });
  }

  /** Brings the server a datagram that none of the clients sent, and carries what comes of it. */
  inject(datagram: Uint8Array, peer: PeerAddress): void {
    this.server.receive(datagram, peer, this.now);
    this.settle();
  }

  /** Carries datagrams to and fro until nobody has any. */
  settle(): this {
    for (;;) {
      let moved = this.#carryOut();
      for (const guest of this.guests) if (this.#carryIn(guest)) moved = true;
      if (!moved) return this;
    }
  }

  /** Goes on by so many ms, and lets every timer fire at its time. */
  advance(ms: number): this {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const ends = [this.server, ...this.guests.filter(({ on }) => on).map(({ connection }) => connection)];
      const due = Math.min(...ends.map(({ nextTimeout }) => nextTimeout ?? Number.POSITIVE_INFINITY));
      if (due > end) break;
      this.now = Math.max(this.now, due);
      for (const each of ends) each.handleTimeout(this.now);
    }
    this.now = end;
    return this;
  }

  #carryOut(): boolean {
    let moved = false;
    for (let own = this.server.poll(); own !== undefined; own = this.server.poll()) {
      moved = true;
      const { peer, output } = own;
      if (output.type !== 'datagram') {
        this.outputs.push(own);
        continue;
      }
      this.sent.push({ peer, datagram: output.datagram });
      for (const datagram of this.path(output.datagram, 'server', peer)) {
        for (const { on, connection } of this.#byAddress.get(keyOf(peer)) ?? [])
          if (on) connection.receive(datagram, this.now);
      }
    }
    return moved;
  }

  #carryIn({ peer, connection, outputs, on }: Guest): boolean {
    if (!on) return false;
    let moved = false;
    for (let output = connection.poll(); output !== undefined; output = connection.poll()) {
      moved = true;
      if (output.type !== 'datagram') outputs.push(output);
      else
        for (const datagram of this.path(output.datagram, 'client', peer))
          this.server.receive(datagram, peer, this.now);
    }
    return moved;
  }
}

/** The messages among these outputs, as text. */
export function messagesIn(outputs: readonly DtlsOutput[]): string[] {
  return outputs.flatMap((output) =>
    output.type === 'message' ? [Buffer.from(output.data).toString()] : [],
  );
}

function keyOf({ address, port }: PeerAddress): string {
  return `${address} ${port}`;
}

function exported(connection: DtlsConnection): string {
  return Buffer.from(connection.exportKeyingMaterial(20, 'EXPERIMENTAL test')).toString('hex');
}
