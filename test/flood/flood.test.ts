import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import { HelloGate } from '../../src/handshake/server/gate.ts';
import { ServerEndpoint } from '../interop/lib/server-endpoint.ts';
import { described, peerOf } from './lib/hellos.ts';
import { LiveClients } from './lib/live-clients.ts';
import { Report } from './lib/report.ts';
import { NO_STORM, Storm } from './lib/storm.ts';
import { hasManyAddresses, udpStorm } from './lib/udp-storm.ts';
import { virtualFlood } from './lib/virtual-flood.ts';

/** What is printed goes nowhere. */
const nowhere = (): void => undefined;

describe('a storm of hellos while live connections talk', () => {
  it('5,000 strangers in virtual time: no message is lost, memory is flat, nobody gets a connection (S2, S5)', () => {
    const lines: string[] = [];
    const terms = { hellos: 5000, connections: 20, seed: 1 };
    const { holds, sentences } = virtualFlood(terms, (line) => void lines.push(line));
    expect(sentences.filter((sentence) => !sentence.startsWith('holds'))).toEqual([]);
    expect(holds).toBe(true);
    expect(lines).toHaveLength(11); // the headings, and a line for each tenth
  });

  it('300 strangers over UDP, each from an address of its own', async () => {
    const certificate = createCertificate();
    const clients = new LiveClients();
    const options = {
      certificate,
      remoteFingerprints: [clients.fingerprint],
      srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
    };
    await using endpoint = await ServerEndpoint.open({ accept: () => options }, ({ connection, output }) => {
      if (output.type === 'message') connection?.send(output.data, performance.now());
    });
    const { port, server } = endpoint;
    await clients.talk(5, 1, { port, fingerprint: `sha-256 ${certificate.fingerprint()}` });
    const storm = await udpStorm({ port, hellos: 300, seed: 1, manyAddresses: await hasManyAddresses() });
    const talk = await clients.stop();
    expect([storm.hellos, storm.replies]).toEqual([300, 240]);
    expect(storm.bytesReceived).toBeLessThanOrEqual(storm.bytesSent);
    expect(talk).toEqual({ sent: talk.sent, answered: talk.sent, lost: 0 });
    expect(talk.sent).toBeGreaterThan(5);
    expect(server.stats).toMatchObject({ peers: 5, opened: 5, handshakes: 0 });
  });
});

describe('the strangers of a storm', () => {
  it('are the same for the same seed, and others for another', () => {
    const said = (seed: number): unknown[] => {
      const storm = new Storm(seed);
      return Array.from({ length: 100 }, (_, number) => storm.gust(number));
    };
    expect(said(1)).toEqual(said(1));
    expect(said(1)).not.toEqual(said(2));
  });

  it('get a reply, or none, as they should; also with the cookies of each other', () => {
    const gate = new HelloGate();
    const storm = new Storm(7);
    for (let number = 0; number < 2000; number++) {
      const { datagrams, answered } = storm.gust(number);
      let replies = 0;
      for (const datagram of datagrams) {
        const result = gate.receive(datagram, peerOf(number), number);
        expect(described(result)).not.toBe('admission');
        if (result.type !== 'reply') continue;
        replies++;
        storm.replied(number, result.datagram);
      }
      expect(replies).toBe(answered ? 1 : 0);
    }
  });
});

describe('the verdict on a storm', () => {
  const gate = { received: 100, replies: 80, admissions: 0, waiting: 0, discards: {} };
  const server = { peers: 5, handshakes: 0, opened: 5, replaced: 0, refusals: {}, gate };
  const storm = { ...NO_STORM, hellos: 100, replies: 80, bytesSent: 20_000, bytesReceived: 4800 };
  const talk = { sent: 50, answered: 50, lost: 0 };

  function verdict(
    change: { storm?: object; talk?: object; server?: object } = {},
    between: () => void = nowhere,
  ): boolean {
    const report = new Report(nowhere);
    report.add(storm, talk, server);
    between();
    report.add({ ...storm, ...change.storm }, { ...talk, ...change.talk }, { ...server, ...change.server });
    return report.verdict(5).holds;
  }

  it('holds when all is well', () => expect(verdict()).toBe(true));

  it.each<[string, Parameters<typeof verdict>[0]]>([
    ['a message is lost', { talk: { answered: 49, lost: 1 } }],
    ['a message has no answer', { talk: { answered: 49 } }],
    ['nobody has talked', { talk: { sent: 0, answered: 0 } }],
    ['a stranger has a connection', { server: { opened: 6 } }],
    ['a live connection is gone', { server: { peers: 4 } }],
    ['more bytes went out than came in', { storm: { bytesReceived: 20_001 } }],
  ])('does not when %s', (_, change) => expect(verdict(change)).toBe(false));

  it('does not when memory has grown', () => {
    const kept: unknown[] = [];
    expect(verdict({}, () => void kept.push(new Uint8Array(3_000_000).fill(1)))).toBe(false);
    expect(kept).toHaveLength(1);
  });
});
