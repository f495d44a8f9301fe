import { describe, it } from 'vitest';
import { type EndOptions, makePair } from '../../test/lib/ends.ts';
import { expectRefusal } from '../../test/lib/expect.ts';
import {
  clientExtension,
  editClientHello,
  editServerHello,
  serverExtension,
} from '../../test/lib/hello-edits.ts';
import { tamper, WHOLE_FLIGHTS } from '../../test/lib/middle.ts';
import type { Pair, Path } from '../../test/lib/pair.ts';
import type { DtlsErrorCode } from '../errors/dtls-error.ts';
import type { AlertName } from '../registry/alerts.ts';
import { ExtensionType as X } from '../registry/extension-types.ts';
import { HandshakeType } from '../registry/handshake-types.ts';

type Row = [what: string, DtlsErrorCode, AlertName, words: RegExp, Path];

function run(path: Path, client: EndOptions = {}, server: EndOptions = {}): Pair {
  return makePair({ ...WHOLE_FLIGHTS, ...client }, { ...WHOLE_FLIGHTS, ...server }, path).run();
}

describe('a client refuses a ServerHello', () => {
  it.each<Row>([
    [
      'of DTLS 1.0',
      'ERR_DTLS_PROTOCOL_VERSION',
      'protocol_version',
      /0xfeff.*DTLSv1\.2/,
      editServerHello((h) => ({ ...h, version: 0xfeff })),
    ],
    [
      'of a version above 1.2',
      'ERR_DTLS_PROTOCOL_VERSION',
      'protocol_version',
      /0xfefc/,
      editServerHello((h) => ({ ...h, version: 0xfefc })),
    ],
    [
      'with a suite that was not offered',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256/,
      editServerHello((h) => ({ ...h, cipherSuite: 0xc02f })),
    ],
    [
      'with a suite that is unknown',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /0x0a0a/,
      editServerHello((h) => ({ ...h, cipherSuite: 0x0a0a })),
    ],
    [
      'with the signalling suite',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /0x00ff/,
      editServerHello((h) => ({ ...h, cipherSuite: 0x00ff })),
    ],
    [
      'with compression',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /compression/,
      editServerHello((h) => ({ ...h, compressionMethod: 1 })),
    ],
    [
      'with an extension that was not offered',
      'ERR_DTLS_UNSUPPORTED_EXTENSION',
      'unsupported_extension',
      /server_name/,
      serverExtension(X.server_name, []),
    ],
    [
      'with ALPN that was not offered',
      'ERR_DTLS_UNSUPPORTED_EXTENSION',
      'unsupported_extension',
      /application_layer/,
      serverExtension(X.application_layer_protocol_negotiation, [0, 2, 1, 0x61]),
    ],
    [
      'without renegotiation_info (RFC 5746 §3.4)',
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'handshake_failure',
      /RFC 5746/,
      serverExtension(X.renegotiation_info, undefined),
    ],
    [
      'with a renegotiation_info that is not empty',
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'handshake_failure',
      /not empty/,
      serverExtension(X.renegotiation_info, [1, 7]),
    ],
    [
      'without extended_master_secret (S19)',
      'ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED',
      'handshake_failure',
      /RFC 7627/,
      serverExtension(X.extended_master_secret, undefined),
    ],
    [
      'with bytes in extended_master_secret',
      'ERR_DTLS_DECODE',
      'decode_error',
      /extended_master_secret/,
      serverExtension(X.extended_master_secret, [0]),
    ],
    [
      'with compressed points only',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /uncompressed/,
      serverExtension(X.ec_point_formats, [1, 1]),
    ],
    [
      'with an empty list of point formats',
      'ERR_DTLS_DECODE',
      'decode_error',
      /ec_point_formats/,
      serverExtension(X.ec_point_formats, [0]),
    ],
    [
      'without use_srtp, where SRTP is a must',
      'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
      'handshake_failure',
      /SRTP_AES128_CM_SHA1_80/,
      serverExtension(X.use_srtp, undefined),
    ],
    [
      'with two SRTP profiles (RFC 5764 §4.1.1)',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /one was wanted/,
      serverExtension(X.use_srtp, [0, 4, 0, 1, 0, 1, 0]),
    ],
    [
      'with an SRTP profile that was not offered',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /SRTP_AEAD_AES_128_GCM/,
      serverExtension(X.use_srtp, [0, 2, 0, 7, 0]),
    ],
    [
      'with a NULL profile (S26)',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /SRTP_NULL_SHA1_80/,
      serverExtension(X.use_srtp, [0, 2, 0, 5, 0]),
    ],
    [
      'with no SRTP profile in the list',
      'ERR_DTLS_DECODE',
      'decode_error',
      /use_srtp/,
      serverExtension(X.use_srtp, [0, 0, 0]),
    ],
    [
      'with an MKI (RFC 5764 §4.1.3)',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /MKI of 2 bytes/,
      serverExtension(X.use_srtp, [0, 2, 0, 1, 2, 9, 9]),
    ],
    [
      'that does not follow its syntax',
      'ERR_DTLS_DECODE',
      'decode_error',
      /ServerHello of 5 bytes/,
      tamper('server', HandshakeType.server_hello, () => new Uint8Array(5)),
    ],
  ])('%s', (_, code, alert, words, path) => {
    const suites = { cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] } as const;
    expectRefusal(run(path, suites), 'client', code, alert, words);
  });

  it.each<[string, readonly number[]]>([
    ['two names', [0, 4, 1, 0x61, 1, 0x62]],
    ['a name that was not offered', [0, 2, 1, 0x63]],
  ])('with %s in ALPN (RFC 7301 §3.1)', (_, data) => {
    const alpn = { alpnProtocols: ['a', 'b'] };
    const pair = run(serverExtension(X.application_layer_protocol_negotiation, data), alpn, alpn);
    expectRefusal(pair, 'client', 'ERR_DTLS_ILLEGAL_PARAMETER', 'illegal_parameter', /of "a" and "b"/);
  });
});

