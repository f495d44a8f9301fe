/**
 * Records handshakes with OpenSSL for the fuzzer, into test/fuzz/corpus: `node scripts/run-program.mjs
 * test/fuzz/record.ts`. It is needed again when what we send in a handshake has changed. Makes the identities too, when
 * there are none; with other identities all recordings are other ones.
 */
import type { Socket } from 'node:dgram';
import { existsSync, writeFileSync } from 'node:fs';
import { toHex } from '../../src/bytes/bytes.ts';
import { createCertificateOfAnySize } from '../../src/certificate/create.ts';
import { closeSocket, LOOPBACK, openSocket } from '../interop/lib/loopback.ts';
import { type OpensslOptions, startClient, startServer } from '../interop/lib/openssl.ts';
import { PeerCertificates } from '../interop/lib/peer-certificates.ts';
import type { Program } from '../interop/lib/program.ts';
import { fixedRandom } from './lib/entropy.ts';
import { corpusFile } from './lib/files.ts';
import { IDENTITIES, type StoredIdentities } from './lib/identities.ts';
import type { StoredRecording } from './lib/recordings.ts';
import { optionsOf, type Side, setupOf } from './lib/setups.ts';
import { WatchedEnd } from './lib/watched.ts';

/** How long anything may take, in ms. */
const PATIENCE = 10_000;

function makeIdentities(): void {
  const file = corpusFile('identities.json');
  if (existsSync(file)) return;
  const made = IDENTITIES.map((name): [string, StoredIdentities[keyof StoredIdentities]] => {
    const keyType = name.startsWith('rsa') ? 'rsa' : name.startsWith('p256') ? 'ecdsa-p256' : 'ed25519';
    const certificate = createCertificateOfAnySize({ keyType, lifetimeSeconds: 100 * 365 * 86_400 });
    return [name, { cert: certificate.pem, key: certificate.privateKeyPem ?? '' }];
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(made), null, 1)}\n`);
}

interface Plan {
  readonly name: string;
  readonly setup: string;
  /** Ours. */
  readonly side: Side;
  readonly openssl: Partial<OpensslOptions>;
  /** OpenSSL is to know nothing of RFC 7627. */
  readonly old?: boolean;
}

const SRTP_PROFILES: OpensslOptions['srtpProfiles'] = ['SRTP_AES128_CM_SHA1_80'];
const PLANS: readonly Plan[] = [
  { name: 'openssl, server', setup: 'others', side: 'client', openssl: { alpn: 'webrtc' } },
  { name: 'openssl, server in pieces', setup: 'others, in pieces', side: 'client', openssl: { mtu: 300 } },
  { name: 'openssl, client', setup: 'others', side: 'server', openssl: { alpn: 'h2,webrtc' } },
  { name: 'openssl, client in pieces', setup: 'others, in pieces', side: 'server', openssl: { mtu: 300 } },
  { name: 'old openssl, server', setup: 'old', side: 'client', openssl: {}, old: true },
  { name: 'old openssl, client', setup: 'old', side: 'server', openssl: {}, old: true },
];

/** Our end on a socket, which keeps what comes. */
class RecordingEnd {
  readonly end: WatchedEnd;
  readonly inbound: Uint8Array[] = [];
  readonly #socket: Socket;
  #remotePort: number | undefined;

  constructor(socket: Socket, { setup, side }: Plan, remotePort: number | undefined) {
    this.#socket = socket;
    this.#remotePort = remotePort;
    this.end = new WatchedEnd(side, { ...optionsOf(setupOf(setup), side), random: fixedRandom(side) });
    socket.on('message', (datagram, sender) => {
      this.#remotePort ??= sender.port;
      this.inbound.push(new Uint8Array(datagram));
      this.end.receive(new Uint8Array(datagram), 0);
      this.send();
    });
    this.end.start(0);
    this.send();
  }

  send(): void {
    for (const datagram of this.end.takeOutgoing())
      this.#socket.send(datagram, this.#remotePort ?? 0, LOOPBACK);
  }
}

async function until(condition: () => boolean, what: string, program: Program): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > PATIENCE) throw new Error(`waited too long for ${what}\n${program.describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function record(plan: Plan, certificates: PeerCertificates): Promise<StoredRecording> {
  const certificate = await certificates.of(plan.side === 'client' ? 'ecdsa-p256' : 'rsa');
  const configuration = plan.old === true ? certificates.withoutExtendedMasterSecret() : undefined;
  const options = { srtpProfiles: SRTP_PROFILES, ...plan.openssl, certificate, configuration };
  const socket = await openSocket();
  let program: Program | undefined;
  try {
    let recording: RecordingEnd;
    if (plan.side === 'client') {
      const server = await startServer({ ...options, requireClientCertificate: true });
      program = server;
      recording = new RecordingEnd(socket, plan, server.port);
    } else {
      recording = new RecordingEnd(socket, plan, undefined);
      program = startClient(options, socket.address().port);
    }
    const { end } = recording;
    await until(() => end.connected || end.ended, 'the handshake', program);
    if (!end.connected) throw new Error(`${plan.name}: ${end.connection.error?.message}`);
    const exported = toHex(end.exported ?? new Uint8Array(0));
    program.write('hello');
    await until(() => end.messages.length > 0, 'a message', program);
    end.act('close', 0, (connection) => connection.close(0));
    recording.send();
    return { ...plan, inbound: recording.inbound.map(toHex), exported };
  } finally {
    await program?.stop();
    await closeSocket(socket);
  }
}

makeIdentities();
const certificates = new PeerCertificates();
try {
  const lines: string[] = [];
  for (const plan of PLANS) {
    const { name, setup, side, inbound, exported } = await record(plan, certificates);
    lines.push(JSON.stringify({ name, setup, side, inbound, exported }));
    console.log(`${name}: ${inbound.length} datagrams`);
  }
  writeFileSync(corpusFile('recordings.jsonl'), `${lines.join('\n')}\n`);
} finally {
  await certificates.dispose();
}
