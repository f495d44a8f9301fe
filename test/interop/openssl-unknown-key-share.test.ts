import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import { Endpoint } from './lib/endpoint.ts';
import { EXPORTER_LABEL, readReport, startClient, startServer } from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { describeWith } from './lib/suites.ts';

const certificates = new PeerCertificates();
afterAll(() => certificates.dispose());

const OURS = {
  certificate: createCertificate(),
  srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
  externalSessionId: { local: 'ours+of/this_session-1', remote: 'theirs+of/this_session-1' },
  externalIdHash: { local: new Uint8Array(32), remote: new Uint8Array(32) },
};
const THEIRS = { srtpProfiles: ['SRTP_AES128_CM_SHA1_80'] } as const;

/** How `-msg` prints bytes: in hex, on as many lines as it takes. */
function inHex(...parts: readonly Uint8Array[]): RegExp {
  const bytes = parts.flatMap((part) => [...part]);
  return new RegExp(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('\\s+'));
}

async function expectSameKeys(endpoint: Endpoint, program: Parameters<typeof readReport>[0]): Promise<void> {
  expect(await endpoint.outcome()).toBe('connected');
  const { keyingMaterial } = await readReport(program);
  const exported = endpoint.connection.exportKeyingMaterial(keyingMaterial.length / 2, EXPORTER_LABEL);
  expect(Buffer.from(exported).toString('hex')).toBe(keyingMaterial);
}

describeWith('openssl')('openssl, which does not know the extensions of RFC 8844', () => {
  test('as server it gets both, and passes over them', async () => {
    const theirs = await certificates.of('ecdsa-p256');
    await using program = await startServer({ ...THEIRS, certificate: theirs, more: ['-msg'] });
    const options = { ...OURS, role: 'client', remoteFingerprints: [theirs.fingerprint] } as const;
    await using endpoint = await Endpoint.open(options, program.port);
    await expectSameKeys(endpoint, program);
    // ExtensionType 56, and the value with its lengths; then 55.
    await program.waitFor(inHex(Uint8Array.of(0, 56, 0, 23, 22), Buffer.from(OURS.externalSessionId.local)));
    await program.waitFor(inHex(Uint8Array.of(0, 55, 0, 33, 32), OURS.externalIdHash.local));
  });

  test('as client it gets neither from a server that would send them', async () => {
    const theirs = await certificates.of('ecdsa-p256');
    const options = { ...OURS, role: 'server', remoteFingerprints: [theirs.fingerprint] } as const;
    await using endpoint = await Endpoint.open(options);
    await using program = startClient({ ...THEIRS, certificate: theirs }, endpoint.port);
    await expectSameKeys(endpoint, program);
  });

  test('where external_session_id is required, it is refused', async () => {
    const theirs = await certificates.of('ecdsa-p256');
    await using program = await startServer({ ...THEIRS, certificate: theirs });
    const externalSessionId = { ...OURS.externalSessionId, required: true };
    const options = { ...OURS, externalSessionId, role: 'client' } as const;
    await using endpoint = await Endpoint.open(
      { ...options, remoteFingerprints: [theirs.fingerprint] },
      program.port,
    );
    const expected = { code: 'ERR_DTLS_ILLEGAL_PARAMETER', alert: 'illegal_parameter' };
    expect(await endpoint.outcome()).toMatchObject(expected);
    await program.waitFor(/alert read:fatal:illegal parameter/);
  });
});
