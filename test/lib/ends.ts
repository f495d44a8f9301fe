import type { Certificate } from '../../src/certificate/certificate.ts';
import { createCertificate } from '../../src/certificate/create.ts';
import { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import type { KeyType } from '../../src/registry/algorithms.ts';
import { Pair, type Path } from './pair.ts';

const certificates = new Map<string, Certificate>();

/** A certificate of that type, made once for each owner; RSA keys take long to make. */
export function certificateOf(keyType: KeyType = 'ecdsa-p256', owner = ''): Certificate {
  const name = `${keyType} ${owner}`;
  const known = certificates.get(name);
  if (known !== undefined) return known;
  const certificate = createCertificate({ keyType });
  certificates.set(name, certificate);
  return certificate;
}

/** What a description says of a certificate. */
export function fingerprintOf(certificate: Certificate, hash: 'sha-1' | 'sha-256' = 'sha-256'): string {
  return `${hash} ${certificate.fingerprint(hash)}`;
}

export type EndOptions = Partial<DtlsConnectionOptions>;

/** A connection that checks its peer by fingerprint unless something else is said. */
export function makeEnd(role: 'client' | 'server', options: EndOptions = {}): DtlsConnection {
  const peer = certificateOf('ecdsa-p256', role === 'client' ? 'server' : 'client');
  const checked = options.verifyPeer !== undefined || options.insecureNoPeerCheck === true;
  return new DtlsConnection({
    role,
    ...(options.certificates === undefined && { certificate: certificateOf('ecdsa-p256', role) }),
    ...(!checked && { remoteFingerprints: [fingerprintOf(peer)] }),
    srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
    ...options,
  });
}

/** Two ends that know each other's fingerprints. Certificates given for one side are what the other expects. */
export function makePair(client: EndOptions = {}, server: EndOptions = {}, path?: Path): Pair {
  const ofClient = client.certificate ?? client.certificates?.[0];
  const ofServer = server.certificate ?? server.certificates?.[0];
  const expecting = (end: EndOptions, peer: Certificate | undefined): EndOptions =>
    peer === undefined || end.verifyPeer !== undefined || end.insecureNoPeerCheck === true
      ? end
      : { remoteFingerprints: [fingerprintOf(peer)], ...end };
  return new Pair(
    makeEnd('client', expecting(client, ofServer)),
    makeEnd('server', expecting(server, ofClient)),
    path,
  );
}

/** A pair in which one side has these options. */
export function pairWith(side: 'client' | 'server', options: EndOptions): Pair {
  return side === 'client' ? makePair(options) : makePair({}, options);
}
