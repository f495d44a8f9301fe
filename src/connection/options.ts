import type { Certificate } from '../certificate/certificate.ts';
import type { Fingerprint } from '../certificate/fingerprint.ts';
import type { SelectContext, VerifyPeer } from '../handshake/core/config.ts';
import type { Admission } from '../handshake/server/admission.ts';
import type { CipherSuiteName } from '../registry/cipher-suites.ts';
import type { GroupName } from '../registry/groups.ts';
import type { SignatureSchemeName } from '../registry/signature-schemes.ts';
import type { DtlsVersion } from '../registry/versions.ts';

/**
 * Where a connection tells what it does, in sentences without secrets: `warning` when it fails, `info` when it
 * connects and ends, `debug` for each thing dropped. What a logger throws is passed over.
 */
export interface DtlsLogger {
  warning?(message: string): void;
  info?(message: string): void;
  debug?(message: string): void;
}

/**
 * What `new DtlsConnection()` takes. Times are in milliseconds, sizes in bytes. What is wrong throws at once:
 * ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_MISSING_ARGS when nothing says how to know
 * the peer or a server has no certificate, and ERR_FEATURE_UNAVAILABLE for what this version does not have.
 */
export interface DtlsConnectionOptions {
  /** The client sends the first message. In WebRTC that is the side with `a=setup:active` (RFC 8842 §5). */
  readonly role: 'client' | 'server';

  /** Our certificate with its key. A server needs one; a client one to answer a CertificateRequest. */
  readonly certificate?: Certificate;
  /** Several, of which the first that the peer can use is taken. Not together with `certificate`. */
  readonly certificates?: readonly Certificate[];

  // Who checks the peer: exactly one of these four, of which `ca` is not available yet.
  /**
   * The fingerprints from the peer's SDP: a line `sha-256 AB:CD:…` or the W3C shape. Checked inside the
   * handshake, in both roles; only the most preferred hash among them counts (RFC 8122 §5). `'later'`: they
   * come through `setRemoteFingerprints`, and keys, exporter and messages stay locked until then. How long to wait
   * for them once the handshake is complete is the caller's: `handshakeTimeout` is over by then.
   */
  readonly remoteFingerprints?: readonly (string | Fingerprint)[] | 'later';
  /**
   * Checks the chain, once the peer has shown that it has the leaf's key; false refuses it, and so does throwing.
   * `'request'` asks with an output `request` of kind `verifyPeer` instead.
   */
  readonly verifyPeer?: VerifyPeer | 'request';
  /** `true`: no check at all of who the peer is. Default false. */
  readonly insecureNoPeerCheck?: boolean;
  /** Classic PKI; not available yet: giving it throws `ERR_FEATURE_UNAVAILABLE`. */
  readonly ca?: unknown;

  /** Default `['DTLSv1.2']`, which is what this version has. */
  readonly versions?: readonly DtlsVersion[];
  /** Most preferred first; default all (`CipherSuiteName`, in that order). A server goes by its own order. */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /** Most preferred first; default X25519, P-256, P-384. */
  readonly groups?: readonly GroupName[];
  /** Most preferred first; default all (`SignatureSchemeName`, in that order). */
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  /**
   * Offered or accepted SRTP protection profiles, most preferred first, in OpenSSL's or IANA's spelling:
   * `SRTP_AES128_CM_SHA1_80`, or `SRTP_AES128_CM_HMAC_SHA1_80` (RFC 5764 §4.1.2). Default none. A server goes by
   * its own order.
   */
  readonly srtpProfiles?: readonly string[];
  /** Whether a handshake with no profile in common fails. Default true when there are `srtpProfiles`. */
  readonly srtpRequired?: boolean;
  /** Server: ask the client for a certificate and insist on it. Default: whenever the peer is checked, or with `srtpProfiles`. */
  readonly requestCertificate?: boolean;
  /** RFC 7627. Default `'required'` with `srtpProfiles`, else `'preferred'`. */
  readonly extendedMasterSecret?: 'required' | 'preferred';
  /** ALPN names (RFC 7301), most preferred first, of 1 to 255 bytes of UTF-8 each. Default none. */
  readonly alpnProtocols?: readonly string[];
  /** Client: the name sent in SNI (RFC 6066 §3), of 1 to 255 ASCII characters. Not sent for an IP literal. Default none. */
  readonly servername?: string;
  /**
   * The `tls-id` of our SDP and of the peer's (RFC 8842 §4), each of 20 to 255 letters, digits, `+`, `/`, `-`, `_`: ours
   * goes into the hello, and what the peer sends must be its own, else the handshake fails with `illegal_parameter`. So
   * nobody can join two sessions that were signalled apart into one (RFC 8844 §4.3). A server sends it to a client that
   * has sent one. `remote` left out: what comes is not compared. `required`: a peer without it is refused; default
   * false, for many do not know it. Default: not sent, and not compared.
   */
  readonly externalSessionId?: {
    readonly local: string;
    readonly remote?: string | undefined;
    readonly required?: boolean | undefined;
  };
  /**
   * SHA-256 of the identity assertion that we have signalled, a WebRTC identity or a PASSporT, and of the peer's: 32
   * bytes, or none for who has no assertion (RFC 8844 §3.2 says of what). Sent and compared like `externalSessionId`,
   * which must be given too.
   */
  readonly externalIdHash?: {
    readonly local: Uint8Array;
    readonly remote?: Uint8Array | undefined;
    readonly required?: boolean | undefined;
  };
  /** Server: picks certificate and ALPN by the ClientHello; `'request'` asks with an output instead. */
  readonly selectContext?: SelectContext | 'request';
  /** `'request'`: signatures are asked for with an output of kind `sign`; certificates may then come without their key. */
  readonly sign?: 'request';

  /** Largest datagram of the handshake in bytes of UDP payload, 256 to 65,535. Default 1,200. */
  readonly mtu?: number;
  /** First retransmission timeout in ms, 1 to 3,600,000. Default 400 with `srtpProfiles`, else 1,000. */
  readonly initialTimeout?: number;
  /**
   * What the doubling timeout stops at, in ms, from `initialTimeout` to 3,600,000. Default 3,000 with
   * `srtpProfiles`, else 60,000.
   */
  readonly maximumTimeout?: number;
  /**
   * The whole handshake in ms, at most 86,400,000; 0 for no limit. Default 60,000. A client's counts from `start`,
   * a server's from the hello that it accepts.
   */
  readonly handshakeTimeout?: number;
  /**
   * Server for one peer: make the client prove its address with a cookie first (RFC 6347 §4.2.1). Default false. With
   * many peers a `HelloGate` does that.
   */
  readonly cookieExchange?: boolean;
  /** Server: what a `HelloGate` gave for the hello that `start` is to answer. Not together with `cookieExchange`. */
  readonly admission?: Admission;

  /** Give `trace` outputs. Default false. */
  readonly trace?: boolean;
  /** Give `keylog` outputs in NSS key log format: they open every packet of the session. Default false. */
  readonly keylog?: boolean;
  /** `length` random bytes for hellos and cookies, for reproducible tests. Default: the system's. */
  readonly random?: (length: number) => Uint8Array;
  /** Default: nothing is told. */
  readonly logger?: DtlsLogger;
}
