import { isIP } from 'node:net';
import { type DtlsError, formatFingerprint } from '../index.ts';
import { readInteger, type Values } from './arguments.ts';
import type { Command } from './command.ts';
import { converse } from './conversation.ts';
import { AUDIO_EXAMPLE, AUDIO_OPTIONS } from './conversation-audio.ts';
import type { Io } from './io.ts';
import { formatAddress, openClient } from './open-socket.ts';
import { PEER_OPTIONS, readPeerOptions } from './peer-options.ts';

export const connectCommand: Command = {
  name: 'connect',
  summary: 'calls a server; then does the same',
  positionals: ['HOST', 'PORT'],
  options: [...PEER_OPTIONS, ...AUDIO_OPTIONS],
  description: [
    'Shakes hands as the client with whoever listens (such as dtlslib serve) at HOST, which is an IPv4 or',
    'IPv6 address or a name, and UDP PORT. Prints the messages of the handshake as they go by, who the',
    'peer is, the SRTP profile, and a short digest of the keys. Then the lines of its input go to the',
    'server, those of the server are printed; with --play and --record sound goes over SRTP too.',
    'The end of the input (Ctrl-D) ends it; with --play once all is played, so that "< /dev/null" plays',
    'and ends; with --record alone only the server ends it, or Ctrl-C.',
    'Who the server may be has to be said: --fingerprint, or --insecure.',
  ],
  examples: [
    ...AUDIO_EXAMPLE,
    '',
    'openssl s_server -dtls1_2 -accept 4444 -use_srtp SRTP_AES128_CM_SHA1_80 -cert cert.pem -key key.pem \\',
    '    -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 60',
    'dtlslib connect 127.0.0.1 4444 --fingerprint "$(dtlslib fingerprint cert.pem)" --show-keys',
    '(the second in another terminal; "dtlslib cert" makes the two files; the keying material is equal)',
  ],
  run: connect,
};

function connect(values: Values, io: Io): Promise<number> {
  const host = values.positional(0);
  const port = readInteger('PORT', values.positional(1), 1, 65_535);
  const options = readPeerOptions(values);
  return converse({
    connection: { ...options, role: 'client', ...(isName(host) ? { servername: host } : {}) },
    values,
    io,
    open: (events) => openClient({ host, port, ...events }),
    introduction: ({ udp }) => [
      `Connecting to ${formatAddress(udp.peer ?? { address: host, port })} from ${formatAddress(udp.local)}`,
      `Our fingerprint: ${formatFingerprint({ algorithm: 'sha-256', value: options.certificate.fingerprint() })}`,
    ],
    hint: helpWithServer,
  });
}

/** SNI carries names only (RFC 6066 §3). */
function isName(host: string): boolean {
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 && /^[\x21-\x7e]{1,255}$/.test(host);
}

function helpWithServer({ code }: DtlsError): string | undefined {
  if (code !== 'ERR_DTLS_NO_COMMON_SRTP_PROFILE') return undefined;
  return 'Has the server been given SRTP profiles (openssl s_server: -use_srtp LIST)? Without SRTP: --no-srtp.';
}
