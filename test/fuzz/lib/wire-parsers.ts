import { utf8 } from '../../../src/bytes/bytes.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { Writer } from '../../../src/bytes/writer.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
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
import type { DtlsRecord } from '../../../src/wire/record.ts';
import { soleFragment } from '../../../src/wire/sole-fragment.ts';
import { writeRecord } from '../../lib/records.ts';
import { datagram, EXTENSIONS, extensions, MESSAGES, messages, nothing } from './grammars.ts';
import { bodies, once, type Parser, recordsIn } from './parser.ts';
import { allDatagrams } from './recordings.ts';

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

/** Names of bytes that are no UTF-8 are read as replacement characters, which may be too many to be written. */
function readShortAlpn(data: Uint8Array): string[] | undefined {
  const names = readAlpn(data);
  return names?.every((name) => utf8(name).length <= 255) === true ? names : undefined;
}

/** Of records, messages and extensions. */
export const WIRE_PARSERS: Readonly<Record<string, Parser>> = {
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
};

function writeExtensions(block: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const writer = new Writer();
  writeExtensionBlock(writer, block);
  return writer.finish();
}
