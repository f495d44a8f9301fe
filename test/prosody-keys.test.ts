import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DtlsConnection } from '../src/connection/dtls-connection.ts';
import type { SrtpKeys } from '../src/connection/exporter.ts';
import { certificates } from '../src/prosody/certificate.ts';
import {
  dtlslib_continue,
  dtlslib_extract_srtp_keys,
  dtlslib_free_session,
  dtlslib_get_cert_fingerprint,
  dtlslib_get_remote_fingerprint,
  dtlslib_hash_type_sha_1,
  dtlslib_hash_type_sha_224,
  dtlslib_hash_type_sha_256,
  dtlslib_hash_type_sha_384,
  dtlslib_hash_type_sha_512,
  dtlslib_srtp_mode_aes128_cm_sha1_32,
  dtlslib_srtp_mode_aes128_cm_sha1_80,
  dtlslibSwitches,
} from '../src/prosody/index.ts';
import { ExtensionType } from '../src/registry/extension-types.ts';
import { clientExtension, serverExtension } from './lib/hello-edits.ts';
import { extract, hasty, shakeHandsWith, through } from './prosody-peers.ts';
import {
  captureLog,
  connectedPair,
  createPair,
  present,
  resetLog,
  run,
  start,
  text,
} from './prosody-support.ts';

afterEach(() => {
  vi.restoreAllMocks();
  resetLog();
});

describe('dtlslib_get_remote_fingerprint()', () => {
  it.each([
    ['sha1', dtlslib_hash_type_sha_1],
    ['sha224', dtlslib_hash_type_sha_224],
    ['sha256', dtlslib_hash_type_sha_256],
    ['sha384', dtlslib_hash_type_sha_384],
    ['sha512', dtlslib_hash_type_sha_512],
  ])("writes the %s of the peer's certificate on both sides, zero-terminated", (algorithm, ht) => {
    const pair = connectedPair();
    for (const [session, cert] of [
      [pair.client, pair.serverCert],
      [pair.server, pair.clientCert],
    ] as const) {
      const dest = new Uint8Array(200).fill(0x55);
      const length = dtlslib_get_remote_fingerprint(session, ht, dest, dest.length);
      const { der } = present(certificates.find(cert)).certificate;
      const digest = createHash(algorithm).update(der).digest('hex').toUpperCase();
      expect(text(dest)).toBe(digest.match(/../g)?.join(':'));
      expect(length).toBe(text(dest).length);
      expect(dest[length + 1]).toBe(0x55);
    }
  });

  it('is what the peer announces with dtlslib_get_cert_fingerprint', () => {
    const pair = connectedPair();
    const [announced, seen] = [new Uint8Array(200), new Uint8Array(200)];
    dtlslib_get_cert_fingerprint(pair.serverCert, announced, 200);
    dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, seen, 200);
    expect(text(seen)).toBe(text(announced));
  });

  it('gives 0 and writes nothing when text and zero do not fit', () => {
    const pair = connectedPair();
    const dest = new Uint8Array(96).fill(0x55);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 95)).toBe(0);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 0)).toBe(0);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_512, dest, 200)).toBe(0);
    expect(dest.every((byte) => byte === 0x55)).toBe(true);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 96)).toBe(95);
  });

  it('gives -1 for NULL, an unknown hash, no buffer, before completion and after free', () => {
    const dest = new Uint8Array(200);
    const pair = createPair();
    expect(dtlslib_get_remote_fingerprint(null, dtlslib_hash_type_sha_256, dest, 200)).toBe(-1);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 200)).toBe(-1);
    start(pair);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 200)).toBe(-1);
    run(pair);
    for (const ht of [-1, 5, 1.5, Number.NaN]) {
      expect(dtlslib_get_remote_fingerprint(pair.client, ht, dest, 200)).toBe(-1);
    }
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, null, 200)).toBe(-1);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, -1)).toBe(-1);
    dtlslib_free_session(pair.client);
    expect(dtlslib_get_remote_fingerprint(pair.client, dtlslib_hash_type_sha_256, dest, 200)).toBe(-1);
  });
});

