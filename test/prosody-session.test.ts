import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { DtlsConnection } from '../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../src/connection/options.ts';
import { certificates } from '../src/prosody/certificate.ts';
import {
  dtlslib_continue,
  dtlslib_create_session,
  dtlslib_extract_srtp_keys,
  dtlslib_free,
  dtlslib_free_cert,
  dtlslib_free_session,
  dtlslib_get_cert_fingerprint,
  dtlslib_get_remote_fingerprint,
  dtlslib_get_timeout_ms,
  dtlslib_hash_type_sha_1,
  dtlslib_hash_type_sha_224,
  dtlslib_hash_type_sha_256,
  dtlslib_hash_type_sha_384,
  dtlslib_hash_type_sha_512,
  dtlslib_init,
  type dtlslib_read_data_cb,
  type dtlslib_send_data_cb,
  type dtlslib_session,
  dtlslib_srtp_mode_aes128_cm_sha1_32,
  dtlslib_srtp_mode_aes128_cm_sha1_80,
  dtlslib_start_handshake,
  dtlslibSwitches,
} from '../src/prosody/index.ts';
import {
  captureLog,
  connectedPair,
  createPair,
  type Endpoint,
  ecdsaCertificate,
  endpoints,
  present,
  readInbox,
  resetLog,
  run,
  sendToPeer,
  start,
  text,
} from './prosody-support.ts';

afterEach(resetLog);

/** A client on callbacks of the test's own. */
function clientWith(
  send: dtlslib_send_data_cb<null> | undefined,
  read: dtlslib_read_data_cb<null> | undefined,
): dtlslib_session {
  return present(
    dtlslib_create_session(
      dtlslib_init(null, 0),
      ecdsaCertificate('client'),
      send ?? ((_ctx, _data, len) => len),
      null,
      read ?? (() => 0),
      null,
    ),
  );
}

function extract(session: dtlslib_session | null): { result: number; mode: number; tx: Buffer; rx: Buffer } {
  const mode = { value: 99 };
  const [tx, rx] = [Buffer.alloc(30), Buffer.alloc(30)];
  const result = dtlslib_extract_srtp_keys(session, mode, tx, rx);
  return { result, mode: mode.value, tx, rx };
}

type PeerCheck = Pick<DtlsConnectionOptions, 'insecureNoPeerCheck' | 'verifyPeer'>;

/**
 * A `DtlsConnection` of the test's own at the other end, for peers that are not Prosody. Gives what `run` needs.
 */
function foreignPeer(
  role: 'client' | 'server',
  srtpProfiles: readonly string[] | undefined,
  end: Endpoint,
  check: PeerCheck,
): { connection: DtlsConnection; turn: () => void } {
  const connection = new DtlsConnection({
    role,
    certificate: present(certificates.find(ecdsaCertificate('foreign'))).certificate,
    ...check,
    ...(srtpProfiles === undefined ? {} : { srtpProfiles, srtpRequired: false }),
  });
  connection.start(performance.now());
  const turn = (): void => {
    for (const datagram of end.inbox.splice(0)) connection.receive(datagram, performance.now());
    for (let output = connection.poll(); output !== undefined; output = connection.poll()) {
      if (output.type === 'datagram') sendToPeer(end, output.datagram, output.datagram.length);
    }
  };
  return { connection, turn };
}

/** A session of ours that shakes hands with a foreign peer; the session's last answer. */
function shakeHandsWith(
  role: 'client' | 'server',
  srtpProfiles: readonly string[] | undefined,
  check: PeerCheck = { insecureNoPeerCheck: true },
): { session: dtlslib_session; result: number; connection: DtlsConnection; turn: () => void } {
  const [ours, theirs] = endpoints();
  const session = present(
    dtlslib_create_session(dtlslib_init(null, 0), ecdsaCertificate('us'), sendToPeer, ours, readInbox, ours),
  );
  const peer = foreignPeer(role, srtpProfiles, theirs, check);
  let result: number = dtlslib_start_handshake(session, role === 'client' ? 1 : 0);
  for (let i = 0; i < 8; i++) {
    peer.turn();
    result = dtlslib_continue(session);
  }
  return { session, result, ...peer };
}

