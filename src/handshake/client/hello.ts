import { copy, EMPTY } from '../../bytes/bytes.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import {
  CIPHER_SUITES,
  cipherSuiteName,
  TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
} from '../../registry/cipher-suites.ts';
import { ExtensionType, extensionName } from '../../registry/extension-types.ts';
import { NamedGroup } from '../../registry/groups.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { nameList, quotedList } from '../../registry/name-of.ts';
import { type SrtpProfileName, srtpProfileById, srtpProfileName } from '../../registry/srtp-profiles.ts';
import { WireVersion } from '../../registry/versions.ts';
import { readAlpn, writeAlpn } from '../../wire/extensions/alpn.ts';
import { EC_POINT_FORMATS, readEcPointFormats } from '../../wire/extensions/ec-point-formats.ts';
import { readRenegotiationInfo } from '../../wire/extensions/renegotiation-info.ts';
import { isIpLiteral, writeServerName } from '../../wire/extensions/server-name.ts';
import { writeSignatureAlgorithms } from '../../wire/extensions/signature-algorithms.ts';
import { writeSupportedGroups } from '../../wire/extensions/supported-groups.ts';
import { readUseSrtp, writeUseSrtp } from '../../wire/extensions/use-srtp.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';
import { type ClientHello, RANDOM_LENGTH, writeClientHello } from '../../wire/messages/client-hello.ts';
import { readHelloVerifyRequest } from '../../wire/messages/hello-verify-request.ts';
import { readServerHello, type ServerHello } from '../../wire/messages/server-hello.ts';
import type { HandshakeConfig } from '../core/config.ts';
import { addExternalBindings, checkExternalBindings } from '../core/external-binding.ts';
import type { HandshakePort } from '../core/port.ts';
import { extendedMasterSecretRequired, malformed } from '../core/refusal.ts';
import type { Negotiated } from '../core/session-v12.ts';

/*
 *   Client                                   Server            RFC 6347 §4.2.1
 *   ------                                   ------
 *   ClientHello           ----->
 *                         <-----   HelloVerifyRequest          (where the server wants it)
 *   ClientHello           ----->
 *   (with cookie)
 *                         <-----          ServerHello
 */

/** A server that keeps asking for another cookie is not one. */
const MAX_HELLO_VERIFY_REQUESTS = 4;

export interface AwaitServerHello {
  readonly name: 'awaitServerHello';
  readonly offer: ClientHello;
  readonly helloVerifyRequests: number;
}

/** Our ClientHello, without a cookie as yet. */
export function offerHello(config: HandshakeConfig): ClientHello {
  const extensions = new Map<number, Uint8Array>();
  const add = (type: ExtensionType, data: Uint8Array): void => {
    extensions.set(type, data);
  };
  if (config.servername !== undefined && !isIpLiteral(config.servername)) {
    add(ExtensionType.server_name, writeServerName(config.servername));
  }
  add(ExtensionType.extended_master_secret, EMPTY);
  add(ExtensionType.supported_groups, writeSupportedGroups(config.groups.map((group) => NamedGroup[group])));
  add(ExtensionType.ec_point_formats, EC_POINT_FORMATS);
  add(
    ExtensionType.signature_algorithms,
    writeSignatureAlgorithms(config.signatureSchemes.map(({ id }) => id)),
  );
  if (config.alpnProtocols.length > 0) {
    add(ExtensionType.application_layer_protocol_negotiation, writeAlpn(config.alpnProtocols));
  }
  if (config.srtpProfiles.length > 0) {
    add(
      ExtensionType.use_srtp,
      writeUseSrtp({ profiles: config.srtpProfiles.map(({ id }) => id), mki: EMPTY }),
    );
  }
  addExternalBindings(config, extensions);
  return {
    version: WireVersion['DTLSv1.2'],
    random: config.random(RANDOM_LENGTH),
    sessionId: EMPTY,
    cookie: EMPTY,
    cipherSuites: [...config.cipherSuites.map(({ id }) => id), TLS_EMPTY_RENEGOTIATION_INFO_SCSV],
    compressionMethods: Uint8Array.of(0),
    extensions,
  };
}

export function sendHello(
  port: HandshakePort,
  offer: ClientHello,
  helloVerifyRequests: number,
): AwaitServerHello {
  port.send(HandshakeType.client_hello, writeClientHello(offer));
  port.flush('expected');
  return { name: 'awaitServerHello', offer, helloVerifyRequests };
}

/** Sends the same hello again with the cookie; the exchange before it does not count for the transcript. */
export function onHelloVerifyRequest(
  state: AwaitServerHello,
  { body }: HandshakeMessage,
  port: HandshakePort,
): AwaitServerHello {
  const request = readHelloVerifyRequest(body);
  if (request === undefined) throw malformed('HelloVerifyRequest', body);
  if (state.helloVerifyRequests === MAX_HELLO_VERIFY_REQUESTS) {
    throw new DtlsError(
      'ERR_DTLS_UNEXPECTED_MESSAGE',
      `The server asked for a cookie ${MAX_HELLO_VERIFY_REQUESTS + 1} times over.`,
    );
  }
  port.flightReceived();
  port.transcript.reset();
  return sendHello(port, { ...state.offer, cookie: request.cookie }, state.helloVerifyRequests + 1);
}

