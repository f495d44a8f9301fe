import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../src/bytes/bytes.ts';
import {
  deriveTrafficKeys,
  deriveVerifyData,
  exportKeyingMaterial12,
  type Randoms,
} from '../../src/crypto/key-schedule-v12.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import { aeadProtectionV12 } from '../../src/record/protection-v12.ts';
import { RecordLayer } from '../../src/record/record-layer.ts';
import { Alert, AlertLevel } from '../../src/registry/alerts.ts';
import { CIPHER_SUITES, type CipherSuiteParameters } from '../../src/registry/cipher-suites.ts';
import { ContentType } from '../../src/registry/content-types.ts';
import { ExtensionType } from '../../src/registry/extension-types.ts';
import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { signatureSchemeById } from '../../src/registry/signature-schemes.ts';
import { SRTP_PROFILES } from '../../src/registry/srtp-profiles.ts';
import { readUseSrtp } from '../../src/wire/extensions/use-srtp.ts';
import { readCertificate } from '../../src/wire/messages/certificate.ts';
import { readCertificateVerify } from '../../src/wire/messages/certificate-verify.ts';
import { readClientHello, writeClientHello } from '../../src/wire/messages/client-hello.ts';
import { readServerHello, writeServerHello } from '../../src/wire/messages/server-hello.ts';
import { readServerKeyExchange, signedServerParams } from '../../src/wire/messages/server-key-exchange.ts';
import { Capture, type CapturedMessage, readMessages, type Side } from './capture.ts';
import { splitKeyingMaterial, testCapturedSrtp } from './captured-srtp.ts';

const SIDES: readonly Side[] = ['client', 'server'];

const capture = new Capture('firefox-153-dtls12.json');
const messages = capture.plaintextMessages();
const masterSecret = capture.secret('CLIENT_RANDOM');

