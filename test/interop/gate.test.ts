import type dgram from 'node:dgram';
import { afterAll, describe, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsServerConnectionOptions } from '../../src/connection/server-options.ts';
import { HelloGate } from '../../src/handshake/server/gate.ts';
import { SrtpProfile, type SrtpProfileName } from '../../src/registry/srtp-profiles.ts';
import { closeSocket, LOOPBACK, openSocket } from './lib/loopback.ts';
import {
  EXPORTER_LABEL,
  keyingMaterialLength,
  type OpensslOptions,
  readReport,
  startClient,
} from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { type Program, within } from './lib/program.ts';
import { ServerEndpoint } from './lib/server-endpoint.ts';
import { describeWith } from './lib/suites.ts';
import { WeriftPeer } from './lib/werift.ts';

const SRTP: SrtpProfileName = 'SRTP_AEAD_AES_128_GCM';
const certificates = new PeerCertificates();
const certificate = createCertificate();
afterAll(() => certificates.dispose());

/** So many protocols that the hello is longer than the MTU of OpenSSL on loopback, 256 bytes with IP and UDP. */
const LONG_ALPN = Array.from({ length: 20 }, (_, i) => `a protocol with number ${i}`).join(',');

/** A house whose peers all have this certificate, and its connections in the order in which they connected. */
class OpenHouse implements AsyncDisposable {
  readonly endpoint: ServerEndpoint;
  readonly connected: DtlsConnection[] = [];
  readonly messages = new Map<DtlsConnection, string[]>();
  readonly endings: (string | undefined)[] = [];

  private constructor(endpoint: ServerEndpoint) {
    this.endpoint = endpoint;
  }

  static async open(options: DtlsServerConnectionOptions, gate = new HelloGate()): Promise<OpenHouse> {
    const endpoint = await ServerEndpoint.open({ accept: () => options, gate }, ({ connection, output }) => {
      if (output.type === 'closed') house.endings.push(output.error?.code);
      if (connection === undefined) return;
      if (output.type === 'connected') house.connected.push(connection);
      if (output.type !== 'message') return;
      const words = new TextDecoder().decode(output.data);
      house.messages.set(connection, [...(house.messages.get(connection) ?? []), words]);
    });
    const house = new OpenHouse(endpoint);
    return house;
  }

  /** Waits until so many have connected, and gives the last of them. */
  async nth(count: number): Promise<DtlsConnection> {
    await this.endpoint.until(() => this.connected.length >= count, `connection ${count}`);
    const connection = this.connected[count - 1];
    if (connection === undefined) throw new Error(`no connection ${count}`);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint[Symbol.asyncDispose]();
  }
}

async function openHouse(changes: Partial<DtlsServerConnectionOptions> = {}): Promise<OpenHouse> {
  const { fingerprint } = await certificates.of('ecdsa-p256');
  return OpenHouse.open({ certificate, remoteFingerprints: [fingerprint], srtpProfiles: [SRTP], ...changes });
}

async function opensslClient(
  port: number,
  options: Omit<OpensslOptions, 'certificate'> = {},
): Promise<Program> {
  return startClient(
    { certificate: await certificates.of('ecdsa-p256'), srtpProfiles: [SRTP], ...options },
    port,
  );
}

const exported = (connection: DtlsConnection): string =>
  Buffer.from(connection.exportKeyingMaterial(keyingMaterialLength(SRTP), EXPORTER_LABEL)).toString('hex');

/** Both have the same keys, and each hears the other. */
async function expectTalk(
  { endpoint, messages }: OpenHouse,
  connection: DtlsConnection,
  program: Program,
): Promise<void> {
  expect((await readReport(program)).keyingMaterial).toBe(exported(connection));
  endpoint.send(connection, 'a line from dtlslib\n');
  await program.waitFor(/a line from dtlslib/);
  const before = messages.get(connection)?.length ?? 0;
  program.write('a line from openssl');
  await endpoint.until(() => (messages.get(connection)?.length ?? 0) > before, 'a line from openssl');
  expect(messages.get(connection)?.at(-1)).toBe('a line from openssl\n');
}

