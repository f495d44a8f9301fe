import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/certificate/certificate.ts';
import { createCertificate } from '../../src/certificate/create.ts';
import { DtlsError } from '../../src/errors/dtls-error.ts';
import { SrtpProfile, type SrtpProfileName } from '../../src/registry/srtp-profiles.ts';
import { Endpoint } from './lib/endpoint.ts';
import { rebuildKeyingMaterial } from './lib/exchange.ts';
import { EXPORTER_LABEL, keyingMaterialLength } from './lib/openssl.ts';
import { named } from './lib/suites.ts';
import { type WeriftCertificate, WeriftPeer } from './lib/werift.ts';

const ROLES = ['client', 'server'] as const;
const CERTIFICATES = ['ecdsa-p256', 'rsa'] as const;
const PROFILES: readonly SrtpProfileName[] = ['SRTP_AES128_CM_SHA1_80', 'SRTP_AEAD_AES_128_GCM'];
const CASES = named(
  CERTIFICATES.flatMap((keyType) => PROFILES.map((srtpProfile) => ({ keyType, srtpProfile }))),
  ({ keyType, srtpProfile }) => `${keyType}, ${srtpProfile}`,
);

/** Its certificates are made here, so that nothing but npm's packages is needed. */
function forWerift(certificate: Certificate): WeriftCertificate {
  const { keyType, pem, privateKeyPem = '' } = certificate;
  return { keyType, pem, keyPem: privateKeyPem };
}

describe.concurrent.each(ROLES)('werift, DTLS 1.2, us as %s', (role) => {
  test.each(CASES)('%s: same keys, data both ways', async (_, { keyType, srtpProfile }) => {
    const theirs = createCertificate({ keyType });
    const certificate = createCertificate({ keyType });
    const options = {
      role,
      certificate,
      remoteFingerprints: [`sha-256 ${theirs.fingerprint()}`],
      srtpProfiles: [srtpProfile],
    };
    await using peer = await WeriftPeer.open(
      role === 'client' ? 'server' : 'client',
      forWerift(theirs),
      SrtpProfile[srtpProfile],
    );
    await using endpoint = await Endpoint.open(options, role === 'client' ? peer.port : undefined);
    if (role === 'server') peer.connectTo(endpoint.port);

    expect(await endpoint.outcome()).toBe('connected');
    await peer.connected();
    const { connection } = endpoint;
    expect(connection.srtpProfile).toBe(srtpProfile);
    expect(peer.dtls.srtp.srtpProfile).toBe(SrtpProfile[srtpProfile]);
    const length = keyingMaterialLength(srtpProfile);
    const exported = peer.dtls.exportKeyingMaterial(EXPORTER_LABEL, length).toString('hex');
    expect(Buffer.from(connection.exportKeyingMaterial(length, EXPORTER_LABEL)).toString('hex')).toBe(
      exported,
    );
    expect(rebuildKeyingMaterial(role, connection)).toBe(exported);
    const seen = createHash('sha256')
      .update(peer.dtls.remoteCertificate ?? '')
      .digest('hex');
    expect(seen.toUpperCase()).toBe(certificate.fingerprint('sha-256').replaceAll(':', ''));

    const arrival = peer.nextMessage();
    endpoint.send('a line from dtlslib');
    expect(await arrival).toBe('a line from dtlslib');
    await peer.dtls.send(Buffer.from('a line from werift'));
    expect(await endpoint.receivedMessages(1)).toEqual(['a line from werift']);
  });

  test('a certificate that is not the one of the SDP is refused', async () => {
    const [theirs, other] = [createCertificate(), createCertificate()];
    const profile = 'SRTP_AES128_CM_SHA1_80';
    const options = { role, certificate: createCertificate(), srtpProfiles: [profile] };
    await using peer = await WeriftPeer.open(
      role === 'client' ? 'server' : 'client',
      forWerift(theirs),
      SrtpProfile[profile],
    );
    await using endpoint = await Endpoint.open(
      { ...options, remoteFingerprints: [`sha-256 ${other.fingerprint()}`] },
      role === 'client' ? peer.port : undefined,
    );
    if (role === 'server') peer.connectTo(endpoint.port);
    const error = await endpoint.outcome();
    expect(error).toBeInstanceOf(DtlsError);
    expect(error).toMatchObject({ code: 'ERR_DTLS_FINGERPRINT_MISMATCH', alert: 'bad_certificate' });
  });
});
