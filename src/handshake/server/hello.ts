import { copy, EMPTY } from '../../bytes/bytes.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import { cipherSuiteName, TLS_EMPTY_RENEGOTIATION_INFO_SCSV } from '../../registry/cipher-suites.ts';
import { ExtensionType } from '../../registry/extension-types.ts';
import { type GroupName, groupName } from '../../registry/groups.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { nameList, quotedList } from '../../registry/name-of.ts';
import { signatureSchemeName } from '../../registry/signature-schemes.ts';
import { type SrtpProfileParameters, srtpProfileName } from '../../registry/srtp-profiles.ts';
import { WireVersion } from '../../registry/versions.ts';
import { readAlpn, writeAlpn } from '../../wire/extensions/alpn.ts';
import { EC_POINT_FORMATS, readEcPointFormats } from '../../wire/extensions/ec-point-formats.ts';
import {
  INITIAL_RENEGOTIATION_INFO,
  readRenegotiationInfo,
} from '../../wire/extensions/renegotiation-info.ts';
import { readServerName } from '../../wire/extensions/server-name.ts';
import { readSignatureAlgorithms } from '../../wire/extensions/signature-algorithms.ts';
import { readSupportedGroups } from '../../wire/extensions/supported-groups.ts';
import { readUseSrtp, writeUseSrtp } from '../../wire/extensions/use-srtp.ts';
import { type ClientHello, RANDOM_LENGTH } from '../../wire/messages/client-hello.ts';
import { writeHelloVerifyRequest } from '../../wire/messages/hello-verify-request.ts';
import { writeServerHello } from '../../wire/messages/server-hello.ts';
import type { ClientHelloInfo, HandshakeConfig } from '../core/config.ts';
import { addExternalBindings, checkExternalBindings } from '../core/external-binding.ts';
import type { HandshakePort } from '../core/port.ts';
import { extendedMasterSecretRequired, malformed } from '../core/refusal.ts';
import type { Negotiated } from '../core/session-v12.ts';
import { chooseCipherSuite } from '../negotiate/cipher-suite.ts';
import { chooseGroup } from '../negotiate/group.ts';
import type { Signer } from '../negotiate/signature.ts';
import { chooseSrtpProfile } from '../negotiate/srtp-profile.ts';

/** The extensions of a ClientHello, read. What was not sent is undefined. */
export interface ClientOffer {
  readonly hello: ClientHello;
  readonly servername: string | undefined;
  readonly groups: readonly number[] | undefined;
  readonly pointFormats: boolean;
  readonly signatureSchemes: readonly number[];
  readonly alpnProtocols: readonly string[] | undefined;
  readonly srtpProfiles: readonly number[] | undefined;
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
}

/** What a server has settled on reading a ClientHello. */
export interface ServerChoice {
  readonly negotiated: Negotiated;
  readonly group: GroupName;
  readonly signer: Signer;
}

/** Sends the stateless answer that makes the client prove its address (RFC 6347 §4.2.1). */
export function sendHelloVerifyRequest(port: HandshakePort, cookie: Uint8Array): void {
  port.send(HandshakeType.hello_verify_request, writeHelloVerifyRequest({ cookie }));
  port.flush('none');
  port.transcript.reset();
}

export function readOffer(hello: ClientHello): ClientOffer {
  const { extensions } = hello;
  const read = <T>(
    type: ExtensionType,
    name: string,
    parse: (data: Uint8Array) => T | undefined,
  ): T | undefined => {
    const data = extensions.get(type);
    if (data === undefined) return undefined;
    const value = parse(data);
    if (value === undefined) throw malformed(name, data);
    return value;
  };
  const pointFormats = read(ExtensionType.ec_point_formats, 'ec_point_formats', readEcPointFormats);
  if (pointFormats?.uncompressed === false) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      "The client's ec_point_formats lack uncompressed points.",
    );
  }
  const renegotiated = read(ExtensionType.renegotiation_info, 'renegotiation_info', readRenegotiationInfo);
  if (renegotiated !== undefined && renegotiated.length > 0) {
    throw new DtlsError(
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'The renegotiation_info of the ClientHello is not empty, although this is the first handshake.',
    );
  }
  const ems = extensions.get(ExtensionType.extended_master_secret);
  if (ems !== undefined && ems.length > 0) throw malformed('extended_master_secret', ems);
  return {
    hello,
    servername: read(ExtensionType.server_name, 'server_name', readServerName),
    groups: read(ExtensionType.supported_groups, 'supported_groups', readSupportedGroups),
    pointFormats: pointFormats !== undefined,
    signatureSchemes:
      read(ExtensionType.signature_algorithms, 'signature_algorithms', readSignatureAlgorithms) ?? [],
    alpnProtocols: read(ExtensionType.application_layer_protocol_negotiation, 'ALPN', readAlpn),
    srtpProfiles: read(ExtensionType.use_srtp, 'use_srtp', readUseSrtp)?.profiles,
    extendedMasterSecret: ems !== undefined,
    secureRenegotiation:
      renegotiated !== undefined || hello.cipherSuites.includes(TLS_EMPTY_RENEGOTIATION_INFO_SCSV),
  };
}

export function helloInfo(offer: ClientOffer): ClientHelloInfo {
  return { servername: offer.servername, alpnProtocols: offer.alpnProtocols ?? [] };
}

