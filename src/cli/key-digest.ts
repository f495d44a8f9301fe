import { toHex, wipe } from '../bytes/bytes.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import type { DtlsConnection, SrtpKeyMaterial } from '../index.ts';

export interface KeyDigests {
  /** For what we send. */
  readonly local: string;
  /** For what the peer sends. */
  readonly remote: string;
}

/** The keys of both directions, told by a digest too short to say anything about them: enough to see them equal. */
export function srtpKeyDigests(connection: DtlsConnection): KeyDigests {
  const { local, remote } = connection.srtpKeys();
  return { local: digest(local), remote: digest(remote) };
}

/** The first 8 hex digits of SHA-256 over master key and master salt, which are overwritten. */
function digest({ masterKey, masterSalt }: SrtpKeyMaterial): string {
  const material = new Uint8Array(masterKey.length + masterSalt.length);
  material.set(masterKey);
  material.set(masterSalt, masterKey.length);
  const text = toHex(nodeCrypto.hash('sha-256', material)).slice(0, 8);
  wipe(material, masterKey, masterSalt);
  return text;
}
