export { Certificate, type PemOptions } from './certificate/certificate.ts';
export { type CertificateOptions, createCertificate, createCertificateAsync } from './certificate/create.ts';
export { type Fingerprint, formatFingerprint, parseFingerprint } from './certificate/fingerprint.ts';
export { DtlsConnection, type DtlsConnectionState, type Received } from './connection/dtls-connection.ts';
export {
  DtlsServer,
  type DtlsServerOutput,
  type DtlsServerRefusal,
  type DtlsServerStats,
} from './connection/dtls-server.ts';
export type { SrtpKeyMaterial, SrtpKeys } from './connection/exporter.ts';
export type { DtlsConnectionOptions, DtlsLogger } from './connection/options.ts';
export type { DtlsOutput, DtlsRequest } from './connection/outputs.ts';
export type { DtlsServerConnectionOptions, DtlsServerOptions } from './connection/server-options.ts';
export type { DtlsStats } from './connection/stats.ts';
export type { SigningKey } from './crypto/provider.ts';
export { DtlsError, type DtlsErrorCode, type DtlsErrorOptions } from './errors/dtls-error.ts';
export type { ClientHelloInfo, SelectContext, ServerContext, VerifyPeer } from './handshake/core/config.ts';
export type { Admission } from './handshake/server/admission.ts';
export {
  type HelloDiscardReason,
  HelloGate,
  type HelloGateOptions,
  type HelloGateResult,
  type HelloGateStats,
} from './handshake/server/gate.ts';
export type { PeerAddress } from './handshake/server/peer-address.ts';
export type { Direction as TraceDirection, MessageTrace, TraceEvent } from './observe/trace.ts';
export type { AlertName } from './registry/alerts.ts';
export type { HashName, KeyType } from './registry/algorithms.ts';
export type { CipherSuiteName } from './registry/cipher-suites.ts';
export type { DiscardReason } from './registry/discard-reasons.ts';
export type { GroupName } from './registry/groups.ts';
export type { SignatureSchemeName, SignatureSchemeParameters } from './registry/signature-schemes.ts';
export type { SrtpProfileName } from './registry/srtp-profiles.ts';
export type { DtlsVersion } from './registry/versions.ts';
