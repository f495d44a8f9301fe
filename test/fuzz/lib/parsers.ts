import { utf8 } from '../../../src/bytes/bytes.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { Writer } from '../../../src/bytes/writer.ts';
import { Certificate } from '../../../src/certificate/certificate.ts';
import { formatFingerprint, parseFingerprint } from '../../../src/certificate/fingerprint.ts';
import { certificatePublicKey } from '../../../src/certificate/parse.ts';
import { parsePem } from '../../../src/certificate/pem.ts';
import { readRtcp } from '../../../src/cli/call/rtcp.ts';
import { readRtp } from '../../../src/cli/call/rtp.ts';
import { nodeCrypto } from '../../../src/crypto/node/index.ts';
import { GROUPS } from '../../../src/registry/groups.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { SIGNATURE_SCHEMES } from '../../../src/registry/signature-schemes.ts';
import { isRtcp } from '../../../src/srtp/index.ts';
import { readAlert, writeAlert } from '../../../src/wire/alert.ts';
import { readAlpn, writeAlpn } from '../../../src/wire/extensions/alpn.ts';
import { readEcPointFormats } from '../../../src/wire/extensions/ec-point-formats.ts';
import { readExtensionBlock, writeExtensionBlock } from '../../../src/wire/extensions/extension-block.ts';
import { readRenegotiationInfo } from '../../../src/wire/extensions/renegotiation-info.ts';
import { readServerName, writeServerName } from '../../../src/wire/extensions/server-name.ts';
import {
  readSignatureAlgorithms,
  writeSignatureAlgorithms,
} from '../../../src/wire/extensions/signature-algorithms.ts';
import { readSupportedGroups, writeSupportedGroups } from '../../../src/wire/extensions/supported-groups.ts';
import { readUseSrtp, writeUseSrtp } from '../../../src/wire/extensions/use-srtp.ts';
import { readHandshakeFragment } from '../../../src/wire/handshake.ts';
import { readCertificate, writeCertificate } from '../../../src/wire/messages/certificate.ts';
import {
  readCertificateRequest,
  writeCertificateRequest,
} from '../../../src/wire/messages/certificate-request.ts';
import {
  readCertificateVerify,
  writeCertificateVerify,
} from '../../../src/wire/messages/certificate-verify.ts';
import { readClientHello, writeClientHello } from '../../../src/wire/messages/client-hello.ts';
import {
  readClientKeyExchange,
  writeClientKeyExchange,
} from '../../../src/wire/messages/client-key-exchange.ts';
import {
  readHelloVerifyRequest,
  writeHelloVerifyRequest,
} from '../../../src/wire/messages/hello-verify-request.ts';
import { readServerHello, writeServerHello } from '../../../src/wire/messages/server-hello.ts';
import {
  readServerKeyExchange,
  type ServerKeyExchange,
  writeServerKeyExchange,
} from '../../../src/wire/messages/server-key-exchange.ts';
import { type DtlsRecord, readRecord } from '../../../src/wire/record.ts';
import { soleFragment } from '../../../src/wire/sole-fragment.ts';
import { rtpPacket, senderReport, sourceDescription } from '../../interop/lib/rtp.ts';
import { fragmentsOf, writeRecord } from '../../lib/records.ts';
import { datagram, der, EXTENSIONS, extensions, MESSAGES, messages, nothing, rtcp, rtp } from './grammars.ts';
import { IDENTITIES, identity } from './identities.ts';
import type { Grammar } from './layout.ts';
import { allDatagrams } from './recordings.ts';

/** One parser of bytes that a peer, or whoever wrote them in its stead, may choose. */
export interface Parser {
  /** Forms that are right, to be edited. */
  readonly seeds: () => readonly Uint8Array[];
  readonly grammar: Grammar;
  /** Undefined, or nothing, for what it refuses. */
  readonly read: (bytes: Uint8Array) => unknown;
  readonly write?: (value: never) => Uint8Array;
  /** Whether what is read of these bytes is written as the very same. */
  readonly exact?: (bytes: Uint8Array, value: never) => boolean;
  /** Whether it may throw this: a parser of what the application hands over. */
  readonly refusal?: (error: unknown) => boolean;
}

/** Records, as far as a datagram is made of them. */
function recordsIn(bytes: Uint8Array): DtlsRecord[] {
  const reader = new Reader(bytes);
  const records: DtlsRecord[] = [];
  for (let record = readRecord(reader); record !== undefined; record = readRecord(reader))
    records.push(record);
  return records;
}

