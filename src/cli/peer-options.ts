import { DAY_SECONDS } from '../certificate/create.ts';
import { MTU_RANGE } from '../connection/config.ts';
import {
  Certificate,
  createCertificate,
  type DtlsConnectionOptions,
  parseFingerprint,
  type SrtpProfileName,
} from '../index.ts';
import { SRTP_PROFILES, srtpProfileByName } from '../registry/srtp-profiles.ts';
import type { Values } from './arguments.ts';
import { CommandError, type OptionSpec, UsageError } from './command.ts';
import { readTextFile } from './files.ts';
import { printable } from './io.ts';

export const PROFILE_NAMES: readonly SrtpProfileName[] = SRTP_PROFILES.map(({ name }) => name);

export const MTU_OPTION: OptionSpec = {
  name: 'mtu',
  value: 'BYTES',
  help: `largest datagram of the handshake, from ${MTU_RANGE.min}; default 1200`,
};

/** What `serve` and `connect` have in common. */
export const PEER_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'fingerprint',
    value: "'sha-256 AB:CD:…'",
    multiple: true,
    help: ["of the peer's certificate; another one ends the handshake.", 'May be given several times.'],
  },
  { name: 'insecure', help: 'without --fingerprint: talk to whoever it is' },
  { name: 'cert', value: 'FILE', help: 'our certificate in PEM, with its chain; default: a new one' },
  { name: 'key', value: 'FILE', help: 'its private key in PEM' },
  {
    name: 'profiles',
    value: 'LIST',
    help: ['SRTP profiles (how media is encrypted), most wanted first; default all:', ...PROFILE_NAMES],
  },
  { name: 'no-srtp', help: 'agree on no keys for SRTP: text only' },
  { name: 'alpn', value: 'LIST', help: 'application protocols (ALPN), most wanted first' },
  MTU_OPTION,
  { name: 'timeout', value: 'SECONDS', help: 'for the whole handshake; default 60' },
  { name: 'once', help: 'end after the handshake; with --play, once all is played' },
  {
    name: 'show-keys',
    help: [
      "print the keying material itself, as openssl's -keymatexport",
      'EXTRACTOR-dtls_srtp does; whoever has it can listen to the call',
    ],
  },
  {
    name: 'keylog',
    value: 'FILE',
    help: [
      'append the secrets of the session to this file, as Wireshark reads',
      'them; whoever has them can read every packet',
    ],
  },
];

export type PeerOptions = Omit<DtlsConnectionOptions, 'role'> & { readonly certificate: Certificate };

/** @throws UsageError, or CommandError for a file. */
export function readPeerOptions(values: Values): PeerOptions {
  const mtu = values.integer('mtu', MTU_RANGE.min, MTU_RANGE.max);
  const handshakeTimeout = values.milliseconds('timeout', DAY_SECONDS);
  const alpnProtocols = values.list('alpn');
  const srtpProfiles = readProfiles(values);
  return {
    ...readPeerCheck(values),
    ...(mtu === undefined ? {} : { mtu }),
    ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
    ...(srtpProfiles.length === 0 ? {} : { srtpProfiles }),
    trace: true,
    keylog: values.flag('keylog'),
    certificate: readCertificate(values),
  };
}

/** @throws UsageError for a name that is none. IANA's spelling is taken too. */
export function readProfile(option: string, name: string): SrtpProfileName {
  const profile = srtpProfileByName(name.toUpperCase());
  if (profile !== undefined) return profile.name;
  throw new UsageError(
    `--${option}: there is no SRTP profile "${printable(name)}" here; there are ${PROFILE_NAMES.join(', ')}`,
  );
}

function readProfiles(values: Values): readonly SrtpProfileName[] {
  const names = values.list('profiles');
  if (values.flag('no-srtp')) {
    if (names !== undefined) throw new UsageError('--profiles and --no-srtp exclude each other');
    return [];
  }
  return names?.map((name) => readProfile('profiles', name)) ?? PROFILE_NAMES;
}

/** Without a word on who the peer may be, nothing is done: to check nobody has to be said. */
function readPeerCheck(
  values: Values,
): Pick<DtlsConnectionOptions, 'remoteFingerprints'> | Pick<DtlsConnectionOptions, 'insecureNoPeerCheck'> {
  const texts = values.all('fingerprint');
  const insecure = values.flag('insecure');
  if (insecure && texts.length > 0) throw new UsageError('--fingerprint and --insecure exclude each other');
  if (insecure) return { insecureNoPeerCheck: true };
  if (texts.length === 0) {
    throw new UsageError(
      "say who the peer may be with --fingerprint 'sha-256 AB:CD:…', or --insecure to check nothing",
    );
  }
  return { remoteFingerprints: texts.map(readFingerprint) };
}

function readFingerprint(text: string): ReturnType<typeof parseFingerprint> {
  try {
    return parseFingerprint(text);
  } catch {
    throw new UsageError(
      `--fingerprint must be a hash name, a space, and that hash in hex pairs ('sha-256 AB:CD:…'); you gave "${printable(text)}"`,
    );
  }
}

function readCertificate(values: Values): Certificate {
  const certFile = values.text('cert');
  const keyFile = values.text('key');
  if (certFile === undefined && keyFile === undefined) return createCertificate();
  if (certFile === undefined || keyFile === undefined) throw new UsageError('--cert and --key go together');
  const cert = readTextFile(certFile);
  const key = readTextFile(keyFile);
  try {
    return Certificate.fromPem({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot use ${certFile} with ${keyFile}: ${reason}`);
  }
}
