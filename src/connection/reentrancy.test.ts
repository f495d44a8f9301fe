import { describe, expect, it } from 'vitest';
import { certificateOf, makeEnd, makePair } from '../../test/lib/ends.ts';
import { Pair } from '../../test/lib/pair.ts';
import type { DtlsConnection } from './dtls-connection.ts';

describe('a callback that ends the connection', () => {
  it.each(['close', 'destroy'] as const)(
    '%s() in verifyPeer: nothing of the handshake goes out after it',
    (how) => {
      let client: DtlsConnection | undefined;
      const pair = makePair({
        verifyPeer: () => {
          if (how === 'close') client?.close(0);
          else client?.destroy();
          return true;
        },
      });
      client = pair.client;
      pair.start();
      expect(pair.client.state).toBe('closed');
      expect(pair.of('client', 'connected')).toEqual([]);
      // The hello, and after close() the goodbye; no Certificate.
      const sent = pair.sent.filter(({ from }) => from === 'client').map(({ datagram }) => datagram[0]);
      expect(sent).toEqual(how === 'close' ? [22, 21] : [22]);
      expect(() => pair.client.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    },
  );

  it.each(['close', 'destroy'] as const)(
    '%s() in selectContext: the server says nothing more of it',
    (how) => {
      let server: DtlsConnection | undefined;
      const pair = makePair(
        {},
        {
          selectContext: () => {
            server?.[how](0);
            return {};
          },
        },
      );
      server = pair.server;
      pair.start();
      expect(pair.server.state).toBe('closed');
      const sent = pair.sent.filter(({ from, datagram }) => from === 'server' && datagram[0] === 22);
      expect(sent).toEqual([]);
    },
  );

  it('a logger is told when all is done, and may end the connection then', () => {
    const outputs: string[] = [];
    let client: DtlsConnection | undefined;
    const logger = { info: (): void => client?.close(0) };
    client = makeEnd('client', { logger });
    const pair = new Pair(client, makeEnd('server')).start();
    for (const { type } of pair.outputs.client) outputs.push(type);
    expect(outputs).toEqual(['connected', 'closed']);
    expect(pair.server.state).toBe('closed');
  });

  it('a logger is told in the very call: of a timeout, an answer that is an Error, what comes after the end', () => {
    const lines: string[] = [];
    const logger = {
      warning: (line: string): void => void lines.push(line),
      debug: (line: string): void => void lines.push(line),
    };
    const lost = makeEnd('client', { logger, handshakeTimeout: 1000 });
    lost.start(0);
    lost.handleTimeout(1000);
    expect(lines.splice(0)).toEqual([expect.stringContaining('not complete after 1000 ms')]);
    lost.receive(Uint8Array.of(1), 1000);
    expect(lines.splice(0)).toEqual([expect.stringContaining('not_open')]);

    const pair = makePair({ logger, sign: 'request' }).start();
    const [request] = pair.of('client', 'request');
    pair.client.resolve(request?.id ?? 0, new Error('no such key'), 0);
    expect(lines.splice(0)).toEqual([expect.stringContaining('answered the request "sign" with an error')]);
  });

  it('a logger that throws harms nobody', () => {
    const fail = (): never => {
      throw new Error('full disk');
    };
    const logger = { info: fail, warning: fail, debug: fail };
    const pair = makePair({ logger }, { logger }).run();
    expect([pair.client.state, pair.server.state]).toEqual(['connected', 'connected']);
    pair.client.receive(Uint8Array.of(1, 2, 3), 0);
    pair.client.close(0);
    expect(pair.settle().server.state).toBe('closed');
  });

  it('a source of random bytes that uses its memory again does not disturb the handshake', () => {
    const shared = new Uint8Array(64);
    let calls = 0;
    const random = (length: number): Uint8Array => shared.subarray(0, length).fill(++calls);
    const pair = new Pair(
      makeEnd('client', { random }),
      makeEnd('server', { random, cookieExchange: true }),
    ).run();
    expect([pair.client.state, pair.server.state]).toEqual(['connected', 'connected']);
    expect(certificateOf('ecdsa-p256', 'client').der).toEqual(pair.server.remoteCertificate?.der);
  });
});
