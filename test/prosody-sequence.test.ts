import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
  dtlslib_hash_type_sha_256,
  dtlslib_init,
  dtlslib_start_handshake,
  type psDTLSSocket,
  psDTLSSocketConfigIPv4,
  psDTLSSocketConfigIPv6,
  psDTLSSocketCreate,
  psDTLSSocketDestroy,
  psDTLSSocketDtorLib,
  psDTLSSocketInitLib,
  psDTLSSocketPoll,
  psDTLSSocketRcv,
  psDTLSSocketSend,
  psDTLSSocketSetLimitTime,
} from '../src/prosody/index.ts';
import { captureLog, ecdsaCertificate, present, resetLog, text } from './prosody-support.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

beforeEach(() => {
  expect(psDTLSSocketInitLib()).toBe(0);
});

const plainSockets: Socket[] = [];

afterEach(() => {
  psDTLSSocketDtorLib();
  for (const socket of plainSockets.splice(0)) socket.close();
  resetLog();
});

async function plainSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  plainSockets.push(socket);
  return socket;
}

/** Two sockets that have each other as their target. */
function facing(): [psDTLSSocket, psDTLSSocket] {
  const [a, b] = [present(psDTLSSocketCreate()), present(psDTLSSocketCreate())];
  expect(psDTLSSocketConfigIPv4(a, '127.0.0.1', b.port)).toBe(0);
  expect(psDTLSSocketConfigIPv4(b, '127.0.0.1', a.port)).toBe(0);
  return [a, b];
}

interface Outcome {
  readonly result: number;
  readonly fingerprint: string;
  readonly announced: string;
  readonly mode: number;
  readonly tx: Buffer;
  readonly rx: Buffer;
}

/** The typical application sequence of the document, from dtlslib_init to dtlslib_free. */
async function application(sock: psDTLSSocket, is_server: 0 | 1): Promise<Outcome> {
  const lib = dtlslib_init(Buffer.from('context'), 7);
  const cert = ecdsaCertificate(is_server ? 'server' : 'client');
  const announced = Buffer.alloc(200);
  dtlslib_get_cert_fingerprint(cert, announced, announced.length);
  const sess = dtlslib_create_session(lib, cert, psDTLSSocketSend, sock, psDTLSSocketRcv, sock);

  psDTLSSocketSetLimitTime(sock, 20_000);
  let result: number = dtlslib_start_handshake(sess, is_server);
  while (result === 0) {
    if ((await psDTLSSocketPoll(sock, dtlslib_get_timeout_ms(sess))) < 0) break;
    result = dtlslib_continue(sess);
  }

  const fingerprint = Buffer.alloc(200);
  dtlslib_get_remote_fingerprint(sess, dtlslib_hash_type_sha_256, fingerprint, fingerprint.length);
  const mode = { value: 0 };
  const [tx, rx] = [Buffer.alloc(30), Buffer.alloc(30)];
  if (result === 1) expect(dtlslib_extract_srtp_keys(sess, mode, tx, rx)).toBe(0);
  dtlslib_free_session(sess);
  dtlslib_free_cert(cert);
  dtlslib_free(lib);
  return { result, fingerprint: text(fingerprint), announced: text(announced), mode: mode.value, tx, rx };
}

function expectAgreement(client: Outcome, server: Outcome): void {
  expect([client.result, server.result]).toEqual([1, 1]);
  expect(client.fingerprint).toBe(server.announced);
  expect(server.fingerprint).toBe(client.announced);
  expect([client.mode, server.mode]).toEqual([1, 1]);
  expect(client.tx).toEqual(server.rx);
  expect(client.rx).toEqual(server.tx);
}

