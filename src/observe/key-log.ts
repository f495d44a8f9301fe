import { toHex } from '../bytes/bytes.ts';

/** A line of the NSS key log format, which Wireshark reads. It opens every packet of the session. */
export function keyLogLine(label: string, clientRandom: Uint8Array, secret: Uint8Array): string {
  return `${label} ${toHex(clientRandom)} ${toHex(secret)}`;
}