describe('a server refuses a ClientHello', () => {
  it.each<Row>([
    [
      'of DTLS 1.0 at most',
      'ERR_DTLS_PROTOCOL_VERSION',
      'protocol_version',
      /0xfeff/,
      editClientHello((h) => ({ ...h, version: 0xfeff })),
    ],
    [
      'of TLS',
      'ERR_DTLS_PROTOCOL_VERSION',
      'protocol_version',
      /0x303/,
      editClientHello((h) => ({ ...h, version: 0x0303 })),
    ],
    [
      'that insists on compression',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /compression/,
      editClientHello((h) => ({ ...h, compressionMethods: Uint8Array.of(1) })),
    ],
    [
      'with no suite that we have',
      'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      'handshake_failure',
      /0x1301.*TLS_ECDHE_ECDSA/,
      editClientHello((h) => ({ ...h, cipherSuites: [0x1301, 0x0a0a] })),
    ],
    [
      'with no group that we have',
      'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      'handshake_failure',
      /No group.*0x11ec.*X25519/,
      clientExtension(X.supported_groups, [0, 2, 0x11, 0xec]),
    ],
    [
      'with no signature scheme for our certificate',
      'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      'handshake_failure',
      /rsa_pkcs1_sha256.*ecdsa-p256/,
      clientExtension(X.signature_algorithms, [0, 2, 4, 1]),
    ],
    [
      'without signature_algorithms',
      'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
      'handshake_failure',
      /schemes none/,
      clientExtension(X.signature_algorithms, undefined),
    ],
    [
      'without use_srtp, where SRTP is a must',
      'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
      'handshake_failure',
      /offers none.*SRTP_AES128/,
      clientExtension(X.use_srtp, undefined),
    ],
    [
      'with NULL profiles only (S26)',
      'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
      'handshake_failure',
      /SRTP_NULL_SHA1_80/,
      clientExtension(X.use_srtp, [0, 2, 0, 5, 0]),
    ],
    [
      'without extended_master_secret (S19)',
      'ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED',
      'handshake_failure',
      /'preferred'/,
      clientExtension(X.extended_master_secret, undefined),
    ],
    [
      'with a renegotiation_info that is not empty',
      'ERR_DTLS_INSECURE_RENEGOTIATION',
      'handshake_failure',
      /not empty/,
      clientExtension(X.renegotiation_info, [1, 7]),
    ],
    [
      'with compressed points only',
      'ERR_DTLS_ILLEGAL_PARAMETER',
      'illegal_parameter',
      /uncompressed/,
      clientExtension(X.ec_point_formats, [1, 1]),
    ],
    [
      'with an odd list of groups',
      'ERR_DTLS_DECODE',
      'decode_error',
      /supported_groups/,
      clientExtension(X.supported_groups, [0, 1, 0]),
    ],
    [
      'with an empty list of profiles',
      'ERR_DTLS_DECODE',
      'decode_error',
      /use_srtp/,
      clientExtension(X.use_srtp, [0, 0, 0]),
    ],
    [
      'with a malformed server_name',
      'ERR_DTLS_DECODE',
      'decode_error',
      /server_name/,
      clientExtension(X.server_name, [0, 1]),
    ],
    [
      'with an empty ALPN list',
      'ERR_DTLS_DECODE',
      'decode_error',
      /ALPN/,
      clientExtension(X.application_layer_protocol_negotiation, [0, 0]),
    ],
    [
      'that does not follow its syntax',
      'ERR_DTLS_DECODE',
      'decode_error',
      /ClientHello of 5 bytes/,
      tamper('client', HandshakeType.client_hello, () => new Uint8Array(5)),
    ],
  ])('%s', (_, code, alert, words, path) => {
    expectRefusal(run(path), 'server', code, alert, words);
  });
});
