import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  dtlslib_continue,
  dtlslib_create_session,
  dtlslib_free,
  dtlslib_free_cert,
  dtlslib_free_session,
  dtlslib_get_remote_fingerprint,
  dtlslib_get_timeout_ms,
  dtlslib_hash_type_sha_256,
  dtlslib_init,
  type dtlslib_read_data_cb,
  type dtlslib_send_data_cb,
  type dtlslib_session,
  dtlslib_start_handshake,
} from '../src/prosody/index.ts';
import { extract } from './prosody-peers.ts';
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
