import { describe, expect, it } from 'vitest';
import type { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import { DtlsServer } from '../../src/connection/dtls-server.ts';
import { HelloGate } from '../../src/handshake/server/gate.ts';
import { withRememberedCrypto } from './campaign-tests.ts';
import { Campaign, type SettingName } from './campaigns.ts';
import { judge, type Setting } from './grammar.ts';
import { type Host, optionsOf, playAll } from './play.ts';

withRememberedCrypto();

const PEER = { address: '192.0.2.1', port: 4000 } as const;

/** A `DtlsServer` that the player alone talks to. Its gate's cookies are always the same. */
function behindGate(setting: Setting): Host {
  const { role: _role, cookieExchange: _cookie, ...options } = optionsOf(setting);
  const gate = new HelloGate({ secret: new Uint8Array(32).fill(5) });
  const server = new DtlsServer({ accept: () => options, gate });
  let connection: DtlsConnection | undefined;
  return {
    get connection() {
      return connection;
    },
    receive: (datagram) => server.receive(datagram, PEER, 0),
    poll: () => {
      const polled = server.poll();
      connection ??= polled?.connection;
      return polled?.output;
    },
  };
}

describe('a DtlsServer completes legal sequences of messages and no others (S16)', () => {
  it.each<readonly [SettingName, readonly [played: number, complete: number, wait: number, refuse: number]]>([
    ['a server that wants a cookie and a certificate', [792, 210, 348, 234]],
    ['a server that wants a cookie', [620, 203, 261, 156]],
  ])('%s', (name, [played, complete, wait, refuse]) => {
    const campaign = new Campaign(name);
    const { setting } = campaign;
    // After a refusal there is no connection, and the peer may begin another.
    const sequences = [...campaign.singleChanges(), ...campaign.randomWalks(2, 200)].map((moves) =>
      moves.slice(0, judge(setting, moves).counting),
    );
    const tally = playAll(setting, sequences, behindGate);
    expect(tally).toEqual({ played, complete, wait, refuse, deviations: [] });
  });
});
