import { EMPTY } from '../../bytes/bytes.ts';
import type { KeyShare } from '../../crypto/provider.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import { NamedGroup } from '../../registry/groups.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { WireVersion } from '../../registry/versions.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';
import { writeCertificate } from '../../wire/messages/certificate.ts';
import { ClientCertificateType, writeCertificateRequest } from '../../wire/messages/certificate-request.ts';
import { readCertificateVerify } from '../../wire/messages/certificate-verify.ts';
import { readClientHello } from '../../wire/messages/client-hello.ts';
import { readClientKeyExchange } from '../../wire/messages/client-key-exchange.ts';
import {
  signedServerParams,
  writeServerEcdhParams,
  writeServerKeyExchange,
} from '../../wire/messages/server-key-exchange.ts';
import { answerAs, ask, signWith } from '../core/ask.ts';
import type { HandshakeConfig, ServerContext } from '../core/config.ts';
import type { AwaitAnswer, Machine } from '../core/machine.ts';
import { checkSignature, fromCallback, identifyPeer, judgePeer, type PeerIdentity } from '../core/peer.ts';
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
import { Cookies } from './cookies.ts';
import {
  type ClientOffer,
  choose,
  helloInfo,
  readOffer,
  type ServerChoice,
  sendHelloVerifyRequest,
  sendServerHello,
} from './hello.ts';

/*
 *   Client                                          Server     RFC 6347 §4.2.1, RFC 5246 §7.3
 *   ------                                          ------
 *   ClientHello                  -------->
 *                                <--------  HelloVerifyRequest*
 *   ClientHello (with cookie)*   -------->
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

interface AwaitClientHello {
  readonly name: 'awaitClientHello';
  /** What makes cookies that a client has to bring back; undefined when none are wanted. */
  readonly cookies: Cookies | undefined;
}

/** Our flight is out. */
interface Offered {
  readonly negotiated: Negotiated;
  readonly share: KeyShare;
}

interface AwaitCertificate extends Offered {
  readonly name: 'awaitCertificate';
}

interface AwaitClientKeyExchange extends Offered {
  readonly name: 'awaitClientKeyExchange';
  /** Undefined when no certificate was asked for. */
  readonly peer: PeerIdentity | undefined;
}

interface AwaitCertificateVerify {
  readonly name: 'awaitCertificateVerify';
  readonly keyed: Keyed;
  readonly peer: PeerIdentity;
}

interface AwaitFinished {
  readonly name: 'awaitFinished';
  readonly keyed: Keyed;
}

interface Established {
  readonly name: 'established';
}

export type ServerState =
  | AwaitClientHello
  | AwaitCertificate
  | AwaitClientKeyExchange
  | AwaitCertificateVerify
  | AwaitFinished
  | AwaitAnswer<ServerState>
  | Established;

export const serverMachine: Machine<ServerState> = {
  start: ({ config }) => ({
    name: 'awaitClientHello',
    cookies: config.cookieExchange ? new Cookies(config) : undefined,
  }),
  isOpenToHellos: ({ name }) => name === 'awaitClientHello',
  states: {
    awaitClientHello: { client_hello: onClientHello },
    awaitCertificate: { certificate: onCertificate },
    awaitClientKeyExchange: { client_key_exchange: onClientKeyExchange },
    awaitCertificateVerify: { certificate_verify: onCertificateVerify },
    awaitFinished: { finished: onFinished },
    awaitAnswer: {},
    established: {},
  },
};

function onClientHello(
  state: AwaitClientHello,
  { body }: HandshakeMessage,
  port: HandshakePort,
): ServerState {
  const hello = readClientHello(body);
  if (state.cookies === undefined) {
    if (hello === undefined) throw malformed('ClientHello', body);
  } else if (hello === undefined) {
    return state; // from whom is not known, and so it is nobody's fault
  } else if (!state.cookies.accepts(hello.cookie)) {
    // A cookie that is not ours is as good as none (RFC 6347 §4.2.1).
    sendHelloVerifyRequest(port, state.cookies.make());
    return state;
  }
  port.flightReceived();
  const offer = readOffer(hello);
  return selectContext(port, offer, (config) => sendServerFlight(port, offer, choose(config, offer)));
}

