import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import { Endpoint } from './lib/endpoint.ts';
import { EXPORTER_LABEL, type OpensslOptions, readReport, startClient, startServer } from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import type { Program } from './lib/program.ts';
import { describeWith } from './lib/suites.ts';

const SRTP = 'SRTP_AEAD_AES_128_GCM';
const OTHER_FINGERPRINT = `sha-256 ${Array.from({ length: 32 }, () => 'AA').join(':')}`;

const certificates = new PeerCertificates();
const certificate = createCertificate();
afterAll(() => certificates.dispose());

interface Ends {
  readonly endpoint: Endpoint;
  readonly program: Program;
}

/** Our end in one role, OpenSSL in the other, for as long as `run` takes. */
async function between(
  role: 'client' | 'server',
  ours: Partial<DtlsConnectionOptions>,
  theirs: Omit<OpensslOptions, 'certificate'>,
  run: (ends: Ends) => Promise<void>,
): Promise<void> {
  const peer = await certificates.of('ecdsa-p256');
  const ourOptions = {
    ...{ role, certificate, srtpProfiles: [SRTP] },
    ...{ remoteFingerprints: [peer.fingerprint], ...ours },
  };
  const theirOptions = { certificate: peer, srtpProfiles: [SRTP] as const, ...theirs };
  if (role === 'client') {
    await using program = await startServer({ ...theirOptions, requireClientCertificate: true });
    await using endpoint = await Endpoint.open(ourOptions, program.port);
    await run({ endpoint, program });
  } else {
    await using endpoint = await Endpoint.open(ourOptions);
    await using program = startClient(theirOptions, endpoint.port);
    await run({ endpoint, program });
  }
}

async function expectSameKeys({ endpoint, program }: Ends): Promise<void> {
  expect(await endpoint.outcome()).toBe('connected');
  const { keyingMaterial } = await readReport(program);
  const exported = endpoint.connection.exportKeyingMaterial(keyingMaterial.length / 2, EXPORTER_LABEL);
  expect(Buffer.from(exported).toString('hex')).toBe(keyingMaterial);
}