function bodies(type: number): readonly Uint8Array[] {
  const all = allDatagrams()
    .flatMap(recordsIn)
    .flatMap((record) => attempt(() => fragmentsOf(record)) ?? [])
    .filter((fragment) => fragment.type === type && fragment.length === fragment.fragment.length);
  return all.map(({ fragment }) => fragment);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function extensionData(type: number): readonly Uint8Array[] {
  const hellos = [
    ...bodies(HandshakeType.client_hello).map(readClientHello),
    ...bodies(HandshakeType.server_hello).map(readServerHello),
  ];
  const found = hellos.map((hello) => hello?.extensions.get(type)).filter((data) => data !== undefined);
  return found.length > 0 ? found : [Uint8Array.of(0)];
}

const always = (): boolean => true;
const never = (): boolean => false;
/** An empty block of extensions may be left out. */
const withExtensions = (
  _: Uint8Array,
  hello: { readonly extensions: ReadonlyMap<number, Uint8Array> },
): boolean => hello.extensions.size > 0;

function message<T>(
  type: number,
  read: (body: Uint8Array) => T | undefined,
  write: (value: T) => Uint8Array,
  exact: (bytes: Uint8Array, value: T) => boolean = always,
): Parser {
  return { seeds: once(() => bodies(type)), grammar: MESSAGES[type] ?? nothing, read, write, exact };
}

function extension<T>(
  type: number,
  read: (data: Uint8Array) => T | undefined,
  write?: (value: T) => Uint8Array,
  exact: () => boolean = always,
): Parser {
  const seeds = once(() => extensionData(type));
  return { seeds, grammar: EXTENSIONS[type] ?? nothing, read, ...(write !== undefined && { write, exact }) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const certificates = once(() => [
  ...IDENTITIES.map((name) => identity(name).der),
  ...bodies(HandshakeType.certificate).flatMap((body) => readCertificate(body) ?? []),
]);
const publicKeys = once(() =>
  certificates().map((certificate) => certificatePublicKey(certificate) ?? new Uint8Array(0)),
);

/** Reads a key, and has it judge something that is no signature. */
function tryKey(spki: Uint8Array): unknown {
  const key = nodeCrypto.importPublicKey(spki);
  if (key === undefined) return undefined;
  for (const scheme of SIGNATURE_SCHEMES)
    if (key.verify(scheme, Uint8Array.of(1), spki)) throw new Error('a signature of nobody is right');
  return key.keyType;
}

/** What an application may be shown of a certificate that anyone may have sent. */
function tryCertificate(bytes: Uint8Array): unknown {
  const certificate = Certificate.fromDer([bytes]);
  certificate.fingerprint();
  certificate.toJSON();
  const spki = certificatePublicKey(bytes);
  return spki === undefined ? undefined : tryKey(spki);
}

/** Signatures that are right, by what made them; none but the very same may be. */
const signatures = once(() =>
  IDENTITIES.flatMap((name) => {
    const { signingKey, der: whole } = identity(name);
    const key = nodeCrypto.importPublicKey(certificatePublicKey(whole) ?? new Uint8Array(0));
    return SIGNATURE_SCHEMES.flatMap((scheme) => {
      const signature = attempt(() => signingKey?.sign(scheme, Uint8Array.of(5)));
      return signature === undefined || key === undefined ? [] : [{ key, scheme, signature }];
    });
  }),
);

function trySignature(bytes: Uint8Array): undefined {
  for (const { key, scheme, signature } of signatures()) {
    const right = Buffer.compare(signature, bytes) === 0;
    if (key.verify(scheme, Uint8Array.of(5), bytes) !== right)
      throw new Error(`${scheme.name}: a signature is judged ${right ? 'wrong' : 'right'}`);
  }
}

const shares = once(() => GROUPS.map((group) => nodeCrypto.generateKeyShare(group)));

const hasCode = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^ERR_(INVALID_ARG|OUT_OF_RANGE)/.test(String(error.code));

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Names of bytes that are no UTF-8 are read as replacement characters, which may be too many to be written. */
function readShortAlpn(data: Uint8Array): string[] | undefined {
  const names = readAlpn(data);
  return names?.every((name) => utf8(name).length <= 255) === true ? names : undefined;
}

export const PARSERS: Readonly<Record<string, Parser>> = {
  records: {
    seeds: allDatagrams,
    grammar: datagram,
    read: recordsIn,
    write: (records: readonly DtlsRecord[]) => new Uint8Array(Buffer.concat(records.map(writeRecord))),
  },
  'handshake fragments': {
    seeds: once(() =>
      allDatagrams()
        .flatMap(recordsIn)
        .map(({ fragment }) => fragment),
    ),
    grammar: messages,
    read(bytes) {
      const reader = new Reader(bytes);
      while (readHandshakeFragment(reader) !== undefined && reader.remaining > 0);
    },
  },
  soleFragment: { seeds: allDatagrams, grammar: datagram, read: soleFragment },
  alert: {
    seeds: () => [Uint8Array.of(2, 40)],
    grammar: nothing,
    read: readAlert,
    write: writeAlert,
    exact: always,
  },
  ClientHello: message(HandshakeType.client_hello, readClientHello, writeClientHello, withExtensions),
  ServerHello: message(HandshakeType.server_hello, readServerHello, writeServerHello, withExtensions),
  HelloVerifyRequest: message(
    HandshakeType.hello_verify_request,
    readHelloVerifyRequest,
    writeHelloVerifyRequest,
    never, // of any version, which is passed over
  ),
  Certificate: message(HandshakeType.certificate, readCertificate, writeCertificate),
  ServerKeyExchange: message(
    HandshakeType.server_key_exchange,
    readServerKeyExchange,
    ({ params, scheme, signature }: ServerKeyExchange) => writeServerKeyExchange(params, scheme, signature),
  ),
  CertificateRequest: message(
    HandshakeType.certificate_request,
    readCertificateRequest,
    writeCertificateRequest,
    never, // names of authorities are passed over
  ),
  CertificateVerify: message(HandshakeType.certificate_verify, readCertificateVerify, writeCertificateVerify),
  ClientKeyExchange: message(
    HandshakeType.client_key_exchange,
    readClientKeyExchange,
    writeClientKeyExchange,
  ),
  extensions: {
    seeds: once(() => {
      const hellos = bodies(HandshakeType.client_hello).map(readClientHello);
      return hellos.map((hello) => writeExtensions(hello?.extensions ?? new Map()));
    }),
    grammar: extensions,
    read(bytes) {
      const reader = new Reader(bytes);
      const block = readExtensionBlock(reader);
      return reader.finished ? block : undefined;
    },
    write: writeExtensions,
  },
  server_name: extension(0, readServerName, writeServerName, never), // names of other types are passed over
  supported_groups: extension(10, readSupportedGroups, writeSupportedGroups),
  ec_point_formats: extension(11, readEcPointFormats),
  signature_algorithms: extension(13, readSignatureAlgorithms, writeSignatureAlgorithms),
  use_srtp: extension(14, readUseSrtp, writeUseSrtp),
  alpn: extension(16, readShortAlpn, writeAlpn, never), // what is no UTF-8 is replaced
  renegotiation_info: extension(0xff01, readRenegotiationInfo),
  'X.509': { seeds: certificates, grammar: der, read: tryCertificate },
  'public keys': { seeds: publicKeys, grammar: der, read: tryKey },
  signatures: {
    seeds: once(() => signatures().map(({ signature }) => signature)),
    grammar: der,
    read: trySignature,
  },
  'key shares': {
    seeds: once(() => shares().map(({ publicKey }) => publicKey)),
    grammar: nothing,
    read: (bytes) => shares().map((share) => share.agree(bytes)).length,
  },
  PEM: {
    seeds: once(() => IDENTITIES.map((name) => Buffer.from(identity(name).pem))),
    grammar: nothing,
    read(bytes) {
      parsePem('CERTIFICATE', asText(bytes));
      return Certificate.fromPem({ cert: bytes }).chain.length;
    },
    refusal: hasCode,
  },
  fingerprint: {
    seeds: once(() => [Buffer.from(`a=fingerprint:sha-256 ${identity('rsa').fingerprint()}`)]),
    grammar: nothing,
    read: (bytes) => parseFingerprint(asText(bytes)),
    write: (value: { readonly algorithm: string; readonly value: string }) =>
      Buffer.from(formatFingerprint(value)),
    refusal: hasCode,
  },
  RTP: {
    seeds: once(() => [
      rtpPacket({ csrcs: [1, 2], padding: 4 }),
      rtpPacket({ extension: { profile: 0xbede, data: Buffer.of(0x10, 1, 0, 0) } }),
    ]),
    grammar: rtp,
    read: (bytes) => [readRtp(bytes), isRtcp(bytes)],
  },
  RTCP: {
    seeds: once(() => [Buffer.concat([senderReport(7, 2), sourceDescription(7)])]),
    grammar: rtcp,
    read: readRtcp,
  },
};

function writeExtensions(block: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const writer = new Writer();
  writeExtensionBlock(writer, block);
  return writer.finish();
}
