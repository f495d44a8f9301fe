import { describe, expect, it } from 'vitest';
import { withRememberedCrypto } from './campaign-tests.ts';
import { Campaign, type SettingName } from './campaigns.ts';
import { judge } from './grammar.ts';
import type { Move } from './moves.ts';
import { expected, Play } from './play.ts';
import { orders } from './sequences.ts';

withRememberedCrypto();

interface Flight {
  readonly name: SettingName;
  /** What comes before, what may arrive in any order, and what comes behind. */
  readonly before: readonly Move[];
  readonly flight: readonly Move[];
  readonly behind: readonly Move[];
}

const FLIGHTS: readonly Flight[] = [
  {
    name: 'a client with a certificate',
    before: ['hello_verify_request'],
    flight: [
      'server_hello',
      'certificate',
      'server_key_exchange',
      'certificate_request',
      'server_hello_done',
    ],
    behind: ['change_cipher_spec', 'protected finished'],
  },
  {
    name: 'a server that requests a certificate',
    before: ['client_hello'],
    flight: [
      'certificate',
      'client_key_exchange',
      'certificate_verify',
      'change_cipher_spec',
      'protected finished',
    ],
    behind: [],
  },
];

/** The flight is sent in its order, and arrives in every other: `arriving` picks of its datagrams. */
function arrivals(
  { name, before, flight, behind }: Flight,
  arriving: (datagrams: Uint8Array[]) => Uint8Array[][],
): string[] {
  const { setting } = new Campaign(name);
  const count = arriving(flight.map(() => new Uint8Array(0))).length;
  return Array.from({ length: count }, (_, i) => {
    const play = new Play(setting);
    for (const move of before) play.move(move);
    const datagrams = flight.map((move) => play.player.move(move));
    for (const datagram of arriving(datagrams)[i] ?? []) play.deliver(datagram);
    for (const move of behind) play.move(move);
    return play.finish();
  });
}

describe('the order of arrival is the network’s, and the order of messages the peer’s (RFC 6347 §4.2.2)', () => {
  it.each(FLIGHTS)('$name: a flight completes in each of 120 orders of arrival', (flight) => {
    const { setting } = new Campaign(flight.name);
    const complete = expected(judge(setting, [...flight.before, ...flight.flight, ...flight.behind]));
    expect(complete).toMatch(/^connected/);
    expect(arrivals(flight, orders)).toEqual(Array.from({ length: 120 }, () => complete));
  });

  it.each(FLIGHTS)('$name: without one of its messages it completes in none', (flight) => {
    const withoutOne = (datagrams: Uint8Array[]): Uint8Array[][] =>
      datagrams.flatMap((_, i) =>
        flight.flight[i] === 'change_cipher_spec' ? [] : orders(datagrams.filter((_datagram, j) => j !== i)),
      );
    const outcomes = arrivals(flight, withoutOne);
    expect(outcomes).toHaveLength(24 * flight.flight.filter((move) => move !== 'change_cipher_spec').length);
    expect(outcomes.filter((outcome) => !outcome.startsWith('ERR_DTLS_HANDSHAKE_TIMEOUT'))).toEqual([]);
  });
});

describe('a server whose application judges the client at the very end', () => {
  it('completes the same sequences, and is locked until then', () => {
    const campaign = new Campaign('a server that requests a certificate');
    const setting = { ...campaign.setting, asks: 'at last' } as const;
    const sequences = campaign.singleChanges();
    const wrong = sequences.filter((moves) => {
      const play = new Play(setting);
      for (const move of moves) play.move(move);
      const early = play.connected;
      const verdict = judge(setting, moves);
      const outcome = play.finish();
      // Of those that do not complete some are refused that would wait, and the reverse: keys come later.
      const right =
        verdict.outcome === 'complete'
          ? outcome === expected(verdict)
          : outcome.includes('srtpKeys locked; exporter locked; send locked; outputs connected 0, message 0');
      return early || !right;
    });
    expect(sequences).toHaveLength(528);
    expect(wrong).toEqual([]);
  });
});
