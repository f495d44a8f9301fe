import { toHex, wipe } from '../bytes/bytes.ts';
import { SRTP_LABEL } from '../connection/exporter.ts';
import type { DtlsConnection } from '../index.ts';
import { SRTP_PROFILES, srtpProfileByName } from '../registry/srtp-profiles.ts';
import { srtpKeyDigests } from './key-digest.ts';

export interface ReportOptions {
  /** Whether the handshake has compared the peer's fingerprint. */
  readonly checked: boolean;
  /** Print the keying material itself. */
  readonly showKeys: boolean;
}

/** What a handshake has come to. */
export function connectionReport(connection: DtlsConnection, { checked, showKeys }: ReportOptions): string[] {
  const { protocol, cipherSuite, group, alpnProtocol } = connection;
  return [
    `Connected: ${protocol}, ${cipherSuite}, ${group}`,
    ...peerLines(connection, checked),
    ...(alpnProtocol === undefined ? [] : [`ALPN: ${alpnProtocol}`]),
    ...profileLines(connection),
    ...(showKeys ? keyingMaterialLines(connection) : []),
  ];
}

function peerLines(connection: DtlsConnection, checked: boolean): string[] {
  const fingerprint = connection.remoteFingerprint();
  if (fingerprint === undefined) return ['Peer: NOT CHECKED (--insecure), it has shown no certificate'];
  return [
    `Peer: sha-256 ${fingerprint}`,
    checked
      ? '      checked: its certificate is the one of --fingerprint'
      : '      NOT CHECKED (--insecure): it could be anybody; compare it with what the peer says it is',
  ];
}

function profileLines(connection: DtlsConnection): string[] {
  const { srtpProfile } = connection;
  if (srtpProfile === undefined) return ['SRTP profile: none'];
  const encrypts = SRTP_PROFILES.some(({ name }) => name === srtpProfile);
  const { local, remote } = srtpKeyDigests(connection);
  return [
    `SRTP profile: ${srtpProfile}`,
    ...(encrypts ? [] : ['      NOT ENCRYPTED: whoever is between the two ends can listen']),
    `SRTP keys, as the first 8 hex digits of their SHA-256: to send ${local}, to receive ${remote}`,
    '      the peer has the same two, the other way round',
  ];
}

/** In the form of `openssl s_client -keymatexport`, so that the two can be compared line by line. */
function keyingMaterialLines(connection: DtlsConnection): string[] {
  const profile = srtpProfileByName(connection.srtpProfile ?? '');
  const length = profile === undefined ? 60 : 2 * (profile.masterKeyLength + profile.masterSaltLength);
  const material = connection.exportKeyingMaterial(length, SRTP_LABEL);
  const hex = toHex(material).toUpperCase();
  wipe(material);
  return [
    'Keying material exporter:',
    `    Label: '${SRTP_LABEL}'`,
    `    Length: ${length} bytes`,
    `    Keying material: ${hex}`,
  ];
}