function bodyOf(from: Side, type: number): Uint8Array {
  const found = messages.find(({ from: sender, message }) => sender === from && message.type === type);
  return must(found, `message ${type} of the ${from}`).message.body;
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the capture has no ${what}, or it could not be read`);
  return value;
}

const clientHello = must(readClientHello(bodyOf('client', HandshakeType.client_hello)), 'ClientHello');
const serverHello = must(readServerHello(bodyOf('server', HandshakeType.server_hello)), 'ServerHello');
const randoms: Randoms = { client: clientHello.random, server: serverHello.random };
const suite: CipherSuiteParameters = must(
  CIPHER_SUITES.find(({ id }) => id === serverHello.cipherSuite),
  'suite that the library knows',
);

function transcriptOf(list: readonly CapturedMessage[]): Uint8Array {
  return concat(...list.map(({ whole }) => whole));
}

/** Our record layer with the read keys of one side, as the other side would have it. */
function readerOf(side: Side): RecordLayer {
  const keys = deriveTrafficKeys(nodeCrypto, suite, masterSecret, randoms)[side];
  const layer = new RecordLayer();
  layer.installReadKeys(1, aeadProtectionV12(nodeCrypto, suite.aead, keys.key, keys.fixedIv));
  return layer;
}

/** What one side sent under keys, opened. */
function openedRecords(side: Side): { type: number; plaintext: Uint8Array }[] {
  const layer = readerOf(side);
  return capture
    .records()
    .filter(({ from, record }) => from === side && record.epoch === 1)
    .map(({ record }) => {
      const opened = layer.open(record);
      if (typeof opened === 'string') throw new Error(`a record of the ${side} is discarded: ${opened}`);
      return { type: record.type, plaintext: opened.plaintext };
    });
}

function finishedOf(side: Side): CapturedMessage {
  const first = must(openedRecords(side)[0], `Finished of the ${side}`);
  const { message, whole } = must(readMessages(first.plaintext)[0], `Finished of the ${side}`);
  return { from: side, message, whole };
}

describe('RFC 6347: the records of two Firefox 153', () => {
  test('every DTLS datagram is read as records to its last byte', () => {
    const records = capture.records();
    expect(records.map(({ from, record }) => `${from} ${record.epoch} ${record.type}`)).toEqual([
      'client 0 22',
      ...Array.from({ length: 5 }, () => 'server 0 22'),
      ...Array.from({ length: 3 }, () => 'client 0 22'),
      'client 0 20',
      'client 1 22',
      'server 0 20',
      'server 1 22',
      'server 1 21',
      'client 1 21',
    ]);
  });

  test('the handshake is the one of RFC 5246 §7.3 with client authentication', () => {
    expect(messages.map(({ from, message }) => [from, message.messageSeq, message.type])).toEqual([
      ['client', 0, HandshakeType.client_hello],
      ['server', 0, HandshakeType.server_hello],
      ['server', 1, HandshakeType.certificate],
      ['server', 2, HandshakeType.server_key_exchange],
      ['server', 3, HandshakeType.certificate_request],
      ['server', 4, HandshakeType.server_hello_done],
      ['client', 1, HandshakeType.certificate],
      ['client', 2, HandshakeType.client_key_exchange],
      ['client', 3, HandshakeType.certificate_verify],
    ]);
  });

  test('the hellos are written back to the bytes they were read from', () => {
    expect(toHex(writeClientHello(clientHello))).toBe(toHex(bodyOf('client', HandshakeType.client_hello)));
    expect(toHex(writeServerHello(serverHello))).toBe(toHex(bodyOf('server', HandshakeType.server_hello)));
  });

  test('the key log is of this handshake, which has extended master secret', () => {
    expect(toHex(clientHello.random)).toBe(toHex(capture.clientRandom));
    expect(suite.name).toBe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
    expect(serverHello.extensions.has(ExtensionType.extended_master_secret)).toBe(true);
  });
});

describe('RFC 5246: the signatures of two Firefox 153', () => {
  function verify(side: Side, schemeId: number, data: Uint8Array, signature: Uint8Array): boolean {
    const chain = must(readCertificate(bodyOf(side, HandshakeType.certificate)), 'certificate');
    const spki = new X509Certificate(must(chain[0], 'leaf')).publicKey.export({
      type: 'spki',
      format: 'der',
    });
    const key = must(nodeCrypto.importPublicKey(spki), 'key');
    return key.verify(must(signatureSchemeById(schemeId), 'scheme'), data, signature);
  }

  test('ServerKeyExchange verifies over both randoms and the parameters', () => {
    const exchange = must(
      readServerKeyExchange(bodyOf('server', HandshakeType.server_key_exchange)),
      'ServerKeyExchange',
    );
    const data = signedServerParams(randoms.client, randoms.server, exchange.params);
    expect(verify('server', exchange.scheme, data, exchange.signature)).toBe(true);
    data[0] = (data[0] ?? 0) ^ 1;
    expect(verify('server', exchange.scheme, data, exchange.signature)).toBe(false);
  });

  test('CertificateVerify verifies over the messages before it', () => {
    const { scheme, signature } = must(
      readCertificateVerify(bodyOf('client', HandshakeType.certificate_verify)),
      'CertificateVerify',
    );
    const before = messages.filter(({ message }) => message.type !== HandshakeType.certificate_verify);
    expect(verify('client', scheme, transcriptOf(before), signature)).toBe(true);
    expect(verify('client', scheme, transcriptOf(before.slice(1)), signature)).toBe(false);
  });
});

describe('RFC 6347 §4.2.6: the Finished messages of two Firefox 153', () => {
  function expectedVerifyData(side: Side): Uint8Array {
    const heard = side === 'client' ? messages : [...messages, finishedOf('client')];
    const hash = createHash('sha256').update(transcriptOf(heard)).digest();
    return deriveVerifyData(nodeCrypto, suite.hash, masterSecret, side, hash);
  }

  test.each(SIDES)('verify_data of the %s is what the transcript gives', (side) => {
    const { message } = finishedOf(side);
    expect(message.type).toBe(HandshakeType.finished);
    expect(message.messageSeq).toBe(side === 'client' ? 4 : 5);
    expect(toHex(message.body)).toBe(toHex(expectedVerifyData(side)));
  });

  test.each(SIDES)('a Finished of the %s with one bit changed is not opened', (side) => {
    const { record } = must(
      capture.records().find(({ from, record: { epoch } }) => from === side && epoch === 1),
      'Finished',
    );
    const fragment = record.fragment.slice();
    fragment[fragment.length - 1] = (fragment[fragment.length - 1] ?? 0) ^ 1;
    expect(readerOf(side).open({ ...record, fragment })).toBe('bad_tag');
  });

  test.each(SIDES)('the %s ends with a close_notify under keys', (side) => {
    const [, alert] = openedRecords(side);
    expect(alert?.type).toBe(ContentType.alert);
    expect([...(alert?.plaintext ?? [])]).toEqual([AlertLevel.warning, Alert.close_notify]);
  });
});

describe('RFC 5764 §4.2: the SRTP keys of two Firefox 153', () => {
  const chosen = must(
    readUseSrtp(must(serverHello.extensions.get(ExtensionType.use_srtp), 'use_srtp')),
    'use_srtp',
  );
  const profile = must(
    SRTP_PROFILES.find(({ id }) => id === chosen.profiles[0]),
    'profile that the library knows',
  );
  const { masterKeyLength, masterSaltLength } = profile;
  const material = exportKeyingMaterial12(
    nodeCrypto,
    suite.hash,
    masterSecret,
    randoms,
    'EXTRACTOR-dtls_srtp',
    undefined,
    2 * (masterKeyLength + masterSaltLength),
  );
  test('the server chose one profile and no MKI', () => {
    expect(chosen.profiles).toHaveLength(1);
    expect(chosen.mki).toHaveLength(0);
    expect(profile.name).toBe('SRTP_AEAD_AES_128_GCM');
  });

  test('the exporter gives what P_SHA256 written out here gives', () => {
    const seed = Buffer.concat([Buffer.from('EXTRACTOR-dtls_srtp'), randoms.client, randoms.server]);
    const hmac = (data: Uint8Array): Buffer => createHmac('sha256', masterSecret).update(data).digest();
    const a1 = hmac(seed);
    const a2 = hmac(a1);
    const expected = Buffer.concat([hmac(Buffer.concat([a1, seed])), hmac(Buffer.concat([a2, seed]))]);
    expect(toHex(material)).toBe(expected.subarray(0, material.length).toString('hex'));
  });

  testCapturedSrtp({
    capture,
    profile: profile.name,
    keys: splitKeyingMaterial(material, masterKeyLength, masterSaltLength),
    rtpPackets: { client: 0, server: 126 },
    rtcpPackets: { client: 39, server: 1 },
  });
});
