import { sign } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Certificate } from '../../src/certificate/certificate.ts';
import { createCertificate } from '../../src/certificate/create.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import type { DtlsRequest } from '../../src/connection/outputs.ts';
import { Endpoint } from './lib/endpoint.ts';
import { EXPORTER_LABEL, readReport, startClient, startServer } from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import type { Program } from './lib/program.ts';
import { describeWith } from './lib/suites.ts';

const SRTP = 'SRTP_AEAD_AES_128_GCM';

const certificates = new PeerCertificates();
afterAll(() => certificates.dispose());

/** A certificate whose key is somewhere else, and that somewhere. */
const whole = createCertificate();
const withoutKey = Certificate.fromPem({ cert: whole.pem });
function signElsewhere(request: Extract<DtlsRequest, { kind: 'sign' }>): Uint8Array {
  expect(request.scheme).toBe('ecdsa_secp256r1_sha256');
  expect(Buffer.from(request.certificate).equals(whole.der)).toBe(true);
  return sign('sha256', request.data, whole.privateKeyPem ?? '');
}

const OPTIONS = {
  certificate: withoutKey,
  srtpProfiles: [SRTP],
  sign: 'request',
  verifyPeer: 'request',
} as const;
const THEIRS = { srtpProfiles: [SRTP] } as const;

async function expectSameKeys(endpoint: Endpoint, program: Program): Promise<void> {
  expect(await endpoint.outcome()).toBe('connected');
  const { keyingMaterial } = await readReport(program);
  const exported = endpoint.connection.exportKeyingMaterial(keyingMaterial.length / 2, EXPORTER_LABEL);
  expect(Buffer.from(exported).toString('hex')).toBe(keyingMaterial);
}

/** Answers after `ms`, in which the peer repeats its flight; the kinds asked for go into `asked`. */
function answering(ms: number, asked: string[], accept = true): (request: DtlsRequest) => Promise<unknown> {
  return async (request) => {
    asked.push(request.kind);
    await delay(ms);
    if (request.kind === 'sign') return signElsewhere(request);
    return request.kind === 'verifyPeer' ? accept : {};
  };
}

describeWith('openssl')('openssl, DTLS 1.2, with our key and our judgement elsewhere', () => {
  // OpenSSL repeats its flight after a second.
  test.each([0, 1200])('us as client, answers after %i ms', async (ms) => {
    const theirs = await certificates.of('ecdsa-p256');
    await using program = await startServer({
      ...THEIRS,
      certificate: theirs,
      requireClientCertificate: true,
    });
    const asked: string[] = [];
    await using endpoint = await Endpoint.open({ role: 'client', ...OPTIONS }, program.port);
    endpoint.answer = answering(ms, asked);
    await expectSameKeys(endpoint, program);
    expect(asked).toEqual(['verifyPeer', 'sign']);
  });

  test.each([0, 1200])('us as server, answers after %i ms', async (ms) => {
    const theirs = await certificates.of('ecdsa-p256');
    const asked: string[] = [];
    const options: DtlsConnectionOptions = { role: 'server', ...OPTIONS, selectContext: 'request' };
    await using endpoint = await Endpoint.open(options);
    endpoint.answer = answering(ms, asked);
    await using program = startClient({ ...THEIRS, certificate: theirs }, endpoint.port);
    await expectSameKeys(endpoint, program);
    expect(asked).toEqual(['selectContext', 'sign', 'verifyPeer']);
  });

  test('a peer that is refused elsewhere gets bad_certificate', async () => {
    const theirs = await certificates.of('ecdsa-p256');
    await using endpoint = await Endpoint.open({ role: 'server', ...OPTIONS });
    endpoint.answer = answering(0, [], false);
    await using program = startClient({ ...THEIRS, certificate: theirs }, endpoint.port);
    const expected = { code: 'ERR_DTLS_PEER_REFUSED', alert: 'bad_certificate' };
    expect(await endpoint.outcome()).toMatchObject(expected);
    await program.waitFor(/alert read:fatal:bad certificate/);
  });
});
