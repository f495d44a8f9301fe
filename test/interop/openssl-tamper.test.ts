import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import { Endpoint } from './lib/endpoint.ts';
import {
  EXPORTER_LABEL,
  type OpensslServerOptions,
  readReport,
  startClient,
  startServer,
} from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { type Direction, flip, plaintextMessagesOf, Relay, recordsOf, type Tamper } from './lib/relay.ts';
import { describeWith } from './lib/suites.ts';

const SRTP = 'SRTP_AES128_CM_SHA1_80';
const [CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE] = [1, 2, 11, 12];
const [CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE] = [13, 15, 16];
const HELLO_RANDOM_OFFSET = 2;

/** Inverts a bit in every copy of a plaintext handshake message; a negative offset counts from its end. */
function flipIn(type: number, offset: number): Tamper {
  return (datagram) => {
    for (const message of plaintextMessagesOf(datagram))
      if (message.type === type) flip(message.body, offset);
    return [datagram];
  };
}

/** Inverts a bit of the first record under keys that goes in one direction, which is the Finished. */
function flipFirstFinished(of: Direction): Tamper {
  let done = false;
  return (datagram, direction) => {
    const finished = recordsOf(datagram).find(({ epoch, contentType }) => epoch === 1 && contentType === 22);
    if (direction === of && finished !== undefined && !done) {
      flip(finished.fragment, -1);
      done = true;
    }
    return [datagram];
  };
}

const certificates = new PeerCertificates();
const ourCertificate = createCertificate();
afterAll(() => certificates.dispose());

async function ourOptions(
  role: 'client' | 'server',
  more: Partial<DtlsConnectionOptions> = {},
): Promise<DtlsConnectionOptions> {
  const { fingerprint } = await certificates.of('ecdsa-p256');
  const check = more.insecureNoPeerCheck ? {} : { remoteFingerprints: [fingerprint] };
  return { role, certificate: ourCertificate, ...check, srtpProfiles: [SRTP], ...more };
}

async function theirOptions(): Promise<OpensslServerOptions> {
  // Wide enough that no message is in fragments: the tampering looks for whole ones.
  return { certificate: await certificates.of('ecdsa-p256'), srtpProfiles: [SRTP], mtu: 1500 };
}

async function expectSameKeys(endpoint: Endpoint, program: Parameters<typeof readReport>[0]): Promise<void> {
  expect(await endpoint.outcome()).toBe('connected');
  const exported = endpoint.connection.exportKeyingMaterial(60, EXPORTER_LABEL);
  expect(Buffer.from(exported).toString('hex')).toBe((await readReport(program)).keyingMaterial);
}

