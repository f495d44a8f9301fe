import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import { DtlsError, type DtlsErrorCode } from '../../src/errors/dtls-error.ts';
import type { AlertName } from '../../src/registry/alerts.ts';
import { Endpoint } from './lib/endpoint.ts';
import { type OpensslOptions, startClient, startServer } from './lib/openssl.ts';
import { type PeerCertificate, PeerCertificates } from './lib/peer-certificates.ts';
import { describeWith, named } from './lib/suites.ts';

/** How a handshake fails, told from both ends. */
interface Failure {
  readonly name: string;
  readonly ours?: Partial<DtlsConnectionOptions>;
  readonly theirs?: Omit<OpensslOptions, 'certificate'>;
  /** OpenSSL does not know RFC 7627. */
  readonly withoutExtendedMasterSecret?: boolean;
  /** Neither side has a certificate for the client's part. */
  readonly withoutClientCertificate?: boolean;
  readonly code: DtlsErrorCode;
  readonly alert: AlertName;
  /** Whether the alert is ours or theirs. */
  readonly sentBy: 'us' | 'them';
}

const OTHER_FINGERPRINT = `sha-256 ${Array.from({ length: 32 }, () => 'AA').join(':')}`;
const DTLS_1_0 = { version: '-dtls1', cipher: 'ALL:@SECLEVEL=0' } as const;
const OLD_SUITE = { cipher: 'ECDHE-ECDSA-AES128-SHA256' };

const IN_BOTH_ROLES: readonly Failure[] = [
  {
    name: 'a certificate that is not the one of the SDP',
    ours: { remoteFingerprints: [OTHER_FINGERPRINT] },
    code: 'ERR_DTLS_FINGERPRINT_MISMATCH',
    alert: 'bad_certificate',
    sentBy: 'us',
  },
  {
    name: 'a certificate that our callback refuses',
    ours: { verifyPeer: () => false },
    code: 'ERR_DTLS_PEER_REFUSED',
    alert: 'bad_certificate',
    sentBy: 'us',
  },
  {
    name: 'a certificate of ours that OpenSSL refuses',
    theirs: { more: ['-verify_return_error'] },
    code: 'ERR_DTLS_ALERT_RECEIVED',
    alert: 'unknown_ca',
    sentBy: 'them',
  },
  {
    name: 'no SRTP profile in common',
    theirs: { srtpProfiles: ['SRTP_AEAD_AES_256_GCM'] },
    code: 'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
    alert: 'handshake_failure',
    sentBy: 'us',
  },
  {
    name: 'a peer without extended master secret',
    withoutExtendedMasterSecret: true,
    code: 'ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED',
    alert: 'handshake_failure',
    sentBy: 'us',
  },
  {
    name: 'a peer without SRTP',
    theirs: { srtpProfiles: undefined },
    code: 'ERR_DTLS_NO_COMMON_SRTP_PROFILE',
    alert: 'handshake_failure',
    sentBy: 'us',
  },
];

const AS_CLIENT: readonly Failure[] = [
  ...IN_BOTH_ROLES,
  {
    name: 'no cipher suite in common',
    theirs: OLD_SUITE,
    code: 'ERR_DTLS_ALERT_RECEIVED',
    alert: 'handshake_failure',
    sentBy: 'them',
  },
  {
    name: 'no ALPN protocol in common',
    ours: { alpnProtocols: ['webrtc'] },
    theirs: { alpn: 'c-webrtc' },
    code: 'ERR_DTLS_ALERT_RECEIVED',
    alert: 'no_application_protocol',
    sentBy: 'them',
  },
  {
    name: 'no certificate of ours where OpenSSL requires one',
    withoutClientCertificate: true,
    code: 'ERR_DTLS_ALERT_RECEIVED',
    alert: 'handshake_failure',
    sentBy: 'them',
  },
  {
    // It finds none of its own suites in a hello that offers those of 1.2 only.
    name: 'a server of DTLS 1.0',
    theirs: DTLS_1_0,
    code: 'ERR_DTLS_ALERT_RECEIVED',
    alert: 'handshake_failure',
    sentBy: 'them',
  },
];

