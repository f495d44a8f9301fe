import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  dtlslib_continue,
  dtlslib_create_session,
  dtlslib_get_timeout_ms,
  dtlslib_init,
  type dtlslib_session,
  dtlslib_start_handshake,
  type psDTLSSocket,
  psDTLSSocketConfigIPv4,
  psDTLSSocketCreate,
  psDTLSSocketPoll,
  psDTLSSocketRcv,
  psDTLSSocketSend,
} from '../src/prosody/index.ts';
import { plainSocket, useSockets } from './prosody-sockets.ts';
import { ecdsaCertificate, present } from './prosody-support.ts';

useSockets();

const POLL = { interval: 1, timeout: 30_000 };
const HELLO_VERIFY_REQUEST = 3;

/** The first datagram of a client. */
function helloOfAClient(): Uint8Array {
  let hello: Uint8Array = new Uint8Array(0);
  const decoy = dtlslib_create_session(
    dtlslib_init(null, 0),
    ecdsaCertificate('x'),
    (_ctx: null, data: Uint8Array, len: number) => {
      hello = data.slice(0, len);
      return len;
    },
    null,
    () => 0,
    null,
  );
  dtlslib_start_handshake(decoy, 0);
  return hello;
}

/** The second hello of the client that said `hello` (RFC 6347 §4.2.1). */
function withCookie(hello: Uint8Array, cookie: Uint8Array): Uint8Array {
  // Record header 13 bytes, handshake header 12, version and random 34, then the empty session ID and cookie.
  const body = Buffer.concat([
    hello.subarray(25, 60),
    Uint8Array.of(cookie.length),
    cookie,
    hello.subarray(61),
  ]);
  const headers = Buffer.from(hello.subarray(0, 25));
  headers.writeUInt16BE(1, 9); // record 1
  headers.writeUInt16BE(12 + body.length, 11);
  headers.writeUIntBE(body.length, 14, 3);
  headers.writeUInt16BE(1, 17); // message 1
  headers.writeUIntBE(body.length, 22, 3);
  return Buffer.concat([headers, body]);
}

interface Stranger {
  readonly hello: Uint8Array;
  /** Types of the handshake messages that came back. */
  readonly answers: number[];
  readonly socket: Socket;
  send(datagram: Uint8Array): void;
}

/** Somebody at an address of their own, with a client's hello. */
async function stranger(port: number): Promise<Stranger> {
  const socket = await plainSocket();
  const answers: number[] = [];
  socket.on('message', (datagram: Buffer) => answers.push(datagram[13] ?? -1));
  const send = (datagram: Uint8Array): void => socket.send(datagram, port, '127.0.0.1');
  return { hello: helloOfAClient(), answers, socket, send };
}

/** A server that waits for whoever says hello; `cookieFor` lets somebody fetch a cookie. */
async function cookieServer(): Promise<{
  readonly sock: psDTLSSocket;
  readonly port: number;
  readonly session: dtlslib_session;
  cookieFor(from: Stranger): Promise<Uint8Array>;
}> {
  const sock = present(psDTLSSocketCreate());
  const [lib, cert] = [dtlslib_init(null, 0), ecdsaCertificate('server')];
  const session = present(dtlslib_create_session(lib, cert, psDTLSSocketSend, sock, psDTLSSocketRcv, sock));
  expect(dtlslib_start_handshake(session, 1)).toBe(0);
  const cookieFor = async (from: Stranger): Promise<Uint8Array> => {
    const answered = once(from.socket, 'message');
    from.send(from.hello);
    expect(await psDTLSSocketPoll(sock, -1)).toBe(1);
    expect(dtlslib_continue(session)).toBe(0);
    const [request] = (await answered) as [Buffer];
    expect(request[13]).toBe(HELLO_VERIFY_REQUEST);
    return Uint8Array.from(request.subarray(28)); // behind both headers, the version and the length
  };
  return { sock, port: sock.port, session, cookieFor };
}

