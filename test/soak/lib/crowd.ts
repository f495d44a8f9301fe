import type { Certificate } from '../../../src/certificate/certificate.ts';
import { createCertificate } from '../../../src/certificate/create.ts';
import { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../../src/connection/dtls-server.ts';
import type { DtlsConnectionOptions } from '../../../src/connection/options.ts';
import type { PeerAddress } from '../../../src/handshake/server/peer-address.ts';
import { fingerprintOf } from '../../lib/ends.ts';

/** The certificates of two ends. They are the caller's, and were there before the connections. */
export interface Identities {
  readonly client: Certificate;
  readonly server: Certificate;
}

/** Identities that nobody has seen before, two for each connection. */
export function makeIdentities(count: number): Identities[] {
  return Array.from({ length: count }, () => ({ client: createCertificate(), server: createCertificate() }));
}

const PROFILES: readonly string[] = [
  'SRTP_AEAD_AES_256_GCM',
  'SRTP_AEAD_AES_128_GCM',
  'SRTP_AES128_CM_SHA1_80',
];

/** What a WebRTC endpoint says. */
const options = (own: Certificate, peer: Certificate): Omit<DtlsConnectionOptions, 'role'> => ({
  certificate: own,
  remoteFingerprints: [fingerprintOf(peer)],
  srtpProfiles: PROFILES,
});

/** Whatever gives datagrams to be brought to the other side. */
interface Party {
  poll(): Uint8Array | undefined;
  receive(datagram: Uint8Array): void;
}

function partyOf(connection: DtlsConnection): Party {
  return {
    poll() {
      let output = connection.poll();
      while (output !== undefined && output.type !== 'datagram') output = connection.poll();
      return output?.datagram;
    },
    receive: (datagram) => void connection.receive(datagram, 0),
  };
}

function guestOf(server: DtlsServer, peer: PeerAddress): Party {
  return {
    poll() {
      let next = server.poll();
      while (next !== undefined && next.output.type !== 'datagram') next = server.poll();
      return next?.output.type === 'datagram' ? next.output.datagram : undefined;
    },
    receive: (datagram) => server.receive(datagram, peer, 0),
  };
}

/** Carries datagrams to and fro until there are no more. */
function settle(a: Party, b: Party): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      for (let datagram = from.poll(); datagram !== undefined; datagram = from.poll()) {
        moved = true;
        to.receive(datagram);
      }
    }
  }
}

/** Each has been used once: its keys are out, and a message has gone each way. */
function use(connection: DtlsConnection | undefined): void {
  if (connection?.state !== 'connected') throw new Error('the handshake did not complete');
  connection.srtpKeys();
  connection.send(Uint8Array.of(1, 2, 3), 0);
}

/** Two connected ends, idle from here on. */
export function connectPair({
  client,
  server,
}: Identities): Readonly<Record<'client' | 'server', DtlsConnection>> {
  const pair = {
    client: new DtlsConnection({ role: 'client', ...options(client, server) }),
    server: new DtlsConnection({ role: 'server', ...options(server, client) }),
  };
  const [a, b] = [partyOf(pair.client), partyOf(pair.server)];
  pair.server.start(0);
  pair.client.start(0);
  settle(a, b);
  use(pair.client);
  use(pair.server);
  settle(a, b);
  return pair;
}

/** A `DtlsServer`, each of whose peers comes from a host of its own. The peers themselves are let go. */
export function serverWithPeers(identities: readonly Identities[]): DtlsServer {
  let next: Identities | undefined;
  const server = new DtlsServer({
    accept: () => next && options(next.server, next.client),
    maximumPeers: identities.length,
  });
  for (const [i, both] of identities.entries()) {
    next = both;
    const client = new DtlsConnection({ role: 'client', ...options(both.client, both.server) });
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    const [a, b] = [partyOf(client), guestOf(server, { address, port: 5004 })];
    client.start(0);
    settle(a, b);
    use(client);
    settle(a, b);
  }
  next = undefined;
  for (const connection of server.connections()) use(connection);
  while (server.poll() !== undefined);
  return server;
}