describe('dtlslib_create_session()', () => {
  it('gives null for NULL or freed arguments and missing callbacks', () => {
    const log = captureLog();
    const lib = dtlslib_init(null, 0);
    const cert = ecdsaCertificate('x');
    const send: dtlslib_send_data_cb<null> = (_ctx, _data, len) => len;
    const read: dtlslib_read_data_cb<null> = () => 0;
    expect(dtlslib_create_session(null, cert, send, null, read, null)).toBeNull();
    expect(dtlslib_create_session(lib, null, send, null, read, null)).toBeNull();
    expect(dtlslib_create_session(lib, cert, null, null, read, null)).toBeNull();
    expect(dtlslib_create_session(lib, cert, send, null, null, null)).toBeNull();
    const freed = ecdsaCertificate('x');
    dtlslib_free_cert(freed);
    expect(dtlslib_create_session(lib, freed, send, null, read, null)).toBeNull();
    dtlslib_free(lib);
    expect(dtlslib_create_session(lib, cert, send, null, read, null)).toBeNull();
    expect(log.error).toHaveLength(6);
  });

  it('makes a session that outlives its library and certificate', () => {
    const pair = createPair();
    dtlslib_free(pair.lib);
    dtlslib_free_cert(pair.clientCert);
    dtlslib_free_cert(pair.serverCert);
    start(pair);
    expect(run(pair)).toEqual({ client: 1, server: 1 });
  });

  it('shows nothing of its inside', () => {
    const pair = connectedPair();
    expect(inspect(pair.client, { depth: 10, showHidden: true })).toBe("{ handle: 'dtlslib_session' }");
    expect(JSON.stringify(pair.client)).toBe('{"handle":"dtlslib_session"}');
  });
});

describe('dtlslib_start_handshake()', () => {
  it('gives 0 for a client and sends a ClientHello', () => {
    const pair = createPair();
    expect(dtlslib_start_handshake(pair.client, 0)).toBe(0);
    expect(pair.serverEnd.inbox).toHaveLength(1);
    expect(pair.serverEnd.inbox[0]?.[0]).toBe(22);
    expect(pair.serverEnd.inbox[0]?.[13]).toBe(1);
  });

  it('gives 0 for a server, which sends nothing before a hello comes', () => {
    const pair = createPair();
    expect(dtlslib_start_handshake(pair.server, 1)).toBe(0);
    expect(pair.clientEnd.inbox).toHaveLength(0);
  });

  it('lets a server answer the hello that waits already, with a cookie', () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.client, 0);
    expect(dtlslib_start_handshake(pair.server, 1)).toBe(0);
    expect(pair.clientEnd.inbox).toHaveLength(1);
    expect(pair.clientEnd.inbox[0]?.[13]).toBe(3);
  });

  it('gives 1 when the handshake completes within the call', () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.server, 1);
    // The path itself runs the server, so that all answers are there when the client reads.
    const client = present(
      dtlslib_create_session(
        pair.lib,
        pair.clientCert,
        (ctx: Endpoint, data: Uint8Array, len: number) => {
          sendToPeer(ctx, data, len);
          dtlslib_continue(pair.server);
          return len;
        },
        pair.clientEnd,
        readInbox,
        pair.clientEnd,
      ),
    );
    expect(dtlslib_start_handshake(client, 0)).toBe(1);
    expect(dtlslib_continue(pair.server)).toBe(1);
  });

  it('gives -1 for NULL, after free, and when started before', () => {
    const log = captureLog();
    const pair = createPair();
    expect(dtlslib_start_handshake(null, 0)).toBe(-1);
    dtlslib_free_session(pair.server);
    expect(dtlslib_start_handshake(pair.server, 1)).toBe(-1);
    dtlslib_start_handshake(pair.client, 0);
    expect(dtlslib_start_handshake(pair.client, 0)).toBe(-1);
    expect(log.error).toEqual([
      'dtlslib_start_handshake: the dtlslib_session is NULL',
      'dtlslib_start_handshake: the dtlslib_session was freed',
      'dtlslib_start_handshake: the handshake was started before',
    ]);
    expect(dtlslib_continue(pair.client)).toBe(0);
  });

  it('gives -1 when the send or the read callback fails or throws', () => {
    const log = captureLog();
    const thrower = (): number => {
      throw new Error('the modem is on fire');
    };
    expect(
      dtlslib_start_handshake(
        clientWith(() => -1, undefined),
        0,
      ),
    ).toBe(-1);
    expect(dtlslib_start_handshake(clientWith(thrower, undefined), 0)).toBe(-1);
    expect(
      dtlslib_start_handshake(
        clientWith(undefined, () => -1),
        0,
      ),
    ).toBe(-1);
    expect(dtlslib_start_handshake(clientWith(undefined, thrower), 0)).toBe(-1);
    expect(log.error).toEqual([
      'the send callback gave -1',
      'the send callback threw: the modem is on fire',
      'the read callback gave -1',
      'the read callback threw: the modem is on fire',
    ]);
  });
});

