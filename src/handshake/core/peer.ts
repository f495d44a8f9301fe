import { certificatePublicKey } from '../../certificate/parse.ts';
import type { VerifyKey } from '../../crypto/provider.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import { nameList } from '../../registry/name-of.ts';
import {
  type SignatureSchemeParameters,
  schemeFitsKey,
  signatureSchemeById,
  signatureSchemeName,
} from '../../registry/signature-schemes.ts';
import { readCertificate } from '../../wire/messages/certificate.ts';
import { answerAs, ask } from './ask.ts';
import type { AwaitAnswer, NamedState } from './machine.ts';
import type { HandshakePort } from './port.ts';
import { malformed } from './refusal.ts';

/** A peer's certificate whose key can check signatures. That the peer has the private key is not proved by it. */
export interface PeerIdentity {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly key: VerifyKey;
}

/** Reads a Certificate message and holds its chain against what is known of the peer. */
export function identifyPeer(port: HandshakePort, body: Uint8Array): PeerIdentity {
  const chain = readCertificate(body);
  if (chain === undefined) throw malformed('Certificate', body);
  const [leaf] = chain;
  if (leaf === undefined) {
    throw new DtlsError('ERR_DTLS_NO_PEER_CERTIFICATE', 'The peer sent no certificate, and one is required.');
  }
  port.peerCertificate(chain);
  const spki = certificatePublicKey(leaf);
  if (spki === undefined) {
    throw new DtlsError(
      'ERR_DTLS_BAD_CERTIFICATE',
      `The peer's certificate of ${leaf.length} bytes is not X.509 in DER.`,
    );
  }
  const key = port.config.crypto.importPublicKey(spki);
  if (key === undefined) {
    throw new DtlsError(
      'ERR_DTLS_UNSUPPORTED_CERTIFICATE',
      "The peer's certificate has a key that is not accepted: ECDSA on P-256 or P-384, Ed25519, or RSA of 1,024 to 8,192 bits are.",
    );
  }
  return { chain, key };
}

/** Checks a signature of the peer's over `data`; `what` names the message it came in. */
export function checkSignature(
  port: HandshakePort,
  what: string,
  key: VerifyKey,
  schemeId: number,
  data: Uint8Array,
  signature: Uint8Array,
): void {
  const scheme: SignatureSchemeParameters | undefined = signatureSchemeById(schemeId);
  if (
    scheme === undefined ||
    !port.config.signatureSchemes.includes(scheme) ||
    !schemeFitsKey(scheme, key.keyType)
  ) {
    const offered = nameList(port.config.signatureSchemes.map(({ name }) => name));
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `${what} is signed with ${signatureSchemeName(schemeId)}, for a key of type ${key.keyType}; offered were ${offered}.`,
    );
  }
  if (!key.verify(scheme, data, signature)) {
    throw new DtlsError(
      'ERR_DTLS_BAD_SIGNATURE',
      `The ${scheme.name} signature of ${what} is wrong: the peer has not shown that its certificate's key is its own.`,
    );
  }
}

/** Asks whoever is to judge the chain, if anyone, and goes on with `then` when it is the peer's. */
export function judgePeer<State extends NamedState>(
  port: HandshakePort,
  chain: readonly Uint8Array[],
  then: () => State,
): State | AwaitAnswer<State> {
  const { verifyPeer } = port.config;
  const judged = (accepted: boolean): State => {
    if (!accepted)
      throw new DtlsError(
        'ERR_DTLS_PEER_REFUSED',
        "The application's verifyPeer refused the peer's certificate.",
      );
    return then();
  };
  if (verifyPeer === undefined) return then();
  if (verifyPeer === 'request')
    return ask(port, { kind: 'verifyPeer', chain }, (answer) => judged(answerAs.boolean(answer)));
  const verdict: unknown = fromCallback('verifyPeer', () => verifyPeer(chain));
  if (typeof verdict !== 'boolean') {
    throw new DtlsError(
      'ERR_DTLS_CALLBACK',
      "The application's verifyPeer must return true or false; verifyPeer: 'request' is for an answer that comes later.",
    );
  }
  return judged(verdict);
}

/** Calls the application; what it throws ends this handshake and nothing else. */
export function fromCallback<T>(name: string, callback: () => T): T {
  try {
    return callback();
  } catch (cause) {
    throw new DtlsError('ERR_DTLS_CALLBACK', `The application's ${name} callback threw an error.`, { cause });
  }
}