/** Lets the application choose certificate and ALPN by what the client asks for. */
function selectContext(
  port: HandshakePort,
  offer: ClientOffer,
  then: (config: HandshakeConfig) => ServerState,
): ServerState {
  const { config } = port;
  const info = helloInfo(offer);
  const selected = (context: ServerContext | undefined): ServerState => {
    if (context === undefined) {
      const name = info.servername === undefined ? 'no name' : `the name ${JSON.stringify(info.servername)}`;
      throw new DtlsError(
        'ERR_DTLS_UNRECOGNIZED_NAME',
        `The client asked for ${name}, for which there is no context.`,
      );
    }
    const certificates =
      context.certificates ?? (context.certificate ? [context.certificate] : config.certificates);
    return then({ ...config, certificates, alpnProtocols: context.alpnProtocols ?? config.alpnProtocols });
  };
  const select = config.selectContext;
  if (select === undefined) return then(config);
  if (select !== 'request') return selected(fromCallback('selectContext', () => select(info)));
  return ask<ServerState>(port, { kind: 'selectContext', hello: info }, (answer) =>
    selected(answerAs.context(answer)),
  );
}

function sendServerFlight(port: HandshakePort, offer: ClientOffer, choice: ServerChoice): ServerState {
  const { config } = port;
  const { negotiated, group, signer } = choice;
  const { certificate, scheme } = signer;
  port.useVersion(WireVersion['DTLSv1.2']);
  sendServerHello(port, offer, negotiated);
  port.send(HandshakeType.certificate, writeCertificate(certificate.chain));
  const share = config.crypto.generateKeyShare(group);
  const params = writeServerEcdhParams(NamedGroup[group], share.publicKey);
  const signed = signedServerParams(negotiated.randoms.client, negotiated.randoms.server, params);
  return signWith<ServerState>(port, certificate, scheme, signed, (signature) => {
    port.send(HandshakeType.server_key_exchange, writeServerKeyExchange(params, scheme.id, signature));
    if (config.requestCertificate) port.send(HandshakeType.certificate_request, certificateRequest(config));
    port.send(HandshakeType.server_hello_done, EMPTY);
    port.flush('expected');
    return config.requestCertificate
      ? { name: 'awaitCertificate', negotiated, share }
      : { name: 'awaitClientKeyExchange', negotiated, share, peer: undefined };
  });
}

function certificateRequest(config: HandshakeConfig): Uint8Array {
  return writeCertificateRequest({
    certificateTypes: [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
    signatureSchemes: config.signatureSchemes.map(({ id }) => id),
  });
}

function onCertificate(
  { negotiated, share }: AwaitCertificate,
  { body }: HandshakeMessage,
  port: HandshakePort,
): AwaitClientKeyExchange {
  return { name: 'awaitClientKeyExchange', negotiated, share, peer: identifyPeer(port, body) };
}

function onClientKeyExchange(
  { negotiated, share, peer }: AwaitClientKeyExchange,
  { body }: HandshakeMessage,
  port: HandshakePort,
): ServerState {
  const publicKey = readClientKeyExchange(body);
  if (publicKey === undefined) throw malformed('ClientKeyExchange', body);
  const keyed = deriveSecrets(port, negotiated, share.group, agree(share, publicKey));
  return peer === undefined ? expectFinished(port, keyed) : { name: 'awaitCertificateVerify', keyed, peer };
}

/** The client proves here that it has its certificate's private key: it signs all messages so far (RFC 5246 §7.4.8). */
function onCertificateVerify(
  { keyed, peer }: AwaitCertificateVerify,
  { body }: HandshakeMessage,
  port: HandshakePort,
): ServerState {
  const verify = readCertificateVerify(body);
  if (verify === undefined) throw malformed('CertificateVerify', body);
  const signed = port.transcript.bytesBeforeLast;
  checkSignature(port, 'CertificateVerify', peer.key, verify.scheme, signed, verify.signature);
  return judgePeer<ServerState>(port, peer.chain, () => expectFinished(port, keyed));
}

/**
 * The read keys come no sooner than this: a Finished that overtook its flight waits, and what is still to come
 * without protection is not taken for a forgery.
 */
function expectFinished(port: HandshakePort, keyed: Keyed): AwaitFinished {
  const installReadKeys = installKeys(port, keyed);
  installReadKeys();
  return { name: 'awaitFinished', keyed };
}

function onFinished({ keyed }: AwaitFinished, { body }: HandshakeMessage, port: HandshakePort): Established {
  checkFinished(port, keyed, body);
  port.flightReceived();
  port.sendChangeCipherSpec();
  port.send(HandshakeType.finished, finishedBody(port, keyed));
  port.flush('none');
  port.established(sessionOf(port, keyed));
  return { name: 'established' };
}
