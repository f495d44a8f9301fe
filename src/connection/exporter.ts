import { copy, wipe } from '../bytes/bytes.ts';
import { checkBytes, checkInteger, invalidState, invalidType, invalidValue } from '../errors/arguments.ts';
import type { Session } from '../handshake/core/port.ts';
import { type SrtpProfileName, srtpProfileByName } from '../registry/srtp-profiles.ts';

/** The exporter's label for SRTP (RFC 5764 §4.2). */
export const SRTP_LABEL = 'EXTRACTOR-dtls_srtp';

/** Labels of the PRF's own uses; exporting under them would give away session secrets (RFC 5705 §4, RFC 7627 §4). */
const RESERVED_LABELS: readonly string[] = [
  'client finished',
  'server finished',
  'master secret',
  'extended master secret',
  'key expansion',
];

/** One direction's SRTP keying material. The bytes are the caller's, who overwrites them when done. */
export interface SrtpKeyMaterial {
  /** 16 bytes; 32 with `SRTP_AEAD_AES_256_GCM` (RFC 5764 §4.1.2, RFC 7714 §14.2). */
  readonly masterKey: Uint8Array;
  /** 14 bytes; 12 with the two GCM profiles. */
  readonly masterSalt: Uint8Array;
}

/** The SRTP keys of a connection (RFC 5764 §4.2): one direction each, with no master key identifier (MKI). */
export interface SrtpKeys {
  /** The profile negotiated, which both directions have. */
  readonly profile: SrtpProfileName;
  /** For what we send. */
  readonly local: SrtpKeyMaterial;
  /** For what the peer sends. */
  readonly remote: SrtpKeyMaterial;
}

/**
 * Holds the arguments of `exportKeyingMaterial` against RFC 5705 §4: 1 to 65,536 bytes, a label of 1 to 249 printable
 * ASCII characters that TLS does not use itself, a context of at most 65,535 bytes.
 */
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
  const profile = session.srtpProfile === undefined ? undefined : srtpProfileByName(session.srtpProfile);
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