const AS_SERVER: readonly Failure[] = [
  ...IN_BOTH_ROLES,
  {
    name: 'no cipher suite in common',
    theirs: OLD_SUITE,
    code: 'ERR_DTLS_NO_COMMON_CIPHER_SUITE',
    alert: 'handshake_failure',
    sentBy: 'us',
  },
  {
    name: 'no ALPN protocol in common',
    ours: { alpnProtocols: ['webrtc'] },
    theirs: { alpn: 'c-webrtc' },
    code: 'ERR_DTLS_NO_APPLICATION_PROTOCOL',
    alert: 'no_application_protocol',
    sentBy: 'us',
  },
  {
    name: 'no certificate of theirs where we require one',
    withoutClientCertificate: true,
    code: 'ERR_DTLS_NO_PEER_CERTIFICATE',
    alert: 'handshake_failure',
    sentBy: 'us',
  },
  {
    name: 'a client of DTLS 1.0',
    theirs: DTLS_1_0,
    code: 'ERR_DTLS_PROTOCOL_VERSION',
    alert: 'protocol_version',
    sentBy: 'us',
  },
];

const certificates = new PeerCertificates();
const ourCertificate = createCertificate();
afterAll(() => certificates.dispose());

function ourOptions(
  role: 'client' | 'server',
  failure: Failure,
  { fingerprint }: PeerCertificate,
): DtlsConnectionOptions {
  const certificate =
    role === 'client' && failure.withoutClientCertificate ? {} : { certificate: ourCertificate };
  const check = failure.ours?.verifyPeer ? {} : { remoteFingerprints: [fingerprint] };
  return { role, ...certificate, ...check, srtpProfiles: ['SRTP_AES128_CM_SHA1_80'], ...failure.ours };
}

function theirOptions(failure: Failure): Omit<OpensslOptions, 'certificate'> {
  const configuration = failure.withoutExtendedMasterSecret
    ? { configuration: certificates.withoutExtendedMasterSecret() }
    : {};
  return { srtpProfiles: ['SRTP_AES128_CM_SHA1_80'], ...configuration, ...failure.theirs };
}

async function checkFailure(
  failure: Failure,
  endpoint: Endpoint,
  program: { waitFor(p: RegExp): Promise<unknown> },
) {
  const error = await endpoint.outcome();
  expect(error).toBeInstanceOf(DtlsError);
  expect(error).toMatchObject({ code: failure.code, alert: failure.alert });
  expect(endpoint.connection.state).toBe('failed');
  expect(endpoint.connection.error).toBe(error);
  expect(() => endpoint.connection.srtpKeys()).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
  );
  const words = failure.alert === 'unknown_ca' ? 'unknown CA' : failure.alert.replaceAll('_', ' ');
  await program.waitFor(new RegExp(`alert ${failure.sentBy === 'us' ? 'read' : 'write'}:fatal:${words}`));
}

describeWith('openssl')('openssl s_server, us as client: the handshake fails by', () => {
  test.each(named(AS_CLIENT, ({ name }) => name))('%s', async (_, failure) => {
    const theirs = await certificates.of('ecdsa-p256');
    await using program = await startServer({
      certificate: theirs,
      requireClientCertificate: true,
      ...theirOptions(failure),
    });
    await using endpoint = await Endpoint.open(ourOptions('client', failure, theirs), program.port);
    await checkFailure(failure, endpoint, program);
  });
});

describeWith('openssl')('openssl s_client, us as server: the handshake fails by', () => {
  test.each(named(AS_SERVER, ({ name }) => name))('%s', async (_, failure) => {
    const theirs = await certificates.of('ecdsa-p256');
    await using endpoint = await Endpoint.open(ourOptions('server', failure, theirs));
    await using program = startClient(
      {
        certificate: failure.withoutClientCertificate ? undefined : theirs,
        ...theirOptions(failure),
      },
      endpoint.port,
    );
    await checkFailure(failure, endpoint, program);
  });
});
