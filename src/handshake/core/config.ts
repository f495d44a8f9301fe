import type { Certificate } from '../../certificate/certificate.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { CipherSuiteParameters } from '../../registry/cipher-suites.ts';
import type { GroupName } from '../../registry/groups.ts';
import type { SignatureSchemeParameters } from '../../registry/signature-schemes.ts';
import type { SrtpProfileParameters } from '../../registry/srtp-profiles.ts';
import type { ExternalBindings } from './external-binding.ts';

/** Says of a chain (DER, leaf first) whether it is the peer's; false refuses it with `bad_certificate`. */
export type VerifyPeer = (chain: readonly Uint8Array[]) => boolean;

/** What a ClientHello asked for, for a server that picks its certificate by it. */
export interface ClientHelloInfo {
  /** The name in the SNI extension (RFC 6066 §3); undefined when none was sent. */
  readonly servername: string | undefined;
  /** The client's ALPN list (RFC 7301), empty when none was sent. */
  readonly alpnProtocols: readonly string[];
}

/** A server's answer to a ClientHello; what is left out stays as the options say. */
export interface ServerContext {
  readonly certificate?: Certificate;
  /** Not together with `certificate`. */
  readonly certificates?: readonly Certificate[];
  readonly alpnProtocols?: readonly string[];
}

/** Picks the context for a ClientHello; undefined refuses it with `unrecognized_name`. */
export type SelectContext = (hello: ClientHelloInfo) => ServerContext | undefined;

/** What a handshake goes by: the caller's options, checked and with their defaults. */
export interface HandshakeConfig extends ExternalBindings {
  readonly role: 'client' | 'server';
  readonly crypto: CryptoProvider;
  readonly random: (length: number) => Uint8Array;
  readonly certificates: readonly Certificate[];
  readonly cipherSuites: readonly CipherSuiteParameters[];
  readonly groups: readonly GroupName[];
  readonly signatureSchemes: readonly SignatureSchemeParameters[];
  readonly srtpProfiles: readonly SrtpProfileParameters[];
  readonly srtpRequired: boolean;
  readonly extendedMasterSecret: 'required' | 'preferred';
  readonly alpnProtocols: readonly string[];
  /** Client: for SNI. */
  readonly servername: string | undefined;
  /** Server: ask for a certificate and insist on it. */
  readonly requestCertificate: boolean;
  readonly verifyPeer: VerifyPeer | 'request' | undefined;
  readonly selectContext: SelectContext | 'request' | undefined;
  readonly sign: 'request' | undefined;
  readonly cookieExchange: boolean;
}
