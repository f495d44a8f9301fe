import type { CipherSuiteName } from '../../../src/registry/cipher-suites.ts';
import { SRTP_PROFILES, type SrtpProfileName } from '../../../src/registry/srtp-profiles.ts';
import { LOOPBACK } from './loopback.ts';
import type { PeerCertificate } from './peer-certificates.ts';
import { Program } from './program.ts';

export const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';

export const OPENSSL_SUITE: Readonly<Record<CipherSuiteName, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};

/** What `openssl s_server` and `s_client` are told; what is left out stays as OpenSSL has it. */
export interface OpensslOptions {
  readonly certificate?: PeerCertificate | undefined;
  readonly srtpProfiles?: readonly SrtpProfileName[] | undefined;
  readonly cipher?: string | undefined;
  readonly groups?: string | undefined;
  readonly sigalgs?: string | undefined;
  readonly clientSigalgs?: string | undefined;
  /** The size of a packet with IP and UDP headers, which are 28 bytes. Without it OpenSSL uses 256 on loopback. */
  readonly mtu?: number | undefined;
  readonly alpn?: string | undefined;
  /** Default `-dtls1_2`. */
  readonly version?: '-dtls1' | '-dtls1_2';
  /** A configuration file, for what has no switch. */
  readonly configuration?: string | undefined;
  readonly more?: readonly string[];
}

export interface OpensslServerOptions extends OpensslOptions {
  readonly certificate: PeerCertificate;
  /** Ask for a certificate and insist on it. */
  readonly requireClientCertificate?: boolean;
  /** The cookie exchange by `DTLSv1_listen`. Without it the cookie is asked for all the same, with state. */
  readonly listen?: boolean;
}

/** Twice the master key and salt of a profile, in bytes (RFC 5764 §4.2). */
export function keyingMaterialLength(profile: SrtpProfileName): number {
  const parameters = SRTP_PROFILES.find(({ name }) => name === profile);
  if (parameters === undefined) throw new Error(`no such profile: ${profile}`);
  return 2 * (parameters.masterKeyLength + parameters.masterSaltLength);
}

function commonSwitches(options: OpensslOptions): string[] {
  const switches = ['-state', '-tlsextdebug', options.version ?? '-dtls1_2'];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) switches.push(name, String(value));
  };
  add('-cert', options.certificate?.certFile);
  add('-key', options.certificate?.keyFile);
  add('-use_srtp', options.srtpProfiles?.join(':'));
  add('-keymatexport', EXPORTER_LABEL);
  add('-keymatexportlen', keyingMaterialLength(options.srtpProfiles?.[0] ?? 'SRTP_AES128_CM_SHA1_80'));
  add('-cipher', options.cipher);
  add('-groups', options.groups);
  add('-sigalgs', options.sigalgs);
  add('-client_sigalgs', options.clientSigalgs);
  add('-mtu', options.mtu);
  add('-alpn', options.alpn);
  switches.push(...(options.more ?? []));
  return switches;
}

function environment(options: OpensslOptions): NodeJS.ProcessEnv {
  return options.configuration === undefined ? {} : { OPENSSL_CONF: options.configuration };
}

/** A program that has printed the port on which it waits. */
export class ServerProgram extends Program {
  port = 0;

  async listening(): Promise<this> {
    try {
      const [, port] = await this.waitFor(/ACCEPT [\d.]+:(\d+)/);
      this.port = Number(port);
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }
}

/** Starts `openssl s_server` on a free port of loopback and waits until it listens. */
export function startServer(options: OpensslServerOptions): Promise<ServerProgram> {
  const parameters = [
    ...['s_server', '-accept', `${LOOPBACK}:0`],
    ...(options.requireClientCertificate ? ['-Verify', '1'] : []),
    // Without -timeout a datagram that holds nothing new blocks OpenSSL until the next one comes. With it and
    // -listen, s_server gives up on a client that is silent for 250 ms.
    options.listen ? '-listen' : '-timeout',
    ...commonSwitches(options),
  ];
  return new ServerProgram('openssl', parameters, environment(options)).listening();
}

/** Starts `openssl s_client`, which sends its hello at once. */
export function startClient(options: OpensslOptions, port: number): Program {
  const parameters = [
    ...['s_client', '-timeout', '-connect', `${LOOPBACK}:${port}`],
    ...(options.more?.includes('-servername') ? [] : ['-noservername']),
    ...commonSwitches(options),
  ];
  return new Program('openssl', parameters, environment(options));
}

/** What OpenSSL says of the connection once the handshake is over. */
export interface OpensslReport {
  /** In lower-case hex. */
  readonly keyingMaterial: string;
  readonly srtpProfile: string | undefined;
  readonly cipher: string | undefined;
  readonly extendedMasterSecret: boolean;
  /** The peer's, that is ours; undefined when we did not sign. */
  readonly peerSignatureType: string | undefined;
  readonly peerSignatureDigest: string | undefined;
  readonly alpn: string | undefined;
}

/** Waits for the end of OpenSSL's handshake and reads its report. */
export async function readReport(program: Program): Promise<OpensslReport> {
  const [, keyingMaterial = ''] = await program.waitFor(/Keying material: ([0-9A-F]+)\s/);
  const first = (pattern: RegExp): string | undefined => pattern.exec(program.output)?.[1];
  return {
    keyingMaterial: keyingMaterial.toLowerCase(),
    srtpProfile: first(/SRTP Extension negotiated, profile=(\S+)/),
    cipher: first(/CIPHER is (\S+)/) ?? first(/Cipher is (\S+)/),
    // The client says so; of the server, the flag in the session it prints does (the last but one field).
    extendedMasterSecret:
      /Extended master secret: yes/.test(program.output) || sessionHasExtendedMasterSecret(program.output),
    peerSignatureType: first(/Peer signature type: (\S+)/),
    peerSignatureDigest: first(/Peer signing digest: (\S+)/),
    alpn: first(/ALPN protocol: (\S+)/) ?? first(/ALPN protocols selected: (\S+)/),
  };
}

/** `SSL_SESSION_ASN1` has `flags [13] EXPLICIT INTEGER`, whose bit 0 is `SSL_SESS_FLAG_EXTMS`. */
function sessionHasExtendedMasterSecret(output: string): boolean {
  const pem = /BEGIN SSL SESSION PARAMETERS-----([\s\S]+?)-----END/.exec(output)?.[1];
  if (pem === undefined) return false;
  return Buffer.from(pem, 'base64').toString('latin1').includes('\xad\x03\x02\x01\x01');
}
