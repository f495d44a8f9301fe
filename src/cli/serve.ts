import { type DtlsError, formatFingerprint } from '../index.ts';
import type { Values } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { converse } from './conversation.ts';
import { AUDIO_EXAMPLE, AUDIO_OPTIONS } from './conversation-audio.ts';
import type { Io } from './io.ts';
import { formatAddress, openServer } from './open-socket.ts';
import { PEER_OPTIONS, readPeerOptions } from './peer-options.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'waits for a call; then sends and takes lines of text, and sound as WAV files, encrypted',
  positionals: [],
  options: [
    { name: 'host', value: 'ADDRESS', help: 'where to listen; default 127.0.0.1' },
    { name: 'port', value: 'N', help: 'UDP port; default 0, a free one' },
    ...PEER_OPTIONS,
    ...AUDIO_OPTIONS,
    { name: 'no-cookie', help: 'do not make the client prove its address first' },
    { name: 'no-client-cert', help: 'do not ask the client for a certificate; needs --insecure' },
  ],
  description: [
    'Waits for one client (such as dtlslib connect) and shakes hands as the server. Prints the messages of',
    'the handshake as they go by, who the peer is, the SRTP profile, and a short digest of the keys. Then',
    'the lines of its input go to the client, those of the client are printed; with --play and --record',
    'sound goes over SRTP too. The client ends it, or Ctrl-C.',
    'Who the client may be has to be said: --fingerprint, or --insecure.',
  ],
  examples: [
    ...AUDIO_EXAMPLE,
    '',
    'dtlslib serve --port 4444 --insecure --show-keys',
    'openssl s_client -dtls1_2 -connect 127.0.0.1:4444 -use_srtp SRTP_AES128_CM_SHA1_80 \\',
    '    -cert cert.pem -key key.pem -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 60',
    '(the second in another terminal; "dtlslib cert" makes the two files; the keying material is equal)',
  ],
  run: serve,
};

function serve(values: Values, io: Io): Promise<number> {
  const host = values.text('host') ?? '127.0.0.1';
  const port = values.integer('port', 0, 65_535) ?? 0;
  const cookie = !values.flag('no-cookie');
  const noClientCertificate = values.flag('no-client-cert');
  if (noClientCertificate && !values.flag('insecure'))
    throw new UsageError('--no-client-cert leaves nothing to check, and so needs --insecure');
  const options = readPeerOptions(values);
  return converse({
    connection: {
      ...options,
      role: 'server',
      cookieExchange: cookie,
      requestCertificate: !noClientCertificate,
    },
    values,
    io,
    open: (events) => openServer({ host, port, cookie, ...events }),
    introduction: ({ udp }) => [
      `Listening on ${formatAddress(udp.local)}`,
      `Our fingerprint: ${formatFingerprint({ algorithm: 'sha-256', value: options.certificate.fingerprint() })}`,
      'Waiting for a client to say hello…',
    ],
    hint: helpWithClient,
  });
}

function helpWithClient({ code }: DtlsError): string | undefined {
  if (code !== 'ERR_DTLS_NO_PEER_CERTIFICATE') return undefined;
  return 'Give the client a certificate (openssl s_client: -cert FILE -key FILE), or start with --no-client-cert.';
}
