import { copy, wipe } from '../bytes/bytes.ts';
import { checkBytes, checkInteger, invalidState, invalidType, invalidValue } from '../errors/arguments.ts';
import type { Session } from '../handshake/core/port.ts';
import { SRTP_PROFILES, type SrtpProfileName } from '../registry/srtp-profiles.ts';

/** The exporter's label for SRTP (RFC 5764 §4.2). */
const SRTP_LABEL = 'EXTRACTOR-dtls_srtp';

/** Labels of the PRF's own uses; exporting under them would give away session secrets (RFC 5705 §4, RFC 7627 §4). */
const RESERVED_LABELS: readonly string[] = [
  'client finished',
  'server finished',
  'master secret',
  'extended master secret',
  'key expansion',
];

/** One direction's SRTP keying material; lengths are the profile's. */
export interface SrtpKeyMaterial {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
}

export interface SrtpKeys {
  readonly profile: SrtpProfileName;
  /** For what we send. */
  readonly local: SrtpKeyMaterial;
  /** For what the peer sends. */
  readonly remote: SrtpKeyMaterial;
}

export function checkExport(length: unknown, label: unknown, context: unknown): void {
  checkInteger('length', length, 1, 65_536);
  if (typeof label !== 'string') throw invalidType('label', 'a string', label);
  if (!/^[\x20-\x7e]{1,249}$/.test(label))
    throw invalidValue('label', 'of 1 to 249 printable ASCII characters', label);
  if (RESERVED_LABELS.includes(label)) throw invalidValue('label', 'one that TLS itself does not use', label);
  if (context === undefined) return;
  checkBytes('context', context);
  checkInteger('context.length', context.length, 0, 65_535);
}

/** Client's key, server's key, client's salt, server's salt, of exactly the profile's lengths (RFC 5764 §4.2). */
export function exportSrtpKeys(session: Session, role: 'client' | 'server'): SrtpKeys {
  const profile = SRTP_PROFILES.find(({ name }) => name === session.srtpProfile);
  if (profile === undefined)
    throw invalidState('No SRTP profile was negotiated, and so there are no SRTP keys.');
  const { masterKeyLength: key, masterSaltLength: salt } = profile;
  const material = session.exportKeyingMaterial(2 * (key + salt), SRTP_LABEL, undefined);
  const client = {
    masterKey: copy(material.subarray(0, key)),
    masterSalt: copy(material.subarray(2 * key, 2 * key + salt)),
  };
  const server = {
    masterKey: copy(material.subarray(key, 2 * key)),
    masterSalt: copy(material.subarray(2 * key + salt)),
  };
  wipe(material);
  const [local, remote] = role === 'client' ? [client, server] : [server, client];
  return { profile: profile.name, local, remote };
}