describe('dtlslib_continue()', () => {
  it('gives 0 while under way, 1 when complete, and 1 ever after', () => {
    const pair = createPair();
    start(pair);
    expect(dtlslib_continue(pair.server)).toBe(0);
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(run(pair)).toEqual({ client: 1, server: 1 });
    expect(run(pair)).toEqual({ client: 1, server: 1 });
  });

  it('reads until the callback gives 0', () => {
    const pair = createPair();
    start(pair);
    for (let i = 0; i < 5; i++) pair.serverEnd.inbox.push(Uint8Array.of(22, 0, 0));
    dtlslib_continue(pair.server);
    expect(pair.serverEnd.inbox).toHaveLength(0);
  });

  it('gives -1 for NULL, before the start, and after free', () => {
    const pair = createPair();
    expect(dtlslib_continue(null)).toBe(-1);
    expect(dtlslib_continue(pair.client)).toBe(-1);
    start(pair);
    dtlslib_free_session(pair.client);
    expect(dtlslib_continue(pair.client)).toBe(-1);
  });

  it('gives -1 for a callback that fails, and goes on when it works again', () => {
    const pair = createPair();
    let broken: 'send' | 'read' | undefined;
    const client = present(
      dtlslib_create_session(
        pair.lib,
        pair.clientCert,
        (ctx: Endpoint, data: Uint8Array, len: number) =>
          broken === 'send' ? -1 : sendToPeer(ctx, data, len),
        pair.clientEnd,
        (ctx: Endpoint, data: Uint8Array, max_len: number) =>
          broken === 'read' ? -1 : readInbox(ctx, data, max_len),
        pair.clientEnd,
      ),
    );
    dtlslib_start_handshake(pair.server, 1);
    expect(dtlslib_start_handshake(client, 0)).toBe(0);
    broken = 'read';
    expect(dtlslib_continue(client)).toBe(-1);
    broken = undefined;
    expect(dtlslib_continue(client)).toBe(0);
    expect(run({ ...pair, client })).toEqual({ client: 1, server: 1 });
  });

  it.each([Number.NaN, 1.5, 100_000, undefined, '3', null])(
    'gives -1 for a read callback that gives %s',
    (answer) => {
      const client = clientWith(undefined, () => answer as number);
      expect(dtlslib_start_handshake(client, 0)).toBe(-1);
    },
  );

  it.each([0, 1, 5000])('counts a packet as lost when the send callback gives %i', (answer) => {
    const client = clientWith(() => answer, undefined);
    expect(dtlslib_start_handshake(client, 0)).toBe(0);
    expect(dtlslib_continue(client)).toBe(0);
  });

  it('sends a lost flight again once its time is over', async () => {
    const pair = createPair();
    start(pair);
    pair.serverEnd.inbox.length = 0;
    const timeout = dtlslib_get_timeout_ms(pair.client);
    expect(timeout).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, timeout + 1));
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(0);
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(pair.serverEnd.inbox).toHaveLength(1);
    expect(run(pair)).toEqual({ client: 1, server: 1 });
  });

  it('answers a peer that repeats itself after completion, and gives 1', async () => {
    const pair = createPair();
    start(pair);
    while (dtlslib_continue(pair.server) === 0) expect(dtlslib_continue(pair.client)).toBe(0);
    pair.clientEnd.inbox.length = 0; // the server's last flight is lost
    await new Promise((resolve) => setTimeout(resolve, dtlslib_get_timeout_ms(pair.client) + 1));
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(pair.clientEnd.inbox).toHaveLength(0);
    expect(dtlslib_continue(pair.server)).toBe(1);
    expect(pair.clientEnd.inbox.length).toBeGreaterThan(0);
    expect(dtlslib_continue(pair.client)).toBe(1);
  });

  it('gives -1 from the moment the handshake has failed', () => {
    const log = captureLog();
    const [ours, theirs] = endpoints();
    const session = present(
      dtlslib_create_session(
        dtlslib_init(null, 0),
        ecdsaCertificate('us'),
        sendToPeer,
        ours,
        readInbox,
        ours,
      ),
    );
    expect(dtlslib_start_handshake(session, 0)).toBe(0);
    // alert(21), DTLS 1.2, epoch 0, sequence 0, length 2: fatal handshake_failure
    theirs.peer?.inbox.push(Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40));
    const result = dtlslib_continue(session);
    expect(result).toBe(-1);
    expect(dtlslib_continue(session)).toBe(-1);
    expect(dtlslib_get_timeout_ms(session)).toBe(-1);
    expect(dtlslib_get_remote_fingerprint(session, dtlslib_hash_type_sha_256, new Uint8Array(99), 99)).toBe(
      -1,
    );
    expect(extract(session).result).toBe(-1);
    expect(log.error.join()).toContain('handshake_failure');
  });

  it('survives being freed by its own callback', () => {
    const client = clientWith(() => {
      dtlslib_free_session(client);
      return -1;
    }, undefined);
    expect(dtlslib_start_handshake(client, 0)).toBe(-1);
    const reader = clientWith(undefined, () => {
      dtlslib_free_session(reader);
      return 5;
    });
    expect(dtlslib_start_handshake(reader, 0)).toBe(-1);
  });

  it('survives being called by its own callback', () => {
    const answers: number[] = [];
    const client = clientWith((_ctx, _data, len) => {
      answers.push(dtlslib_continue(client));
      return len;
    }, undefined);
    expect(dtlslib_start_handshake(client, 0)).toBe(0);
    expect(answers).toEqual([0]);
  });
});

