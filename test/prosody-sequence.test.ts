import { describe, expect, it } from 'vitest';
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
  psDTLSSocketPoll,
  psDTLSSocketRcv,
  psDTLSSocketSend,
  psDTLSSocketSetLimitTime,
} from '../src/prosody/index.ts';
import { facing, HAS_IPV6, plainSocket, useSockets } from './prosody-sockets.ts';
import { captureLog, ecdsaCertificate, present, text } from './prosody-support.ts';

useSockets();

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
    psDTLSSocketSetLimitTime(sock, 60_000);
    let result: number = dtlslib_start_handshake(sess, 0);
    let polled: number = 0;
    let hellos = 0;
    silent.on('message', () => {
      hellos++;
      if (hellos === 2) psDTLSSocketSetLimitTime(sock, 1);
    });
    while (result === 0) {
      polled = await psDTLSSocketPoll(sock, dtlslib_get_timeout_ms(sess));
      if (polled < 0) break;
      result = dtlslib_continue(sess);
    }
    expect([polled, result]).toEqual([-1, 0]);
    expect(hellos).toBe(2);
    dtlslib_free_session(sess);
  });
});
