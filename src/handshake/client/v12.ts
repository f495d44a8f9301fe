import { DtlsError } from '../../errors/dtls-error.ts';
import { groupById, groupName } from '../../registry/groups.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { nameList } from '../../registry/name-of.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';
import { writeCertificate } from '../../wire/messages/certificate.ts';
import {
  type CertificateRequest,
  ClientCertificateType,
  readCertificateRequest,
} from '../../wire/messages/certificate-request.ts';
import { writeCertificateVerify } from '../../wire/messages/certificate-verify.ts';
import { writeClientKeyExchange } from '../../wire/messages/client-key-exchange.ts';
import {
  readServerKeyExchange,
  type ServerKeyExchange,
  signedServerParams,
} from '../../wire/messages/server-key-exchange.ts';
import { signWith } from '../core/ask.ts';
import type { HandshakeConfig } from '../core/config.ts';
import type { AwaitAnswer, Machine } from '../core/machine.ts';
import { checkSignature, identifyPeer, judgePeer, type PeerIdentity } from '../core/peer.ts';
import type { HandshakePort } from '../core/port.ts';
import { malformed } from '../core/refusal.ts';
import {
  agree,
  checkFinished,
  deriveSecrets,
  finishedBody,
  installKeys,
  type Keyed,
  type Negotiated,
  sessionOf,
} from '../core/session-v12.ts';
import { authenticationOf, chooseSigner, type Signer } from '../negotiate/signature.ts';
import {
  type AwaitServerHello,
  acceptServerHello,
  offerHello,
  onHelloVerifyRequest,
  sendHello,
} from './hello.ts';

/*
 *   Client                                          Server     RFC 5246 §7.3, RFC 8422 §2
 *   ------                                          ------
 *   ClientHello                  -------->
 *                                              ServerHello
 *                                              Certificate
 *                                        ServerKeyExchange
 *                                      CertificateRequest*
 *                                <--------  ServerHelloDone
 *   Certificate*
 *   ClientKeyExchange
 *   CertificateVerify*
 *   [ChangeCipherSpec]
 *   Finished                     -------->
 *                                       [ChangeCipherSpec]
 *                                <--------         Finished
 */

interface AwaitCertificate {
  readonly name: 'awaitCertificate';
  readonly negotiated: Negotiated;
}

interface AwaitServerKeyExchange {
  readonly name: 'awaitServerKeyExchange';
  readonly negotiated: Negotiated;
  readonly peer: PeerIdentity;
}

/** Everything of the server's flight but what may come before its end. */
interface ServerFlight {
  readonly negotiated: Negotiated;
  readonly peer: PeerIdentity;
  readonly keyExchange: ServerKeyExchange;
}

interface AwaitCertificateRequest extends ServerFlight {
  readonly name: 'awaitCertificateRequest';
}

interface AwaitServerHelloDone extends ServerFlight {
  readonly name: 'awaitServerHelloDone';
  readonly certificateRequest: CertificateRequest;
}

interface AwaitFinished {
  readonly name: 'awaitFinished';
  readonly keyed: Keyed;
}

interface Established {
  readonly name: 'established';
}

export type ClientState =
  | AwaitServerHello
  | AwaitCertificate
  | AwaitServerKeyExchange
  | AwaitCertificateRequest
  | AwaitServerHelloDone
  | AwaitFinished
  | AwaitAnswer<ClientState>
  | Established;

export const clientMachine: Machine<ClientState> = {
  start: (port) => sendHello(port, offerHello(port.config), 0),
  isOpenToHellos: () => false,
  states: {
    awaitServerHello: { hello_verify_request: onHelloVerifyRequest, server_hello: onServerHello },
    awaitCertificate: { certificate: onCertificate },
    awaitServerKeyExchange: { server_key_exchange: onServerKeyExchange },
    awaitCertificateRequest: {
      certificate_request: onCertificateRequest,
      server_hello_done: onServerHelloDone,
    },
    awaitServerHelloDone: { server_hello_done: onServerHelloDone },
    awaitFinished: { finished: onFinished },
    awaitAnswer: {},
    established: {},
  },
};

function onServerHello(
  { offer }: AwaitServerHello,
  { body }: HandshakeMessage,
  port: HandshakePort,
): AwaitCertificate {
  const negotiated = acceptServerHello(port.config, offer, body);
  port.useVersion(offer.version);
  return { name: 'awaitCertificate', negotiated };
}