describeWith('openssl')('s_client at a DtlsServer', () => {
  test('whole hello: a cookie is asked for, same keys, data both ways', async () => {
    await using house = await openHouse();
    await using program = await opensslClient(house.endpoint.port, { mtu: 1500 });
    await expectTalk(house, await house.nth(1), program);
    expect(program.output).toMatch(/DTLS1 read hello verify request/);
    expect(house.endpoint.server.stats.gate).toMatchObject({
      replies: 1,
      admissions: 1,
      waiting: 0,
      discards: {},
    });
  });

  test('hello in fragments: it waits for its rest, same keys, data both ways', async () => {
    await using house = await openHouse();
    await using program = await opensslClient(house.endpoint.port, { mtu: 300, alpn: LONG_ALPN });
    await expectTalk(house, await house.nth(1), program);
    const { gate } = house.endpoint.server.stats;
    expect(gate).toMatchObject({ replies: 1, admissions: 1, discards: {} });
    expect(gate.waiting).toBeGreaterThanOrEqual(2);
  });

  test('ten at once on one port: each has keys of its own, which are the server’s with it', async () => {
    await using house = await openHouse();
    const programs = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        opensslClient(house.endpoint.port, i % 2 === 0 ? { mtu: 1500 } : { mtu: 300, alpn: LONG_ALPN }),
      ),
    );
    try {
      await house.nth(10);
      const reports = await Promise.all(programs.map(readReport));
      const theirs = reports.map(({ keyingMaterial }) => keyingMaterial);
      expect(new Set(theirs).size).toBe(10);
      expect([...theirs].sort()).toEqual(house.connected.map(exported).sort());
      for (const [i, program] of programs.entries()) {
        const own = house.connected.find((connection) => exported(connection) === theirs[i]);
        if (own !== undefined) await expectTalk(house, own, program);
      }
      expect(house.endpoint.server.size).toBe(10);
    } finally {
      await Promise.all(programs.map((program) => program.stop()));
    }
  });

  test('one that comes back from its port with a new handshake takes the place of the old one', async () => {
    await using house = await openHouse();
    const free = await openSocket();
    const bind = ['-bind', `${LOOPBACK}:${free.address().port}`];
    await closeSocket(free);
    const first = await opensslClient(house.endpoint.port, { mtu: 1500, more: bind });
    const old = await house.nth(1);
    await expectTalk(house, old, first);
    await first.stop(); // killed, without a goodbye
    await using second = await opensslClient(house.endpoint.port, { mtu: 1500, more: bind });
    const next = await house.nth(2);
    await expectTalk(house, next, second);
    expect([old.state, old.error?.code, house.endings]).toEqual([
      'failed',
      'ERR_DTLS_REPLACED',
      ['ERR_DTLS_REPLACED'],
    ]);
    expect(house.endpoint.server.stats).toMatchObject({ peers: 1, handshakes: 0, opened: 2, replaced: 1 });
    expect([...house.endpoint.server.connections()]).toEqual([next]);
  });

  test('a certificate that is not expected is refused, and its neighbour lives', async () => {
    await using house = await openHouse();
    await using neighbour = await opensslClient(house.endpoint.port);
    const own = await house.nth(1);
    const other = await certificates.of('ecdsa-p256', 'other');
    await using program = startClient({ certificate: other, srtpProfiles: [SRTP] }, house.endpoint.port);
    await program.waitFor(/alert read:fatal:bad certificate/);
    await house.endpoint.until(() => house.endings.length > 0, 'the end');
    expect(house.endings).toEqual(['ERR_DTLS_FINGERPRINT_MISMATCH']);
    await expectTalk(house, own, neighbour);
  });
});

/** A gate on a socket with the clock that it is given, and the first connection that comes through it; no timers. */
class GatedPeer implements AsyncDisposable {
  readonly gate: HelloGate = new HelloGate();
  connection: DtlsConnection | undefined;
  readonly #socket: dgram.Socket;
  #remotePort = 0;
  #connected: () => void = () => undefined;
  readonly connected: Promise<void> = new Promise((resolve) => {
    this.#connected = resolve;
  });