describeWith('openssl')('what the hellos settle between us and openssl', () => {
  test('the name in our SNI makes s_server take its other certificate', async () => {
    const other = await certificates.of('ecdsa-p384', 'other');
    const more = ['-servername', 'b.example', '-cert2', other.certFile, '-key2', other.keyFile];
    const ours = { servername: 'b.example', remoteFingerprints: [other.fingerprint] };
    await between('client', ours, { more }, async (ends) => {
      await expectSameKeys(ends);
      expect(ends.program.output).toContain('Hostname in TLS extension: "b.example"');
    });
  });

  test('the name in the SNI of s_client makes us take another certificate', async () => {
    const other = createCertificate({ keyType: 'ecdsa-p384', commonName: 'the other' });
    const selectContext: DtlsConnectionOptions['selectContext'] = ({ servername }) =>
      servername === 'b.example' ? { certificate: other } : {};
    await between('server', { selectContext }, { more: ['-servername', 'b.example'] }, async (ends) => {
      await expectSameKeys(ends);
      expect(ends.program.output).toContain('subject=CN = the other');
    });
  });

  test('a name that we do not serve is refused with unrecognized_name', async () => {
    const ours = { selectContext: () => undefined };
    await between('server', ours, { more: ['-servername', 'c.example'] }, async ({ endpoint, program }) => {
      const expected = { code: 'ERR_DTLS_UNRECOGNIZED_NAME', alert: 'unrecognized_name' };
      expect(await endpoint.outcome()).toMatchObject(expected);
      await program.waitFor(/alert read:fatal:unrecognized name/);
    });
  });

  test('an s_server without ALPN leaves us without a protocol', async () => {
    await between('client', { alpnProtocols: ['webrtc'] }, {}, async (ends) => {
      await expectSameKeys(ends);
      expect(ends.endpoint.connection.alpnProtocol).toBeUndefined();
    });
  });

  test('our order of ALPN protocols counts as server, that of s_server as client', async () => {
    for (const role of ['client', 'server'] as const) {
      const [ours, theirs] = [['a', 'b'], 'b,a'];
      await between(role, { alpnProtocols: ours }, { alpn: theirs }, async (ends) => {
        await expectSameKeys(ends);
        expect(ends.endpoint.connection.alpnProtocol).toBe(role === 'server' ? 'a' : 'b');
      });
    }
  });

  test.each(['client', 'server'] as const)(
    'the order of profiles counts of the server; us as %s',
    async (role) => {
      const ours = { srtpProfiles: ['SRTP_AES128_CM_SHA1_80', SRTP] };
      const theirs = { srtpProfiles: [SRTP, 'SRTP_AES128_CM_SHA1_80'] as const };
      await between(role, ours, theirs, async (ends) => {
        await expectSameKeys(ends);
        const { srtpProfile } = ends.endpoint.connection;
        expect(srtpProfile).toBe(role === 'server' ? 'SRTP_AES128_CM_SHA1_80' : SRTP);
        expect((await readReport(ends.program)).srtpProfile).toBe(srtpProfile);
      });
    },
  );

  test.each(['client', 'server'] as const)(
    'no profile in common where SRTP is not required; us as %s',
    async (role) => {
      const ours = { srtpRequired: false };
      await between(role, ours, { srtpProfiles: ['SRTP_AES128_CM_SHA1_32'] }, async (ends) => {
        await expectSameKeys(ends);
        const { connection } = ends.endpoint;
        expect(connection.srtpProfile).toBeUndefined();
        expect(() => connection.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
      });
    },
  );
});

describeWith('openssl').each(['client', 'server'] as const)(
  'after the handshake with openssl, us as %s',
  (role) => {
    test('keys stay locked until the fingerprints of a later SDP match', async () => {
      const { fingerprint } = await certificates.of('ecdsa-p256');
      await between(role, { remoteFingerprints: 'later' }, {}, async ({ endpoint, program }) => {
        const { keyingMaterial } = await readReport(program);
        program.write('before the SDP');
        await endpoint.until(() => endpoint.connection.remoteCertificate !== undefined, 'the certificate');
        expect(() => endpoint.connection.srtpKeys()).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
        );
        expect(endpoint.messages).toEqual([]);
        endpoint.setRemoteFingerprints([fingerprint]);
        expect(await endpoint.outcome()).toBe('connected');
        const exported = endpoint.connection.exportKeyingMaterial(keyingMaterial.length / 2, EXPORTER_LABEL);
        expect(Buffer.from(exported).toString('hex')).toBe(keyingMaterial);
        expect(await endpoint.receivedMessages(1)).toEqual(['before the SDP\n']);
      });
    });

    test('fingerprints of a later SDP that do not match end it with bad_certificate', async () => {
      await between(role, { remoteFingerprints: 'later' }, {}, async ({ endpoint, program }) => {
        await readReport(program);
        endpoint.setRemoteFingerprints([OTHER_FINGERPRINT]);
        const expected = { code: 'ERR_DTLS_FINGERPRINT_MISMATCH', alert: 'bad_certificate' };
        expect(await endpoint.outcome()).toMatchObject(expected);
        await program.waitFor(/alert read:fatal:bad certificate/);
      });
    });

    test('a request for renegotiation is answered with no_renegotiation, and OpenSSL gives up', async () => {
      await between(role, {}, {}, async (ends) => {
        await expectSameKeys(ends);
        ends.program.write(role === 'client' ? 'r' : 'R');
        await ends.program.waitFor(/alert read:warning:no renegotiation/);
        const expected = { code: 'ERR_DTLS_ALERT_RECEIVED', alert: 'handshake_failure' };
        expect(await ends.endpoint.ended()).toMatchObject(expected);
      });
    });
  },
);