/** Settles everything that the ServerHello says, by the server's order of preference. */
export function choose(config: HandshakeConfig, offer: ClientOffer): ServerChoice {
  const { hello } = offer;
  // Higher numbers are older versions; a client of 1.3 says 1.2 here.
  if (hello.version >> 8 !== 0xfe || hello.version > WireVersion['DTLSv1.2']) {
    throw new DtlsError(
      'ERR_DTLS_PROTOCOL_VERSION',
      `The client has protocol version 0x${hello.version.toString(16)} at most; this server has DTLSv1.2 (0xfefd).`,
    );
  }
  if (!hello.compressionMethods.includes(0)) {
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'The client does not offer to send without compression.',
    );
  }
  checkExternalBindings(config, hello.extensions);
  if (!offer.extendedMasterSecret && config.extendedMasterSecret === 'required')
    throw extendedMasterSecretRequired();
  const choice = chooseCipherSuite(
    config.cipherSuites,
    config.certificates,
    config.signatureSchemes,
    hello.cipherSuites,
    offer.signatureSchemes,
  );
  if (choice === undefined) throw noCommonCipherSuite(config, offer);
  const group = chooseGroup(config.groups, offer.groups);
  if (group === undefined) {
    throw new DtlsError(
      'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      `No group in common: the client has ${nameList((offer.groups ?? []).map(groupName))}, this server ${nameList(config.groups)}.`,
    );
  }
  return {
    negotiated: {
      suite: choice.suite,
      randoms: { client: copy(hello.random), server: copy(config.random(RANDOM_LENGTH)) },
      extendedMasterSecret: offer.extendedMasterSecret,
      srtpProfile: chooseSrtp(config, offer)?.name,
      alpnProtocol: chooseAlpn(config, offer),
      servername: offer.servername,
    },
    group,
    signer: choice.signer,
  };
}

function noCommonCipherSuite(config: HandshakeConfig, offer: ClientOffer): DtlsError {
  const suites = nameList(offer.hello.cipherSuites.map(cipherSuiteName));
  const schemes = nameList(offer.signatureSchemes.map(signatureSchemeName));
  const keys = nameList(config.certificates.map(({ keyType }) => keyType));
  return new DtlsError(
    'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
    `No cipher suite in common that our certificate can serve. The client offers the suites ${suites} with the ` +
      `signature schemes ${schemes}; this server has ${nameList(config.cipherSuites.map(({ name }) => name))}, and ` +
      `certificates of type ${keys}.`,
  );
}

/** RFC 5764 §4.1.1: without a profile in common there is no extension in the reply, and no handshake if SRTP is a must. */
function chooseSrtp(config: HandshakeConfig, offer: ClientOffer): SrtpProfileParameters | undefined {
  if (config.srtpProfiles.length === 0) return undefined;
  const profile = chooseSrtpProfile(config.srtpProfiles, offer.srtpProfiles ?? []);
  if (profile === undefined && config.srtpRequired) {
    const offered = nameList((offer.srtpProfiles ?? []).map(srtpProfileName));
    throw new DtlsError(
      'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
      `No SRTP profile in common: the client offers ${offered}, this server has ${nameList(config.srtpProfiles.map(({ name }) => name))}.`,
    );
  }
  return profile;
}

/** RFC 7301 §3.2 */
function chooseAlpn(config: HandshakeConfig, offer: ClientOffer): string | undefined {
  const { alpnProtocols } = offer;
  if (alpnProtocols === undefined || config.alpnProtocols.length === 0) return undefined;
  const chosen = config.alpnProtocols.find((name) => alpnProtocols.includes(name));
  if (chosen === undefined) {
    throw new DtlsError(
      'ERR_DTLS_NO_APPLICATION_PROTOCOL',
      `No application protocol in common: the client offers ${quotedList(alpnProtocols)}, this server has ${quotedList(config.alpnProtocols)}.`,
    );
  }
  return chosen;
}

export function sendServerHello(port: HandshakePort, offer: ClientOffer, negotiated: Negotiated): void {
  const extensions = new Map<number, Uint8Array>();
  if (offer.secureRenegotiation) extensions.set(ExtensionType.renegotiation_info, INITIAL_RENEGOTIATION_INFO);
  if (negotiated.extendedMasterSecret) extensions.set(ExtensionType.extended_master_secret, EMPTY);
  if (offer.pointFormats) extensions.set(ExtensionType.ec_point_formats, EC_POINT_FORMATS);
  const profile = port.config.srtpProfiles.find(({ name }) => name === negotiated.srtpProfile);
  if (profile !== undefined) {
    // An MKI in the offer is answered with none: each master key here has a connection of its own.
    extensions.set(ExtensionType.use_srtp, writeUseSrtp({ profiles: [profile.id], mki: EMPTY }));
  }
  if (negotiated.alpnProtocol !== undefined) {
    const data = writeAlpn([negotiated.alpnProtocol]);
    extensions.set(ExtensionType.application_layer_protocol_negotiation, data);
  }
  addExternalBindings(port.config, extensions, offer.hello.extensions);
  port.send(
    HandshakeType.server_hello,
    writeServerHello({
      version: WireVersion['DTLSv1.2'],
      random: negotiated.randoms.server,
      sessionId: EMPTY,
      cipherSuite: negotiated.suite.id,
      compressionMethod: 0,
      extensions,
    }),
  );
}
