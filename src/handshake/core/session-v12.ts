import { wipe } from '../../bytes/bytes.ts';
import {
  deriveExtendedMasterSecret,
  deriveMasterSecret,
  deriveTrafficKeys,
  deriveVerifyData,
  exportKeyingMaterial12,
  type Randoms,
} from '../../crypto/key-schedule-v12.ts';
import type { KeyShare } from '../../crypto/provider.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import { aeadProtectionV12 } from '../../record/protection-v12.ts';
import type { CipherSuiteParameters } from '../../registry/cipher-suites.ts';
import type { GroupName } from '../../registry/groups.ts';
import type { SrtpProfileName } from '../../registry/srtp-profiles.ts';
import type { HandshakePort, Session } from './port.ts';

/** What the two hellos of DTLS 1.2 have settled. */
export interface Negotiated {
  readonly suite: CipherSuiteParameters;
  readonly randoms: Randoms;
  readonly extendedMasterSecret: boolean;
  readonly srtpProfile: SrtpProfileName | undefined;
  readonly alpnProtocol: string | undefined;
  readonly servername: string | undefined;
}

/** What the key exchange adds to it. */
export interface Keyed {
  readonly negotiated: Negotiated;
  readonly group: GroupName;
  readonly masterSecret: Uint8Array;
}

/** The ECDHE secret of our share and the peer's public key (RFC 8422 §5.10). */
export function agree(share: KeyShare, peerPublicKey: Uint8Array): Uint8Array {
  const premaster = share.agree(peerPublicKey);
  if (premaster === undefined) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The peer's public key of ${peerPublicKey.length} bytes is not a valid ${share.group} key.`,
    );
  }
  return premaster;
}

/**
 * The master secret; for the extended one the transcript has to end with the ClientKeyExchange (RFC 7627 §3).
 * Overwrites the premaster secret.
 */
export function deriveSecrets(
  port: HandshakePort,
  negotiated: Negotiated,
  group: GroupName,
  premaster: Uint8Array,
): Keyed {
  const { crypto } = port.config;
  const { suite, randoms } = negotiated;
  const masterSecret = negotiated.extendedMasterSecret
    ? deriveExtendedMasterSecret(crypto, suite.hash, premaster, port.transcript.hash(suite.hash))
    : deriveMasterSecret(crypto, suite.hash, premaster, randoms);
  wipe(premaster);
  port.keepSecret(masterSecret);
  port.keylog('CLIENT_RANDOM', randoms.client, masterSecret);
  return { negotiated, group, masterSecret };
}

/** Installs the write keys at once, and gives what installs the read keys when the peer may use them. */
export function installKeys(port: HandshakePort, keyed: Keyed): () => void {
  const { crypto, role } = port.config;
  const { suite, randoms } = keyed.negotiated;
  const keys = deriveTrafficKeys(crypto, suite, keyed.masterSecret, randoms);
  const [ours, theirs] = role === 'client' ? [keys.client, keys.server] : [keys.server, keys.client];
  const write = aeadProtectionV12(crypto, suite.aead, ours.key, ours.fixedIv);
  const read = aeadProtectionV12(crypto, suite.aead, theirs.key, theirs.fixedIv);
  wipe(ours.key, ours.fixedIv, theirs.key, theirs.fixedIv);
  port.installKeys('write', write);
  return () => port.installKeys('read', read);
}

/** Our verify_data, over everything up to this moment. */
export function finishedBody(port: HandshakePort, keyed: Keyed): Uint8Array {
  const { crypto, role } = port.config;
  const { hash } = keyed.negotiated.suite;
  return deriveVerifyData(crypto, hash, keyed.masterSecret, role, port.transcript.hash(hash));
}

/** Checks the Finished that has just come: it must be about everything before it (RFC 5246 §7.4.9). */
export function checkFinished(port: HandshakePort, keyed: Keyed, body: Uint8Array): void {
  const { crypto, role } = port.config;
  const { hash } = keyed.negotiated.suite;
  const peer = role === 'client' ? 'server' : 'client';
  const expected = deriveVerifyData(
    crypto,
    hash,
    keyed.masterSecret,
    peer,
    port.transcript.hashBeforeLast(hash),
  );
  if (!crypto.equal(expected, body)) {
    throw new DtlsError(
      'ERR_DTLS_BAD_FINISHED',
      `The ${peer}'s Finished does not match: the two sides have not seen the same handshake.`,
    );
  }
}

/** What the connection keeps. */
export function sessionOf(port: HandshakePort, keyed: Keyed): Session {
  const { crypto } = port.config;
  const { negotiated, group, masterSecret } = keyed;
  const { suite, randoms } = negotiated;
  return {
    protocol: 'DTLSv1.2',
    cipherSuite: suite.name,
    group,
    srtpProfile: negotiated.srtpProfile,
    alpnProtocol: negotiated.alpnProtocol,
    servername: negotiated.servername,
    extendedMasterSecret: negotiated.extendedMasterSecret,
    exportKeyingMaterial: (length, label, context) =>
      exportKeyingMaterial12(crypto, suite.hash, masterSecret, randoms, label, context, length),
  };
}