describe('the typical application sequence', () => {
  it('gives both sides the same keys over IPv4', async () => {
    const log = captureLog();
    const [a, b] = facing();
    const [client, server] = await Promise.all([application(a, 0), application(b, 1)]);
    expectAgreement(client, server);
    expect([...log.error, ...log.warning]).toEqual([]);
  });

  it.skipIf(!HAS_IPV6)('gives both sides the same keys over IPv6', async () => {
    const [a, b] = [present(psDTLSSocketCreate()), present(psDTLSSocketCreate())];
    expect(psDTLSSocketConfigIPv6(a, '::1', b.port)).toBe(0);
    expect(psDTLSSocketConfigIPv6(b, '0:0:0:0:0:0:0:1', a.port)).toBe(0);
    const [client, server] = await Promise.all([application(a, 0), application(b, 1)]);
    expectAgreement(client, server);
  });

  it('lets a server without a target find its client by the cookie, and hear nobody else after', async () => {
    const a = present(psDTLSSocketCreate());
    const b = present(psDTLSSocketCreate());
    psDTLSSocketConfigIPv4(a, '127.0.0.1', b.port);
    const stranger = await plainSocket();
    const [client, server] = await Promise.all([application(a, 0), application(b, 1)]);
    expectAgreement(client, server);
    stranger.send(Uint8Array.of(22, 1, 2), b.port, '127.0.0.1');
    await expect.poll(() => b.stats.discards.other_source).toBe(1);
  });

  it('is not led astray by the hellos of strangers before the peer is found', async () => {
    const [sockA, sockB] = [present(psDTLSSocketCreate()), present(psDTLSSocketCreate())];
    psDTLSSocketConfigIPv4(sockA, '127.0.0.1', sockB.port);
    const stranger = await plainSocket();
    const answered: number[] = [];
    stranger.on('message', (datagram: Buffer) => answered.push(datagram[13] ?? -1));
    const lib = dtlslib_init(null, 0);
    const cert = ecdsaCertificate('x');
    let hello: Uint8Array = new Uint8Array(0);
    const decoy = dtlslib_create_session(
      lib,
      cert,
      (_ctx: null, data: Uint8Array, len: number) => {
        hello = data;
        return len;
      },
      null,
      () => 0,
      null,
    );
    dtlslib_start_handshake(decoy, 0);
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

  it('goes over the RTP port, while RTP passes untouched', async () => {
    const [rtpA, rtpB] = [await plainSocket(), await plainSocket()];
    const rtpSeen: Buffer[] = [];
    rtpB.on('message', (packet: Buffer) => {
      if ((packet[0] ?? 0) >= 128 && (packet[0] ?? 0) <= 191) rtpSeen.push(packet);
    });
    const [a, b] = [present(psDTLSSocketCreate(rtpA)), present(psDTLSSocketCreate(rtpB))];
    expect(a.port).toBe(rtpA.address().port);
    psDTLSSocketConfigIPv4(a, '127.0.0.1', b.port);
    psDTLSSocketConfigIPv4(b, '127.0.0.1', a.port);

    const packets = Array.from({ length: 10 }, (_, i) => Buffer.from([0x80, 96, 0, i, 1, 2, 3, 4]));
    const media = (async () => {
      for (const packet of packets) {
        rtpA.send(packet, b.port, '127.0.0.1');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const [client, server] = await Promise.all([application(a, 0), application(b, 1), media]);
    expectAgreement(client, server);
    await expect.poll(() => rtpSeen).toEqual(packets);

    psDTLSSocketDestroy(a);
    psDTLSSocketDestroy(b);
    expect(rtpB.listenerCount('message')).toBe(1);
    rtpA.send(Buffer.from([0x80, 97]), rtpB.address().port, '127.0.0.1');
    await expect.poll(() => rtpSeen.length).toBe(11);
  });

  it('ends at the limit when nobody answers', async () => {
    const silent = await plainSocket();
    const sock = present(psDTLSSocketCreate());
    psDTLSSocketConfigIPv4(sock, '127.0.0.1', silent.address().port);
    const lib = dtlslib_init(null, 0);
    const sess = dtlslib_create_session(
      lib,
      ecdsaCertificate('x'),
      psDTLSSocketSend,
      sock,
      psDTLSSocketRcv,
      sock,
    );
    psDTLSSocketSetLimitTime(sock, 600);
    let result: number = dtlslib_start_handshake(sess, 0);
    let polled: number = 0;
    let hellos = 0;
    silent.on('message', () => hellos++);
    while (result === 0) {
      polled = await psDTLSSocketPoll(sock, dtlslib_get_timeout_ms(sess));
      if (polled < 0) break;
      result = dtlslib_continue(sess);
    }
    expect([polled, result]).toEqual([-1, 0]);
    expect(hellos).toBeGreaterThanOrEqual(2);
    dtlslib_free_session(sess);
  });
});