function onCertificate(
  { negotiated }: AwaitCertificate,
  { body }: HandshakeMessage,
  port: HandshakePort,
): AwaitServerKeyExchange {
  const peer = identifyPeer(port, body);
  const { authentication, name } = negotiated.suite;
  if ((peer.key.keyType === 'rsa') !== (authentication === 'rsa')) {
    throw new DtlsError(
      'ERR_DTLS_UNSUPPORTED_CERTIFICATE',
      `The server's certificate has a key of type ${peer.key.keyType}, which does not go with its cipher suite ${name}.`,
    );
  }
  return { name: 'awaitServerKeyExchange', negotiated, peer };
}

/** The server proves here that it has its certificate's private key (RFC 8422 §5.4). */
function onServerKeyExchange(
  { negotiated, peer }: AwaitServerKeyExchange,
  { body }: HandshakeMessage,
  port: HandshakePort,
): AwaitCertificateRequest {
  const keyExchange = readServerKeyExchange(body);
  if (keyExchange === undefined) throw malformed('ServerKeyExchange', body);
  const { client, server } = negotiated.randoms;
  const signed = signedServerParams(client, server, keyExchange.params);
  checkSignature(port, 'ServerKeyExchange', peer.key, keyExchange.scheme, signed, keyExchange.signature);
  return { name: 'awaitCertificateRequest', negotiated, peer, keyExchange };
}

function onCertificateRequest(
  { negotiated, peer, keyExchange }: AwaitCertificateRequest,
  { body }: HandshakeMessage,
): AwaitServerHelloDone {
  const certificateRequest = readCertificateRequest(body);
  if (certificateRequest === undefined) throw malformed('CertificateRequest', body);
  return { name: 'awaitServerHelloDone', negotiated, peer, keyExchange, certificateRequest };
}

function onServerHelloDone(
  state: AwaitCertificateRequest | AwaitServerHelloDone,
  { body }: HandshakeMessage,
  port: HandshakePort,
): ClientState {
  if (body.length > 0) throw malformed('ServerHelloDone', body);
  port.flightReceived();
  const certificateRequest = state.name === 'awaitServerHelloDone' ? state.certificateRequest : undefined;
  return judgePeer<ClientState>(port, state.peer.chain, () =>
    sendClientFlight(port, state, certificateRequest),
  );
}

function sendClientFlight(
  port: HandshakePort,
  { negotiated, keyExchange }: ServerFlight,
  certificateRequest: CertificateRequest | undefined,
): ClientState {
  const group = groupById(keyExchange.group);
  if (group === undefined || !port.config.groups.includes(group)) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The server chose the group ${groupName(keyExchange.group)}; offered were ${nameList(port.config.groups)}.`,
    );
  }
  const share = port.config.crypto.generateKeyShare(group);
  const premaster = agree(share, keyExchange.publicKey);
  const signer = certificateRequest && chooseClientSigner(port.config, certificateRequest);
  if (certificateRequest !== undefined) {
    // Empty when none of ours fits: whether it goes on without is the server's decision (RFC 5246 §7.4.6).
    port.send(HandshakeType.certificate, writeCertificate(signer?.certificate.chain ?? []));
  }
  port.send(HandshakeType.client_key_exchange, writeClientKeyExchange(share.publicKey));
  const keyed = deriveSecrets(port, negotiated, group, premaster);
  if (signer === undefined) return sendFinished(port, keyed);
  const { certificate, scheme } = signer;
  return signWith<ClientState>(port, certificate, scheme, port.transcript.bytes, (signature) => {
    port.send(HandshakeType.certificate_verify, writeCertificateVerify({ scheme: scheme.id, signature }));
    return sendFinished(port, keyed);
  });
}

/** RFC 5246 §7.4.4, RFC 8422 §5.5: by type of certificate and by scheme. */
function chooseClientSigner(config: HandshakeConfig, request: CertificateRequest): Signer | undefined {
  const wanted = config.certificates.filter((certificate) =>
    request.certificateTypes.includes(
      authenticationOf(certificate) === 'rsa'
        ? ClientCertificateType.rsa_sign
        : ClientCertificateType.ecdsa_sign,
    ),
  );
  return chooseSigner(wanted, config.signatureSchemes, request.signatureSchemes);
}

function sendFinished(port: HandshakePort, keyed: Keyed): AwaitFinished {
  const installReadKeys = installKeys(port, keyed);
  port.sendChangeCipherSpec();
  port.send(HandshakeType.finished, finishedBody(port, keyed));
  port.flush('expected');
  installReadKeys();
  return { name: 'awaitFinished', keyed };
}

function onFinished({ keyed }: AwaitFinished, { body }: HandshakeMessage, port: HandshakePort): Established {
  checkFinished(port, keyed, body);
  port.flightReceived();
  port.established(sessionOf(port, keyed));
  return { name: 'established' };
}
