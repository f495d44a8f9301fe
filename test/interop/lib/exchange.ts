import { expect } from 'vitest';
import type { Certificate } from '../../../src/certificate/certificate.ts';
import { createCertificate } from '../../../src/certificate/create.ts';
import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../../src/connection/options.ts';
import type { KeyType } from '../../../src/registry/algorithms.ts';
import type { CipherSuiteName } from '../../../src/registry/cipher-suites.ts';
import { GROUPS, type GroupName } from '../../../src/registry/groups.ts';
import type { SignatureSchemeName } from '../../../src/registry/signature-schemes.ts';
import type { SrtpProfileName } from '../../../src/registry/srtp-profiles.ts';
import { Endpoint } from './endpoint.ts';
import {
  EXPORTER_LABEL,
  keyingMaterialLength,
  OPENSSL_SUITE,
  type OpensslReport,
  readReport,
  startClient,
  startServer,
} from './openssl.ts';
import type { PeerCertificates } from './peer-certificates.ts';
import type { Program } from './program.ts';

/** One handshake with OpenSSL, told by what is decided in it. */
export interface Exchange {
  /** Ours. */
  readonly role: 'client' | 'server';
  readonly ours: KeyType;
  readonly theirs: KeyType;
  readonly srtpProfile: SrtpProfileName;
  /** Where given, what we prefer as client, and all that we take as server. */
  readonly group?: GroupName;
  /** Where given, the only one that OpenSSL takes. */
  readonly cipherSuite?: CipherSuiteName;
  /** Ours as server: whether we ask for a cookie; ours as client: whether OpenSSL does so without state. */
  readonly cookie?: boolean;
  /** Datagrams of at most 300 bytes on both sides. */
  readonly smallMtu?: boolean;
  /** The server asks for a certificate. Default true. */
  readonly clientCertificate?: boolean;
  /** The only signature that OpenSSL makes and takes. */
  readonly signature?: { readonly openssl: string; readonly scheme: SignatureSchemeName };
  /** Who sends close_notify first. Default us. */
  readonly closer?: 'us' | 'them';
}

const ALPN = ['webrtc', 'c-webrtc'];
const SMALL_MTU = 300;
const IP_AND_UDP_HEADERS = 28;

const ourCertificates: Map<KeyType, Certificate> = new Map();
function ourCertificate(keyType: KeyType): Certificate {
  let certificate = ourCertificates.get(keyType);
  if (certificate === undefined) {
    certificate = createCertificate({ keyType });
    ourCertificates.set(keyType, certificate);
  }
  return certificate;
}

/** OpenSSL wants the curves of both certificates among the client's groups, and takes the first. */
function groupsFor(role: 'client' | 'server', group: GroupName): readonly GroupName[] {
  return role === 'server' ? [group] : [group, ...GROUPS.filter((other) => other !== group)];
}

/** Runs one handshake with `openssl` and checks everything that both sides say of it. */
export async function runExchange(exchange: Exchange, certificates: PeerCertificates): Promise<void> {
  const { role, srtpProfile, clientCertificate = true, smallMtu = false } = exchange;
  const theirs = await certificates.of(exchange.theirs);
  const checkPeer: Partial<DtlsConnectionOptions> =
    role === 'client' || clientCertificate
      ? { remoteFingerprints: [theirs.fingerprint] }
      : { insecureNoPeerCheck: true, requestCertificate: false };
  const ourOptions: DtlsConnectionOptions = {
    role,
    certificate: ourCertificate(exchange.ours),
    ...checkPeer,
    srtpProfiles: [srtpProfile],
    alpnProtocols: ALPN,
    ...(smallMtu ? { mtu: SMALL_MTU } : {}),
    ...(role === 'client' ? { servername: 'media.example' } : { cookieExchange: exchange.cookie ?? false }),
    ...(exchange.group === undefined ? {} : { groups: groupsFor(role, exchange.group) }),
  };
  const theirOptions = {
    srtpProfiles: [srtpProfile],
    alpn: ALPN.join(','),
    cipher: exchange.cipherSuite === undefined ? undefined : OPENSSL_SUITE[exchange.cipherSuite],
    mtu: smallMtu ? SMALL_MTU + IP_AND_UDP_HEADERS : 1500,
    sigalgs: exchange.signature?.openssl,
    clientSigalgs: exchange.signature?.openssl,
  };

  if (role === 'client') {
    await using program = await startServer({
      ...theirOptions,
      certificate: theirs,
      requireClientCertificate: clientCertificate,
      listen: exchange.cookie ?? false,
    });
    await using endpoint = await Endpoint.open(ourOptions, program.port);
    await checkBothEnds(exchange, endpoint, program, theirs.fingerprint);
    expect(program.output).toContain('TLS client extension "server name"');
  } else {
    await using endpoint = await Endpoint.open(ourOptions);
    await using program = startClient(
      {
        ...theirOptions,
        certificate: clientCertificate ? theirs : undefined,
        more: ['-servername', 'media.example'],
      },
      endpoint.port,
    );
    await checkBothEnds(exchange, endpoint, program, clientCertificate ? theirs.fingerprint : undefined);
    expect(endpoint.connection.servername).toBe('media.example');
  }
}

