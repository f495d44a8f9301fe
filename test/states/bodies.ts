import { EMPTY } from '../../src/bytes/bytes.ts';
import { Writer } from '../../src/bytes/writer.ts';
import type { Certificate } from '../../src/certificate/certificate.ts';
import { CIPHER_SUITES, type CipherSuiteParameters } from '../../src/registry/cipher-suites.ts';
import { ExtensionType } from '../../src/registry/extension-types.ts';
import { NamedGroup } from '../../src/registry/groups.ts';
import {
  SIGNATURE_SCHEMES,
  SignatureScheme,
  type SignatureSchemeParameters,
} from '../../src/registry/signature-schemes.ts';
import { WireVersion } from '../../src/registry/versions.ts';
import { INITIAL_RENEGOTIATION_INFO } from '../../src/wire/extensions/renegotiation-info.ts';
import { writeSignatureAlgorithms } from '../../src/wire/extensions/signature-algorithms.ts';
import { writeSupportedGroups } from '../../src/wire/extensions/supported-groups.ts';
import { writeUseSrtp } from '../../src/wire/extensions/use-srtp.ts';
import { writeCertificate } from '../../src/wire/messages/certificate.ts';
import {
  ClientCertificateType,
  writeCertificateRequest,
} from '../../src/wire/messages/certificate-request.ts';
import { writeCertificateVerify } from '../../src/wire/messages/certificate-verify.ts';
import { writeClientHello } from '../../src/wire/messages/client-hello.ts';
import { writeClientKeyExchange } from '../../src/wire/messages/client-key-exchange.ts';
import { writeHelloVerifyRequest } from '../../src/wire/messages/hello-verify-request.ts';
import { writeServerHello } from '../../src/wire/messages/server-hello.ts';
import {
  signedServerParams,
  writeServerEcdhParams,
  writeServerKeyExchange,
} from '../../src/wire/messages/server-key-exchange.ts';
import { certificateOf } from '../lib/ends.ts';
import type { MessageName } from './moves.ts';

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

export const SUITE: CipherSuiteParameters = named(CIPHER_SUITES, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
/** Its signatures are always the same for the same data, so that the same sequence is the same bytes. */
const SCHEME: SignatureSchemeParameters = named(SIGNATURE_SCHEMES, 'ed25519');

/** The player's certificate, and the connection's. */
export const CERTIFICATES: Readonly<Record<'player' | 'connection', Certificate>> = {
  player: certificateOf('ed25519', 'player'),
  connection: certificateOf('ed25519', 'connection'),
};

const USE_SRTP = writeUseSrtp({ profiles: [1], mki: EMPTY });

/** What a message is made of: what the player knows at that moment. */
export interface Knowledge {
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly cookie: Uint8Array;
  /** The player's ephemeral key. */
  readonly publicKey: Uint8Array;
  /** Everything that has gone to and fro. */
  transcript(): Uint8Array;
  verifyData(): Uint8Array;
}

/** The body of each message as an honest peer would fill it in, in either role, and wherever it is put. */
export const BODIES: Readonly<Record<MessageName, (known: Knowledge) => Uint8Array>> = {
  hello_request: () => EMPTY,
  client_hello: ({ clientRandom, cookie }) =>
    writeClientHello({
      version: WireVersion['DTLSv1.2'],
      random: clientRandom,
      sessionId: EMPTY,
      cookie,
      cipherSuites: [SUITE.id],
      compressionMethods: Uint8Array.of(0),
      extensions: new Map<number, Uint8Array>([
        [ExtensionType.renegotiation_info, INITIAL_RENEGOTIATION_INFO],
        [ExtensionType.extended_master_secret, EMPTY],
        [ExtensionType.supported_groups, writeSupportedGroups([NamedGroup.X25519])],
        [ExtensionType.signature_algorithms, writeSignatureAlgorithms([SCHEME.id])],
        [ExtensionType.use_srtp, USE_SRTP],
      ]),
    }),
  server_hello: ({ serverRandom }) =>
    writeServerHello({
      version: WireVersion['DTLSv1.2'],
      random: serverRandom,
      sessionId: EMPTY,
      cipherSuite: SUITE.id,
      compressionMethod: 0,
      extensions: new Map<number, Uint8Array>([
        [ExtensionType.renegotiation_info, INITIAL_RENEGOTIATION_INFO],
        [ExtensionType.extended_master_secret, EMPTY],
        [ExtensionType.use_srtp, USE_SRTP],
      ]),
    }),
  hello_verify_request: () => writeHelloVerifyRequest({ cookie: Uint8Array.of(7, 7, 7, 7) }),
  /** RFC 5077 §3.3: a lifetime hint of an hour, and a ticket. */
  new_session_ticket: () => new Writer().u16(0).u16(3600).vector16(new Uint8Array(32)).finish(),
  certificate: () => writeCertificate(CERTIFICATES.player.chain),
  server_key_exchange: ({ clientRandom, serverRandom, publicKey }) => {
    const params = writeServerEcdhParams(NamedGroup.X25519, publicKey);
    const signature = sign(signedServerParams(clientRandom, serverRandom, params));
    return writeServerKeyExchange(params, SCHEME.id, signature);
  },
  certificate_request: () =>
    writeCertificateRequest({
      certificateTypes: [ClientCertificateType.ecdsa_sign],
      signatureSchemes: [SignatureScheme.ed25519],
    }),
  server_hello_done: () => EMPTY,
  certificate_verify: ({ transcript }) =>
    writeCertificateVerify({ scheme: SCHEME.id, signature: sign(transcript()) }),
  client_key_exchange: ({ publicKey }) => writeClientKeyExchange(publicKey),
  finished: ({ verifyData }) => verifyData(),
  /** RFC 6066 §8: status_type ocsp(1), and a response. */
  certificate_status: () => new Writer().u8(1).vector24(Uint8Array.of(0x30, 0)).finish(),
  unknown_message: () => EMPTY,
};

function sign(data: Uint8Array): Uint8Array {
  return signAs(CERTIFICATES.player, data);
}

/** What the application signs that was asked for it (`sign: 'request'`). */
export function signAsConnection(data: Uint8Array): Uint8Array {
  return signAs(CERTIFICATES.connection, data);
}

function signAs({ signingKey }: Certificate, data: Uint8Array): Uint8Array {
  if (signingKey === undefined) throw new Error('a certificate without its key');
  return signingKey.sign(SCHEME, data);
}