describe('dtlslib_get_timeout_ms()', () => {
  it('gives -1 for NULL, before the start, after completion and after free', () => {
    expect(dtlslib_get_timeout_ms(null)).toBe(-1);
    const pair = createPair();
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
    start(pair);
    run(pair);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_free_session(pair.client);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
  });

  it('gives the time in which the peer should answer a flight', () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.client, 0);
    const timeout = dtlslib_get_timeout_ms(pair.client);
    expect(Number.isInteger(timeout)).toBe(true);
    expect(timeout).toBeGreaterThanOrEqual(0);
    expect(timeout).toBeLessThanOrEqual(400);
  });

  it("gives -1 to a server before its first hello, and before a hello's cookie came back", () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.server, 1);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_start_handshake(pair.client, 0);
    dtlslib_continue(pair.server);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_continue(pair.client);
    dtlslib_continue(pair.server);
    expect(dtlslib_get_timeout_ms(pair.server)).toBeGreaterThanOrEqual(0);
  });
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

describe('a peer that ends the session', () => {
  it('is no error after completion when it sends close_notify', () => {
    const log = captureLog();
    const { session, connection, turn } = shakeHandsWith('client', ['SRTP_AES128_CM_SHA1_80']);
    connection.close(performance.now());
    turn();
    expect(dtlslib_continue(session)).toBe(1);
    expect(log.error).toEqual([]);
    expect(log.info).toContain('the peer closed the DTLS session');
  });
});