describe('dtlslib_extract_srtp_keys()', () => {
  it("gives each side the other's receiving key as its sending key, of 30 bytes", () => {
    const pair = connectedPair();
    const [client, server] = [extract(pair.client), extract(pair.server)];
    expect(client).toMatchObject({ result: 0, mode: dtlslib_srtp_mode_aes128_cm_sha1_80 });
    expect(server).toMatchObject({ result: 0, mode: dtlslib_srtp_mode_aes128_cm_sha1_80 });
    expect(client.tx).toEqual(server.rx);
    expect(client.rx).toEqual(server.tx);
    expect(client.tx).not.toEqual(client.rx);
    expect(client.tx).not.toEqual(Buffer.alloc(30));
    expect(extract(pair.client)).toEqual(client);
  });

  it.each(['client', 'server'] as const)(
    'takes its bytes from the exporter (RFC 5764 §4.2) of a peer that is %s',
    (role) => {
      const { session, result, connection } = shakeHandsWith(role, ['SRTP_AES128_CM_SHA1_80']);
      expect(result).toBe(1);
      const block = Buffer.from(connection.exportKeyingMaterial(60, 'EXTRACTOR-dtls_srtp'));
      const clientKey = Buffer.concat([block.subarray(0, 16), block.subarray(32, 46)]);
      const serverKey = Buffer.concat([block.subarray(16, 32), block.subarray(46, 60)]);
      const ours = extract(session);
      expect(ours.tx).toEqual(role === 'client' ? serverKey : clientKey);
      expect(ours.rx).toEqual(role === 'client' ? clientKey : serverKey);
    },
  );

  it.each(['client', 'server'] as const)(
    'tells the 32-bit mode when a peer that is %s has no other',
    (role) => {
      const { session, result } = shakeHandsWith(role, ['SRTP_AES128_CM_SHA1_32']);
      expect(result).toBe(1);
      expect(extract(session)).toMatchObject({ result: 0, mode: dtlslib_srtp_mode_aes128_cm_sha1_32 });
    },
  );

  it.each([
    ['client', undefined],
    ['server', undefined],
    ['client', ['SRTP_AEAD_AES_128_GCM']],
    ['server', ['SRTP_AEAD_AES_128_GCM', 'SRTP_AEAD_AES_256_GCM']],
  ] as const)(
    'gives -1 after a complete handshake with a peer (%s) whose profiles are %j',
    (role, profiles) => {
      const log = captureLog();
      const { session, result } = shakeHandsWith(role, profiles);
      expect(result).toBe(1);
      expect(extract(session)).toEqual({ result: -1, mode: 99, tx: Buffer.alloc(30), rx: Buffer.alloc(30) });
      expect(log.error).toEqual([
        'dtlslib_extract_srtp_keys: there is no SRTP profile in common with the peer',
      ]);
    },
  );

  it('logs a warning when the fingerprint was not read before, whatever the switches say', () => {
    const log = captureLog();
    dtlslibSwitches.LOG_ERRORS = false;
    const pair = connectedPair();
    expect(extract(pair.client).result).toBe(0);
    expect(log.warning).toHaveLength(1);
    dtlslib_get_remote_fingerprint(pair.server, dtlslib_hash_type_sha_256, new Uint8Array(5), 5);
    expect(extract(pair.server).result).toBe(0);
    expect(log.warning).toHaveLength(2);
    dtlslib_get_remote_fingerprint(pair.server, dtlslib_hash_type_sha_256, new Uint8Array(200), 200);
    expect(extract(pair.server).result).toBe(0);
    expect(log.warning).toHaveLength(2);
  });

  it('gives -1 and writes nothing for NULL, short buffers, before completion and after free', () => {
    const pair = createPair();
    const mode = { value: 99 };
    const [tx, rx] = [new Uint8Array(30), new Uint8Array(30)];
    expect(dtlslib_extract_srtp_keys(null, mode, tx, rx)).toBe(-1);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, tx, rx)).toBe(-1);
    start(pair);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, tx, rx)).toBe(-1);
    run(pair);
    expect(dtlslib_extract_srtp_keys(pair.client, null, tx, rx)).toBe(-1);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, null, rx)).toBe(-1);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, tx, null)).toBe(-1);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, new Uint8Array(29), rx)).toBe(-1);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, tx, new Uint8Array(29))).toBe(-1);
    dtlslib_free_session(pair.client);
    expect(dtlslib_extract_srtp_keys(pair.client, mode, tx, rx)).toBe(-1);
    expect(mode.value).toBe(99);
    expect([...tx, ...rx].every((byte) => byte === 0)).toBe(true);
  });

  it('fills no more than 30 bytes of a longer buffer', () => {
    const pair = connectedPair();
    const [tx, rx] = [new Uint8Array(40).fill(0x55), new Uint8Array(40).fill(0x55)];
    expect(dtlslib_extract_srtp_keys(pair.client, { value: 0 }, tx, rx)).toBe(0);
    expect(tx.subarray(30)).toEqual(new Uint8Array(10).fill(0x55));
    expect(rx.subarray(30)).toEqual(new Uint8Array(10).fill(0x55));
  });
});

