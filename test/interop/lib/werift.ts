import type dgram from 'node:dgram';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { KeyType } from '../../../src/registry/algorithms.ts';
import { closeSocket, LOOPBACK, openSocket } from './loopback.ts';
import { within } from './program.ts';

/** As much of werift's DTLS as is used here; it is not among the package's exports. */
interface WeriftEvent<T extends unknown[]> {
  subscribe(listener: (...values: T) => void): void;
}
interface WeriftSocket {
  readonly onConnect: WeriftEvent<[]>;
  readonly onData: WeriftEvent<[Buffer]>;
  readonly onError: WeriftEvent<[unknown]>;
  readonly srtp: { readonly srtpProfile: number | undefined };
  readonly remoteCertificate: Buffer | undefined;
  connect?(): Promise<void>;
  send(data: Buffer): Promise<void>;
  exportKeyingMaterial(label: string, length: number): Buffer;
}
interface WeriftTransport {
  readonly type: string;
  readonly address: { readonly address: string; readonly port: number; readonly family: string };
  readonly closed: boolean;
  onData: (data: Buffer, from: readonly [string, number]) => void;
  send(data: Buffer): Promise<void>;
  close(): Promise<void>;
}
type WeriftConstructor = new (options: Record<string, unknown>) => WeriftSocket;

const require = createRequire(import.meta.url);
const library = join(dirname(require.resolve('werift')), '..', '..');
const dtls: { DtlsClient: WeriftConstructor; DtlsServer: WeriftConstructor } = require(
  join(library, 'dtls/src/index.js'),
);

/** What a peer is given of itself; `Certificate` of dtlslib in PEM will do. */
export interface WeriftCertificate {
  readonly keyType: KeyType;
  readonly pem: string;
  readonly keyPem: string;
}

/** SHA-256, with ECDSA or RSA: numbers of RFC 5246 §7.4.1.4.1. */
const SIGNATURE_HASH: Partial<Record<KeyType, { hash: number; signature: number }>> = {
  'ecdsa-p256': { hash: 4, signature: 3 },
  rsa: { hash: 4, signature: 1 },
};

/** werift's DTLS client or server on a UDP socket of loopback. */
export class WeriftPeer implements AsyncDisposable {
  readonly dtls: WeriftSocket;
  remotePort: number | undefined;
  readonly #socket: dgram.Socket;
  readonly #connected: Promise<void>;
  #open = true;

  private constructor(
    role: 'client' | 'server',
    certificate: WeriftCertificate,
    srtpProfile: number,
    socket: dgram.Socket,
  ) {
    this.#socket = socket;
    const transport: WeriftTransport = {
      type: 'udp',
      address: socket.address(),
      closed: false,
      onData: () => undefined,
      send: async (data) => {
        if (this.#open && this.remotePort !== undefined) socket.send(data, this.remotePort, LOOPBACK);
      },
      close: async () => undefined,
    };
    socket.on('message', (datagram, sender) => {
      this.remotePort ??= sender.port;
      transport.onData(datagram, [sender.address, sender.port]);
    });
    const Constructor = role === 'client' ? dtls.DtlsClient : dtls.DtlsServer;
    this.dtls = new Constructor({
      cert: certificate.pem,
      key: certificate.keyPem,
      signatureHash: SIGNATURE_HASH[certificate.keyType],
      srtpProfiles: [srtpProfile],
      certificateRequest: true,
      extendedMasterSecret: true,
      transport,
    });
    this.#connected = new Promise((resolve, reject) => {
      this.dtls.onConnect.subscribe(resolve);
      this.dtls.onError.subscribe(reject);
    });
    this.#connected.catch(() => undefined);
  }

  static async open(
    role: 'client' | 'server',
    certificate: WeriftCertificate,
    srtpProfile: number,
  ): Promise<WeriftPeer> {
    return new WeriftPeer(role, certificate, srtpProfile, await openSocket());
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends the first ClientHello. */
  connectTo(port: number): void {
    this.remotePort = port;
    this.dtls.connect?.().catch(() => undefined);
  }

  async connected(): Promise<void> {
    await within(this.#connected, 'werift to connect');
  }

  async nextMessage(): Promise<string> {
    const message = new Promise<string>((resolve) => {
      this.dtls.onData.subscribe((data) => resolve(data.toString()));
    });
    return within(message, 'a message at werift');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    await closeSocket(this.#socket);
  }
}