/** Holds the ServerHello against the offer (RFC 5246 §7.4.1.3). */
export function acceptServerHello(config: HandshakeConfig, offer: ClientHello, body: Uint8Array): Negotiated {
  const hello = readServerHello(body);
  if (hello === undefined) throw malformed('ServerHello', body);
  if (hello.version !== WireVersion['DTLSv1.2']) {
    throw new DtlsError(
      'ERR_DTLS_PROTOCOL_VERSION',
      `The server chose protocol version 0x${hello.version.toString(16)}; DTLSv1.2 (0xfefd) was offered.`,
    );
  }
  const suite = CIPHER_SUITES.find(({ id }) => id === hello.cipherSuite);
  if (suite === undefined || !config.cipherSuites.includes(suite)) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The server chose the cipher suite ${cipherSuiteName(hello.cipherSuite)}, which was not offered.`,
    );
  }
  if (hello.compressionMethod !== 0) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'The server chose a compression method; none was offered.',
    );
  }
  for (const type of hello.extensions.keys()) {
    // The signalling suite asks for renegotiation_info as much as the extension would (RFC 5746 §3.4).
    if (offer.extensions.has(type) || type === ExtensionType.renegotiation_info) continue;
    throw new DtlsError(
      'ERR_DTLS_UNSUPPORTED_EXTENSION',
      `The ServerHello has the extension ${extensionName(type)}, which was not offered.`,
    );
  }
  checkRenegotiationInfo(hello);
  checkPointFormats(hello);
  checkExternalBindings(config, hello.extensions);
  return {
    suite,
    randoms: { client: copy(offer.random), server: copy(hello.random) },
    extendedMasterSecret: acceptExtendedMasterSecret(config, hello),
    srtpProfile: acceptSrtpProfile(config, hello),
    alpnProtocol: acceptAlpn(config, hello),
    servername: config.servername,
  };
}

/** RFC 5746 §3.4: present and empty. A server without it may be talked into someone else's renegotiation. */
function checkRenegotiationInfo(hello: ServerHello): void {
  const data = hello.extensions.get(ExtensionType.renegotiation_info);
  if (data === undefined) {
    throw new DtlsError(
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'The ServerHello has no renegotiation_info: the server does not know secure renegotiation (RFC 5746).',
    );
  }
  if (readRenegotiationInfo(data)?.length !== 0) {
    throw new DtlsError(
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'The renegotiation_info of the ServerHello is not empty, although this is the first handshake.',
    );
  }
}

/** RFC 8422 §5.1.2 */
function checkPointFormats(hello: ServerHello): void {
  const data = hello.extensions.get(ExtensionType.ec_point_formats);
  if (data === undefined) return;
  const formats = readEcPointFormats(data);
  if (formats === undefined) throw malformed('ec_point_formats', data);
  if (!formats.uncompressed) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      "The server's ec_point_formats lack uncompressed points.",
    );
  }
}

/** RFC 7627 §5.2 */
function acceptExtendedMasterSecret(config: HandshakeConfig, hello: ServerHello): boolean {
  const data = hello.extensions.get(ExtensionType.extended_master_secret);
  if (data !== undefined && data.length > 0) throw malformed('extended_master_secret', data);
  if (data === undefined && config.extendedMasterSecret === 'required') throw extendedMasterSecretRequired();
  return data !== undefined;
}

/** RFC 5764 §4.1.1, §4.1.3: exactly one profile, one that was offered, and no MKI, for we sent none. */
function acceptSrtpProfile(config: HandshakeConfig, hello: ServerHello): SrtpProfileName | undefined {
  const offered = nameList(config.srtpProfiles.map(({ name }) => name));
  const data = hello.extensions.get(ExtensionType.use_srtp);
  if (data === undefined) {
    if (config.srtpProfiles.length === 0 || !config.srtpRequired) return undefined;
    throw new DtlsError(
      'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
      `The server accepted no SRTP profile; offered were ${offered}.`,
    );
  }
  const useSrtp = readUseSrtp(data);
  if (useSrtp === undefined) throw malformed('use_srtp', data);
  const [id] = useSrtp.profiles;
  const profile = srtpProfileById(id);
  if (useSrtp.profiles.length !== 1 || profile === undefined || !config.srtpProfiles.includes(profile)) {
    const chosen = nameList(useSrtp.profiles.map(srtpProfileName));
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The server chose the SRTP profiles ${chosen}; one was wanted, of ${offered}.`,
    );
  }
  if (useSrtp.mki.length > 0) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The server chose an SRTP MKI of ${useSrtp.mki.length} bytes; none was offered.`,
    );
  }
  return profile.name;
}

/** RFC 7301 §3.1: exactly one name, one that was offered. */
function acceptAlpn(config: HandshakeConfig, hello: ServerHello): string | undefined {
  const data = hello.extensions.get(ExtensionType.application_layer_protocol_negotiation);
  if (data === undefined) return undefined;
  const names = readAlpn(data);
  if (names === undefined) throw malformed('application_layer_protocol_negotiation', data);
  const [name] = names;
  if (names.length !== 1 || name === undefined || !config.alpnProtocols.includes(name)) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      `The server chose the application protocols ${quotedList(names)}; one was wanted, of ${quotedList(config.alpnProtocols)}.`,
    );
  }
  return name;
}