describe('dtlslib_free_session()', () => {
  it('sends nothing', () => {
    const pair = connectedPair();
    dtlslib_free_session(pair.client);
    dtlslib_free_session(pair.server);
    expect(pair.clientEnd.inbox.length + pair.serverEnd.inbox.length).toBe(0);
  });

  it('overwrites the SRTP keys that it holds (S28)', () => {
    const srtpKeys = vi.spyOn(DtlsConnection.prototype, 'srtpKeys');
    const pair = connectedPair();
    const held = srtpKeys.mock.results.map(({ value }) => value as SrtpKeys);
    expect(held).toHaveLength(2);
    const secrets = held.flatMap(({ local, remote }) => [
      ...[local.masterKey, local.masterSalt],
      ...[remote.masterKey, remote.masterSalt],
    ]);
    // They are the very memory that extraction copies from.
    const { tx } = extract(pair.server);
    expect(secrets.some((secret) => tx.subarray(0, 16).equals(secret))).toBe(true);
    const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
    expect(secrets.map(isZero)).toEqual(secrets.map(() => false));
    dtlslib_free_session(pair.client);
    dtlslib_free_session(pair.server);
    expect(secrets.map(isZero)).toEqual(secrets.map(() => true));
  });

  it('passes over NULL and what was freed', () => {
    const pair = createPair();
    expect(dtlslib_free_session(pair.client)).toBeUndefined();
    expect(dtlslib_free_session(pair.client)).toBeUndefined();
    expect(dtlslib_free_session(null)).toBeUndefined();
  });
});

describe('a peer that is not satisfied', () => {
  it.each(['client', 'server'] as const)('ends the handshake with -1 when it is the %s', (role) => {
    const log = captureLog();
    const { session, result } = shakeHandsWith(role, ['SRTP_AES128_CM_SHA1_80'], { verifyPeer: () => false });
    expect(result).toBe(-1);
    expect(extract(session).result).toBe(-1);
    expect(log.error.join()).toContain('bad_certificate');
  });
});

describe('a peer without extended master secret (RFC 7627)', () => {
  it.each([
    ['client', clientExtension(ExtensionType.extended_master_secret, undefined)],
    ['server', serverExtension(ExtensionType.extended_master_secret, undefined)],
  ] as const)('is refused with handshake_failure when it is the %s', (role, path) => {
    const log = captureLog();
    const { session, result, connection } = shakeHandsWith(
      role,
      ['SRTP_AES128_CM_SHA1_80'],
      { insecureNoPeerCheck: true },
      through(path, role),
    );
    expect(result).toBe(-1);
    expect(extract(session).result).toBe(-1);
    expect(log.error.join()).toContain('ERR_DTLS_EXTENDED_MASTER_SECRET_REQUIRED');
    expect(connection.error).toMatchObject({ alert: 'handshake_failure' });
  });
});

describe('a peer that ends the session', () => {
  it('is no error after completion when it sends close_notify', () => {
    const log = captureLog();
    const { session, connection, turn } = shakeHandsWith('client', ['SRTP_AES128_CM_SHA1_80']);
    connection.close(performance.now());
    turn();
    expect(dtlslib_continue(session)).toBe(1);
    expect(log.error).toEqual([]);
    expect(log.info).toContain('the peer closed the DTLS session');
    // The call is keyed, however soon the peer says goodbye.
    const { result, tx } = extract(session);
    expect(result).toBe(0);
    expect(tx.some((byte) => byte !== 0)).toBe(true);
  });

  it.each(['client', 'server'] as const)(
    'leaves us the keys even when the %s sends close_notify in one datagram with its Finished',
    (role) => {
      const log = captureLog();
      const check = { insecureNoPeerCheck: true };
      const { session, result, connection } = shakeHandsWith(role, ['SRTP_AES128_CM_SHA1_80'], check, hasty);
      expect(connection.state).toBe('closed');
      expect(result).toBe(1);
      expect(dtlslib_continue(session)).toBe(1);
      const { result: extracted, tx, rx } = extract(session);
      expect(extracted).toBe(0);
      for (const key of [tx, rx]) expect(key.some((byte) => byte !== 0)).toBe(true);
      expect(log.error).toEqual([]);
      expect(log.info).toContain('the peer closed the DTLS session');
    },
  );
});