describe('a server without a target', () => {
  it('is not led astray by the hellos of strangers before the peer is found', async () => {
    const [sockA, sockB] = [present(psDTLSSocketCreate()), present(psDTLSSocketCreate())];
    psDTLSSocketConfigIPv4(sockA, '127.0.0.1', sockB.port);
    const stranger = await plainSocket();
    const answered: number[] = [];
    stranger.on('message', (datagram: Buffer) => answered.push(datagram[13] ?? -1));
    const lib = dtlslib_init(null, 0);
    const cert = ecdsaCertificate('x');
    const hello = helloOfAClient();
    const client = dtlslib_create_session(lib, cert, psDTLSSocketSend, sockA, psDTLSSocketRcv, sockA);
    const server = dtlslib_create_session(lib, cert, psDTLSSocketSend, sockB, psDTLSSocketRcv, sockB);
    const strangerSpeaks = async (): Promise<number> => {
      stranger.send(hello, sockB.port, '127.0.0.1');
      await psDTLSSocketPoll(sockB, -1);
      return dtlslib_continue(server);
    };

    dtlslib_start_handshake(server, 1);
    expect(await strangerSpeaks()).toBe(0);
    dtlslib_start_handshake(client, 0);
    await psDTLSSocketPoll(sockB, -1);
    expect(dtlslib_continue(server)).toBe(0);
    expect(await strangerSpeaks()).toBe(0);

    let results = [0, 0];
    for (let turn = 0; turn < 20 && results.join() !== '1,1'; turn++) {
      await psDTLSSocketPoll(sockA, 10);
      const result = dtlslib_continue(client);
      await psDTLSSocketPoll(sockB, 10);
      results = [result, dtlslib_continue(server)];
    }
    expect(results).toEqual([1, 1]);
    // HelloVerifyRequests are all that the stranger ever saw.
    await expect.poll(() => answered).toEqual([3, 3]);
  });

  it('does not take for its peer who shows a cookie that went to another address', async () => {
    const server = await cookieServer();
    const [a, b] = [await stranger(server.port), await stranger(server.port)];
    const cookie = await server.cookieFor(a);
    const cookieOfB = await server.cookieFor(b);
    expect(cookieOfB).not.toEqual(cookie);

    b.send(withCookie(a.hello, cookie));
    expect(await psDTLSSocketPoll(server.sock, -1)).toBe(1);
    expect(dtlslib_continue(server.session)).toBe(0);
    expect(dtlslib_get_timeout_ms(server.session)).toBe(-1);

    a.send(withCookie(a.hello, cookie));
    expect(await psDTLSSocketPoll(server.sock, -1)).toBe(1);
    expect(dtlslib_continue(server.session)).toBe(0);
    await expect.poll(() => a.answers.length, POLL).toBeGreaterThan(1);
    // It is asked for another cookie, as if it had shown none.
    expect(b.answers).toEqual([HELLO_VERIFY_REQUEST, HELLO_VERIFY_REQUEST]);
  });

  it('does not read a datagram of a hello without and one with a cookie', async () => {
    const server = await cookieServer();
    const [a, b] = [await stranger(server.port), await stranger(server.port)];
    const cookie = await server.cookieFor(a);
    b.send(Buffer.concat([b.hello, withCookie(a.hello, cookie)]));
    await expect.poll(() => server.sock.stats.discards.no_peer, POLL).toBe(1);
    expect(server.sock.stats.received).toBe(1);
    expect(dtlslib_continue(server.session)).toBe(0);
    expect(dtlslib_get_timeout_ms(server.session)).toBe(-1);
  });

  it('finds a client that answers the first of two cookies', async () => {
    const server = await cookieServer();
    const a = await stranger(server.port);
    const cookie = await server.cookieFor(a);
    expect(await server.cookieFor(a)).not.toEqual(cookie);
    a.send(withCookie(a.hello, cookie));
    expect(await psDTLSSocketPoll(server.sock, -1)).toBe(1);
    expect(dtlslib_continue(server.session)).toBe(0);
    expect(dtlslib_get_timeout_ms(server.session)).toBeGreaterThanOrEqual(0);
    expect(server.sock.stats.discards.no_peer).toBe(0);
  });
});
