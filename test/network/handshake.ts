import { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../src/connection/dtls-server.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import { type CertificateKind, certificateOfKind } from './certificates.ts';
import { ConnectionHost, type Party } from './connection-host.ts';
import type { LinkConditions } from './link.ts';
import { type Address, Network, type Node } from './network.ts';
import { ServerHost } from './server-host.ts';

/** What the two sides of a handshake are like. */
export interface Shape {
  /** How the server has the client prove its address. `gate`: it is a DtlsServer, for many peers. */
  readonly cookie: 'none' | 'cookieExchange' | 'gate';
  readonly mtu: number;
  readonly server: CertificateKind;
  /** `none`: the server asks for no certificate. */
  readonly client: CertificateKind | 'none';
}

export const PLAIN: Shape = { cookie: 'none', mtu: 1200, server: 'ecdsa-p256', client: 'ecdsa-p256' };

export const CLIENT: Address = { address: '192.0.2.1', port: 5000 };
export const SERVER: Address = { address: '198.51.100.1', port: 4433 };

type Options = Partial<Omit<DtlsConnectionOptions, 'role' | 'admission' | 'cookieExchange'>>;

export interface HandshakeOptions {
  readonly seed?: number;
  readonly conditions?: Partial<LinkConditions>;
  /** Beyond what the shape says. */
  readonly clientOptions?: Options;
  readonly serverOptions?: Options;
}

export type Side = 'client' | 'server';

/** A client and a server in a network of their own. */
export class Handshake {
  readonly network: Network;
  readonly client: ConnectionHost;
  readonly server: Party;
  readonly clientNode: Node;
  readonly serverNode: Node;

  constructor(
    shape: Shape,
    { seed = 0, conditions = {}, clientOptions = {}, serverOptions = {} }: HandshakeOptions = {},
  ) {
    this.network = new Network({ seed, conditions });
    this.client = new ConnectionHost(
      new DtlsConnection({ role: 'client', ...clientOptionsOf(shape), ...clientOptions }),
      SERVER,
    );
    const options = { ...serverOptionsOf(shape), ...serverOptions };
    this.server =
      shape.cookie === 'gate'
        ? new ServerHost(new DtlsServer({ accept: () => options }))
        : new ConnectionHost(
            new DtlsConnection({
              role: 'server',
              cookieExchange: shape.cookie === 'cookieExchange',
              ...options,
            }),
            CLIENT,
          ).start(0);
    this.serverNode = this.network.attach(this.server, SERVER);
    this.clientNode = this.network.attach(this.client, CLIENT);
  }

  /** The client says hello. */
  start(): this {
    this.client.start(this.network.now);
    this.network.wake(this.clientNode);
    return this;
  }

  /** Until both sides are connected, or nothing happens any more. */
  run(): this {
    if (this.client.connection.state === 'new') this.start();
    this.network.run(() => this.completed);
    return this;
  }

  get completed(): boolean {
    return this.client.connectedAt !== undefined && this.server.connectedAt !== undefined;
  }

  /** Sends a message. */
  say(side: Side, text: string): void {
    this[side].connection?.send(new TextEncoder().encode(text), this.network.now);
    this.network.wake(side === 'client' ? this.clientNode : this.serverNode);
  }
}

const SRTP: Options = { srtpProfiles: ['SRTP_AES128_CM_SHA1_80'] };

export function clientOptionsOf({ mtu, client, server }: Shape): Options & { readonly mtu: number } {
  return {
    ...SRTP,
    mtu,
    ...(client !== 'none' && { certificate: certificateOfKind(client) }),
    remoteFingerprints: [fingerprintOf(server)],
  };
}

export function serverOptionsOf({ mtu, client, server }: Shape): Options & { readonly mtu: number } {
  return {
    ...SRTP,
    mtu,
    certificate: certificateOfKind(server),
    ...(client === 'none'
      ? { insecureNoPeerCheck: true, requestCertificate: false }
      : { remoteFingerprints: [fingerprintOf(client)] }),
  };
}

function fingerprintOf(kind: CertificateKind): string {
  return `sha-256 ${certificateOfKind(kind).fingerprint()}`;
}