describeWith('openssl')('between us as client and openssl s_server', () => {
  test.each([
    [
      'the signature of ServerKeyExchange',
      SERVER_KEY_EXCHANGE,
      -1,
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    [
      'the public key of ServerKeyExchange',
      SERVER_KEY_EXCHANGE,
      10,
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    [
      'the random of ServerHello',
      SERVER_HELLO,
      HELLO_RANDOM_OFFSET,
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    ['the signature in the certificate', CERTIFICATE, -1, 'ERR_DTLS_FINGERPRINT_MISMATCH', 'bad_certificate'],
  ])('a bit of %s changed: we refuse', async (_, type, offset, code, alert) => {
    await using program = await startServer(await theirOptions());
    const tamper = flipIn(type, offset);
    await using relay = await Relay.open(program.port, (datagram, direction) =>
      direction === 'to-client' ? tamper(datagram, direction) : [datagram],
    );
    await using endpoint = await Endpoint.open(await ourOptions('client'), relay.port);
    expect(await endpoint.outcome()).toMatchObject({ code, alert });
    await program.waitFor(new RegExp(`alert read:fatal:${alert.replace('_', ' ')}`));
  });

  test.each([
    ['the random of our ClientHello', CLIENT_HELLO, HELLO_RANDOM_OFFSET],
    ['the signature of our CertificateVerify', CERTIFICATE_VERIFY, -1],
    ['the list of signatures in their CertificateRequest', CERTIFICATE_REQUEST, -3],
  ])('a bit of %s changed: OpenSSL refuses, or we do', async (_, type, offset) => {
    await using program = await startServer({ ...(await theirOptions()), requireClientCertificate: true });
    await using relay = await Relay.open(program.port, flipIn(type, offset));
    await using endpoint = await Endpoint.open(await ourOptions('client'), relay.port);
    expect(await endpoint.outcome()).toMatchObject({ alert: 'decrypt_error' });
    expect(endpoint.connection.state).toBe('failed');
  });

  test('a bit of the Finished of OpenSSL changed once: dropped in silence, complete after the next', async () => {
    await using program = await startServer(await theirOptions());
    await using relay = await Relay.open(program.port, flipFirstFinished('to-client'));
    await using endpoint = await Endpoint.open(await ourOptions('client'), relay.port);
    await expectSameKeys(endpoint, program);
    expect(endpoint.traces).toContainEqual(expect.objectContaining({ kind: 'discard', reason: 'bad_tag' }));
  });

  test('a bit of our Finished changed once: complete after the next', async () => {
    await using program = await startServer(await theirOptions());
    await using relay = await Relay.open(program.port, flipFirstFinished('to-server'));
    await using endpoint = await Endpoint.open(await ourOptions('client'), relay.port);
    await expectSameKeys(endpoint, program);
  });
});

describeWith('openssl')('between us as server and openssl s_client', () => {
  /** Opens our server, the relay before it, and OpenSSL before that. */
  async function refused(tamper: Tamper, direction: Direction) {
    await using endpoint = await Endpoint.open(await ourOptions('server'));
    await using relay = await Relay.open(endpoint.port, (datagram, way) =>
      way === direction ? tamper(datagram, way) : [datagram],
    );
    await using program = startClient(await theirOptions(), relay.port);
    const error = await endpoint.outcome();
    await program.waitFor(/alert (read|write):fatal:/);
    return { error, output: program.output };
  }

  test.each([
    ['the signature of CertificateVerify', CERTIFICATE_VERIFY, -1, 'ERR_DTLS_BAD_SIGNATURE', 'decrypt_error'],
    [
      'the public key of ClientKeyExchange',
      CLIENT_KEY_EXCHANGE,
      5,
      'ERR_DTLS_BAD_SIGNATURE',
      'decrypt_error',
    ],
    ['the signature in the certificate', CERTIFICATE, -1, 'ERR_DTLS_FINGERPRINT_MISMATCH', 'bad_certificate'],
  ])('a bit of %s changed: we refuse', async (_, type, offset, code, alert) => {
    const { error, output } = await refused(flipIn(type, offset), 'to-server');
    expect(error).toMatchObject({ code, alert });
    expect(output).toContain(`alert read:fatal:${alert.replace('_', ' ')}`);
  });

  test.each([
    ['the random of our ServerHello', SERVER_HELLO, HELLO_RANDOM_OFFSET],
    ['the signature of our ServerKeyExchange', SERVER_KEY_EXCHANGE, -1],
  ])('a bit of %s changed: OpenSSL refuses', async (_, type, offset) => {
    const { error, output } = await refused(flipIn(type, offset), 'to-client');
    expect(error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert: 'decrypt_error' });
    expect(output).toContain('alert write:fatal:decrypt error');
  });

  test.each(['to-server', 'to-client'] as const)(
    'a bit of the Finished %s changed once: complete after the next',
    async (way) => {
      await using endpoint = await Endpoint.open(await ourOptions('server'));
      await using relay = await Relay.open(endpoint.port, flipFirstFinished(way));
      await using program = startClient(await theirOptions(), relay.port);
      await expectSameKeys(endpoint, program);
      if (way === 'to-server') {
        expect(endpoint.traces).toContainEqual(
          expect.objectContaining({ kind: 'discard', reason: 'bad_tag' }),
        );
      }
    },
  );

  // With extended master secret the keys themselves depend on the transcript, and CertificateVerify covers it:
  // only without both does a changed ClientHello get as far as the check of Finished.
  test('an offer of OpenSSL taken out of its ClientHello: we refuse its Finished', async () => {
    const options12 = {
      insecureNoPeerCheck: true,
      requestCertificate: false,
      extendedMasterSecret: 'preferred',
    } as const;
    await using endpoint = await Endpoint.open(await ourOptions('server', options12));
    // The last bytes are the last of the signature schemes offered, which nobody takes.
    await using relay = await Relay.open(endpoint.port, flipIn(CLIENT_HELLO, -1));
    await using program = startClient(
      { srtpProfiles: [SRTP], configuration: certificates.withoutExtendedMasterSecret() },
      relay.port,
    );
    expect(await endpoint.outcome()).toMatchObject({ code: 'ERR_DTLS_BAD_FINISHED', alert: 'decrypt_error' });
    await program.waitFor(/alert read:fatal:decrypt error/);
  });

  test('nothing changed without extended master secret: the keys are equal', async () => {
    await using endpoint = await Endpoint.open(
      await ourOptions('server', { extendedMasterSecret: 'preferred' }),
    );
    await using program = startClient(
      { ...(await theirOptions()), configuration: certificates.withoutExtendedMasterSecret() },
      endpoint.port,
    );
    await expectSameKeys(endpoint, program);
    expect(program.output).toContain('Extended master secret: no');
  });
});