async function checkBothEnds(
  exchange: Exchange,
  endpoint: Endpoint,
  program: Program,
  theirFingerprint: string | undefined,
): Promise<void> {
  const { connection } = endpoint;
  expect(await endpoint.outcome()).toBe('connected');
  const report = await readReport(program);

  expect(connection.state).toBe('connected');
  expect(connection.protocol).toBe('DTLSv1.2');
  expect(connection.extendedMasterSecret).toBe(true);
  expect(report.extendedMasterSecret).toBe(true);
  expect(connection.alpnProtocol).toBe(ALPN[0]);
  expect(report.alpn).toBe(ALPN[0]);
  expect(connection.remoteFingerprint('sha-256')).toBe(theirFingerprint?.replace('sha-256 ', ''));
  expectSuiteAndGroup(exchange, connection, report);
  expectSameKeys(exchange, connection, report);
  if (exchange.signature !== undefined) expectSignature(exchange, report);
  expectMessages(exchange, endpoint);

  await expectDataBothWays(endpoint, program);
  await expectClose(exchange, endpoint, program);
}

function expectSuiteAndGroup(exchange: Exchange, connection: DtlsConnection, report: OpensslReport): void {
  const suite = connection.cipherSuite;
  expect(suite).toBeDefined();
  if (suite !== undefined) expect(report.cipher).toBe(OPENSSL_SUITE[suite as CipherSuiteName]);
  if (exchange.cipherSuite !== undefined) expect(suite).toBe(exchange.cipherSuite);
  if (exchange.group !== undefined) expect(connection.group).toBe(exchange.group);
}

/** Whether the cookie was asked for, and, with a small MTU, that certificates went in fragments. */
function expectMessages(exchange: Exchange, endpoint: Endpoint): void {
  const { role, clientCertificate = true } = exchange;
  const messages = endpoint.traces.filter((event) => event.kind === 'message');
  const cookieAsked = messages.some(({ message }) => message === 'hello_verify_request');
  expect(cookieAsked).toBe(role === 'client' || exchange.cookie === true);
  if (!exchange.smallMtu) return;

  expect(Math.max(...endpoint.sent)).toBeLessThanOrEqual(SMALL_MTU);
  const inFragments = (way: 'sent' | 'received'): boolean =>
    messages.some(
      ({ direction, message, fragment, length }) =>
        direction === way && message === 'certificate' && fragment !== undefined && fragment.length < length,
    );
  // An Ed25519 certificate of ours is so small that it fits one datagram, where it comes first.
  expect(inFragments('sent')).toBe(role === 'server' || (clientCertificate && exchange.ours !== 'ed25519'));
  expect(inFragments('received')).toBe(role === 'client' || clientCertificate);
}

/** The exporter of both sides, and the four SRTP keys put back in the order of RFC 5764 §4.2. */
function expectSameKeys(exchange: Exchange, connection: DtlsConnection, report: OpensslReport): void {
  expect(connection.srtpProfile).toBe(exchange.srtpProfile);
  expect(report.srtpProfile).toBe(exchange.srtpProfile);
  const exported = connection.exportKeyingMaterial(
    keyingMaterialLength(exchange.srtpProfile),
    EXPORTER_LABEL,
  );
  expect(Buffer.from(exported).toString('hex')).toBe(report.keyingMaterial);
  expect(connection.srtpKeys().profile).toBe(exchange.srtpProfile);
  expect(rebuildKeyingMaterial(exchange.role, connection)).toBe(report.keyingMaterial);
}

/** Client key, server key, client salt, server salt, in hex. */
export function rebuildKeyingMaterial(role: 'client' | 'server', connection: DtlsConnection): string {
  const { local, remote } = connection.srtpKeys();
  const [client, server] = role === 'client' ? [local, remote] : [remote, local];
  return Buffer.concat([client.masterKey, server.masterKey, client.masterSalt, server.masterSalt]).toString(
    'hex',
  );
}

/** What OpenSSL says of our signature; its own has no other name that we could have taken. */
function expectSignature(exchange: Exchange, report: OpensslReport): void {
  const scheme = exchange.signature?.scheme ?? '';
  expect(report.peerSignatureType).toBe(scheme.startsWith('rsa_pss') ? 'RSA-PSS' : 'RSA');
  expect(report.peerSignatureDigest?.toLowerCase()).toBe(scheme.slice(scheme.lastIndexOf('_') + 1));
}

async function expectDataBothWays(endpoint: Endpoint, program: Program): Promise<void> {
  endpoint.send('a line from dtlslib\n');
  await program.waitFor(/a line from dtlslib/);
  program.write('a line from openssl');
  expect(await endpoint.receivedMessages(1)).toEqual(['a line from openssl\n']);
}

async function expectClose(exchange: Exchange, endpoint: Endpoint, program: Program): Promise<void> {
  // s_server closes its socket before it would send close_notify, so that only s_client can begin.
  if (exchange.closer === 'them' && exchange.role === 'server') {
    program.write('Q');
    expect(await endpoint.ended()).toBeUndefined();
  } else {
    endpoint.close();
    expect(await endpoint.ended()).toBeUndefined();
    await program.waitFor(/alert read:warning:close notify/);
  }
  expect(endpoint.connection.state).toBe('closed');
  const goodbye = { kind: 'message', direction: 'sent', message: 'alert close_notify' };
  expect(endpoint.traces).toContainEqual(expect.objectContaining(goodbye));
}
