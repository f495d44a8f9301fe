import { nodeCrypto } from '../crypto/node/index.ts';
import {
  type Certificate,
  DtlsConnection,
  type DtlsConnectionOptions,
  formatFingerprint,
  type TraceEvent,
} from '../index.ts';
import { UdpSession } from '../net/udp-session.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { AudioCall, type AudioCallOptions } from './call/audio-call.ts';
import { srtpProtection } from './call/srtp-protection.ts';

const LOOPBACK = '127.0.0.1';

/** How long anything but the handshake may take, in ms. Loopback takes less than one. */
const PATIENCE = 5000;

/** One end of the call: a certificate, a UDP port, and a session between them. */
export class DemoEnd {
  readonly name: 'client' | 'server';
  readonly certificate: Certificate;
  readonly #udp: UdpSocket;
  readonly #onTrace: (event: TraceEvent) => void;
  #session: UdpSession | undefined;
  #call: AudioCall | undefined;
  #onMessage: (text: string) => void = () => undefined;

  constructor(name: 'client' | 'server', certificate: Certificate, onTrace: (event: TraceEvent) => void) {
    this.name = name;
    this.certificate = certificate;
    this.#onTrace = onTrace;
    this.#udp = new UdpSocket({
      address: LOOPBACK,
      onEvent: () => this.#session?.take(),
      onMedia: () => this.#call?.take(),
    });
  }

  get port(): number {
    return this.#udp.local.port;
  }

  /** What the peer reads in SDP. */
  get description(): { readonly fingerprint: string; readonly port: number } {
    const fingerprint = formatFingerprint({ algorithm: 'sha-256', value: this.certificate.fingerprint() });
    return { fingerprint, port: this.port };
  }

  get connection(): DtlsConnection {
    return this.#running.connection;
  }

  /** Makes the session with what the peer's description says. */
  open(peer: DemoEnd['description'], options: Partial<DtlsConnectionOptions>): void {
    this.#udp.setPeer(LOOPBACK, peer.port);
    const connection = new DtlsConnection({
      ...options,
      role: this.name,
      certificate: this.certificate,
      remoteFingerprints: [peer.fingerprint],
      trace: true,
    });
    this.#session = new UdpSession(connection, this.#udp, {
      onTrace: this.#onTrace,
      onMessage: (data) => this.#onMessage(new TextDecoder().decode(data)),
    });
  }

  start(): void {
    this.#running.start();
  }

  /** @throws the error of a handshake that failed. */
  async connected(): Promise<void> {
    if (await this.#running.connected) return;
    throw this.connection.error ?? new Error(`the ${this.name} was closed before the handshake was complete`);
  }

  /** Audio over the same port, with the keys of the handshake. */
  beginCall(options: Pick<AudioCallOptions, 'recording' | 'onPacket'>): AudioCall {
    this.#call = new AudioCall({
      ...options,
      path: this.#udp,
      protection: srtpProtection(this.connection.srtpKeys()),
      randomBytes: nodeCrypto.randomBytes,
    });
    return this.#call;
  }

  /** Ends the audio of this end before its time. */
  hangUp(): void {
    this.#call?.leave();
  }

  send(text: string): void {
    this.#running.send(new TextEncoder().encode(text));
  }

  /** The next message. */
  message(): Promise<string> {
    const next = new Promise<string>((resolve) => {
      this.#onMessage = resolve;
    });
    return within(next, `the message to the ${this.name}`);
  }

  close(): void {
    this.#running.close();
  }

  async closed(): Promise<void> {
    await within(this.#running.closed, `the close_notify to the ${this.name}`);
  }

  /** Whatever has become of it, nothing of it is left. */
  free(): void {
    this.#call?.end();
    this.#session?.connection.destroy();
    this.#udp.close();
  }

  get #running(): UdpSession {
    if (this.#session === undefined) throw new Error(`the ${this.name} has no session yet`);
    return this.#session;
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not arrive within ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