  private constructor(socket: dgram.Socket, options: DtlsServerConnectionOptions, clock: () => number) {
    this.#socket = socket;
    socket.on('message', (datagram, peer) => {
      this.#remotePort = peer.port;
      const now = performance.now();
      if (this.connection !== undefined) {
        this.connection.receive(datagram, now);
        this.#drain();
        return;
      }
      const result = this.gate.receive(datagram, peer, clock());
      if (result.type === 'reply') socket.send(result.datagram, peer.port, LOOPBACK);
      if (result.type !== 'admission') return;
      this.connection = new DtlsConnection({ ...options, role: 'server', admission: result.admission });
      this.connection.start(now);
      this.#drain();
    });
  }

  static async open(options: DtlsServerConnectionOptions, clock: () => number): Promise<GatedPeer> {
    return new GatedPeer(await openSocket(), options, clock);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #drain(): void {
    for (let output = this.connection?.poll(); output !== undefined; output = this.connection?.poll()) {
      if (output.type === 'datagram') this.#socket.send(output.datagram, this.#remotePort, LOOPBACK);
      if (output.type === 'connected') this.#connected();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection?.destroy();
    await closeSocket(this.#socket);
  }
}

/** The time at a gate whose cookies have expired whenever one of the first three comes back. */
function hastyClock(): () => number {
  let hellos = 0;
  return () => 1e6 * Math.min(++hellos, 3);
}

describeWith('openssl')('s_client at a HelloGate alone', () => {
  test('whose cookie has expired when it comes back, twice: it takes the new one (RFC 6347 §4.2.1)', async () => {
    const { fingerprint } = await certificates.of('ecdsa-p256');
    const options = { certificate, remoteFingerprints: [fingerprint], srtpProfiles: [SRTP] };
    await using gated = await GatedPeer.open(options, hastyClock());
    await using program = await opensslClient(gated.port, { mtu: 1500 });
    await within(gated.connected, 'the handshake', () => program.describe());
    expect(gated.gate.stats).toMatchObject({ received: 4, replies: 3, admissions: 1 });
    const { keyingMaterial } = await readReport(program);
    expect(gated.connection && exported(gated.connection)).toBe(keyingMaterial);
  });
});

describe('werift at a DtlsServer', () => {
  test('five clients at once on one port: same keys, data both ways', async () => {
    const theirs = createCertificate();
    const { pem, keyType, privateKeyPem: keyPem = '' } = theirs;
    const remoteFingerprints = [`sha-256 ${theirs.fingerprint()}`];
    await using house = await OpenHouse.open({ certificate, remoteFingerprints, srtpProfiles: [SRTP] });
    const { endpoint } = house;
    const peers = await Promise.all(
      Array.from({ length: 5 }, () => WeriftPeer.open('client', { keyType, pem, keyPem }, SrtpProfile[SRTP])),
    );
    try {
      for (const peer of peers) peer.connectTo(endpoint.port);
      await house.nth(5);
      await Promise.all(peers.map((peer) => peer.connected()));
      const length = keyingMaterialLength(SRTP);
      for (const [i, peer] of peers.entries()) {
        const key = peer.dtls.exportKeyingMaterial(EXPORTER_LABEL, length).toString('hex');
        const own = house.connected.find((connection) => exported(connection) === key);
        if (own === undefined) throw new Error(`peer ${i} has other keys`);
        const arrival = peer.nextMessage();
        endpoint.send(own, `hello ${i}`);
        expect(await arrival).toBe(`hello ${i}`);
        await peer.dtls.send(Buffer.from(`I am ${i}`));
        await endpoint.until(() => house.messages.has(own), 'a message of werift');
        expect(house.messages.get(own)).toEqual([`I am ${i}`]);
      }
      expect(endpoint.server.stats).toMatchObject({ peers: 5, opened: 5, gate: { admissions: 5 } });
    } finally {
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    }
  });
});
