import type { RecordProtection } from '../../record/protection.ts';
import type { CipherSuiteName } from '../../registry/cipher-suites.ts';
import type { GroupName } from '../../registry/groups.ts';
import type { HandshakeType } from '../../registry/handshake-types.ts';
import type { SignatureSchemeName } from '../../registry/signature-schemes.ts';
import type { SrtpProfileName } from '../../registry/srtp-profiles.ts';
import type { DtlsVersion } from '../../registry/versions.ts';
import type { ClientHelloInfo, HandshakeConfig } from './config.ts';
import type { Transcript } from './transcript.ts';

/** A question to the caller, without its number. */
export type Question =
  | {
      readonly kind: 'sign';
      /** By its name in RFC 8446 §4.2.3. */
      readonly scheme: SignatureSchemeName;
      /** What is to be signed; the scheme hashes it. The bytes are the caller's. */
      readonly data: Uint8Array;
      /** DER of the certificate whose key is wanted. */
      readonly certificate: Uint8Array;
    }
  | {
      readonly kind: 'verifyPeer';
      /** DER, leaf first. */
      readonly chain: readonly Uint8Array[];
    }
  | { readonly kind: 'selectContext'; readonly hello: ClientHelloInfo };

/** What a finished handshake leaves behind, whatever the version. */
export interface Session {
  readonly protocol: DtlsVersion;
  readonly cipherSuite: CipherSuiteName;
  readonly group: GroupName;
  readonly srtpProfile: SrtpProfileName | undefined;
  readonly alpnProtocol: string | undefined;
  /** The name the client asked for. */
  readonly servername: string | undefined;
  readonly extendedMasterSecret: boolean;
  exportKeyingMaterial(length: number, label: string, context: Uint8Array | undefined): Uint8Array;
}

/** All that a handshake's steps can do to the world; tests hand in one that records. */
export interface HandshakePort {
  readonly config: HandshakeConfig;
  readonly transcript: Transcript;
  /** Puts a message at the end of the flight being built, and of the transcript. */
  send(type: HandshakeType, body: Uint8Array): void;
  /** Puts a ChangeCipherSpec at the end of the flight; what follows is sent under the next epoch. */
  sendChangeCipherSpec(): void;
  /** Sends the flight; when an answer is expected it is sent again until that has come. */
  flush(answer: 'expected' | 'none'): void;
  /** The peer's whole flight is there. */
  flightReceived(): void;
  /** The version in record headers from now on. */
  useVersion(version: number): void;
  installKeys(direction: 'read' | 'write', protection: RecordProtection): void;
  /** The peer has shown this chain (DER, leaf first); throws when it cannot be the peer that is meant. */
  peerCertificate(chain: readonly Uint8Array[]): void;
  /** Asks the caller; the answer comes to the state's `resume`. */
  ask(question: Question): void;
  /** Has the secret overwritten when the connection ends, however it ends. */
  keepSecret(secret: Uint8Array): void;
  /** A line for the NSS key log. */
  keylog(label: string, clientRandom: Uint8Array, secret: Uint8Array): void;
  /** Both Finished messages were right. */
  established(session: Session): void;
}
