import { beforeEach, describe, expect, it, vi } from 'vitest';
import { randomBytes } from '../src/crypto/node/digest.ts';
import { openSslEngine } from '../src/crypto/node/openssl-engine.ts';
import { HelloGate } from '../src/handshake/server/gate.ts';
import { bytesOf, makeTransform, nameOfKind, type Packet, pass, TRANSFORM_KINDS } from './kernel-support.ts';
import { makePair } from './lib/ends.ts';
import { expectConnected } from './lib/expect.ts';

const seen = vi.hoisted(() => ({
  /** Lengths of what was compared in constant time. */
  compared: [] as number[],
  /** Memory that was filled at random. */
  filled: [] as Uint8Array[],
}));

vi.mock('node:crypto', async (importOriginal) => {
  const actual = await importOriginal<typeof import('node:crypto')>();
  return {
    ...actual,
    timingSafeEqual: (a: Uint8Array, b: Uint8Array) => {
      seen.compared.push(a.length);
      return actual.timingSafeEqual(a, b);
    },
    randomFillSync: (memory: Uint8Array) => {
      seen.filled.push(memory);
      return actual.randomFillSync(memory);
    },
  };
});

beforeEach(() => {
  seen.compared.length = 0;
});

describe('timingSafeEqual() of node:crypto compares', () => {
  it('the verify_data of both Finished messages', () => {
    expectConnected(makePair({ verifyPeer: () => true }, { verifyPeer: () => true }).run());
    expect(seen.compared).toEqual([12, 12]);
  });

  it('cookies, of a connection and of a gate', () => {
    const pair = makePair({}, { cookieExchange: true });
    expectConnected(pair.run());
    expect(seen.compared).toContain(32);

    seen.compared.length = 0;
    const gate = new HelloGate();
    const peer = { address: '192.0.2.1', port: 5000 };
    const { client } = makePair();
    client.start(0);
    const results: string[] = [];
    for (let output = client.poll(); output?.type === 'datagram'; output = client.poll()) {
      const result = gate.receive(output.datagram, peer, 0);
      results.push(result.type);
      if (result.type === 'reply') client.receive(result.datagram, 0);
    }
    expect(results).toEqual(['reply', 'admission']);
    expect(seen.compared).toContain(32);
  });

  it.each(
    TRANSFORM_KINDS.filter(({ cipher }) => cipher === 'cm').map((kind) => [nameOfKind(kind), kind] as const),
  )('tags without WebAssembly, %s', (_, kind) => {
    const engine = openSslEngine();
    const transform = makeTransform(engine, kind, 1);
    const packet: Packet = {
      body: bytesOf(1, 40),
      cipherStart: 12,
      gap: 0,
      mki: 0,
      behind: 0,
      ssrc: 1,
      indexHigh: 0,
      indexLow: 1,
      suffix: 0,
    };
    const { bodies, tags } = pass(engine, transform, 'protect', [packet]);
    const [body = packet.body] = bodies;
    expect(pass(engine, transform, 'unprotect', [{ ...packet, body }], tags).results).toEqual([1]);
    expect(seen.compared).toEqual([kind.tagLength]);
  });
});

describe('randomBytes()', () => {
  it('leaves nothing of what it hands out where it came from (S28)', () => {
    for (let i = 0; i < 200; i++) {
      const bytes = randomBytes(40);
      for (const stock of seen.filled) expect(Buffer.from(stock).includes(Buffer.from(bytes))).toBe(false);
    }
    expect(seen.filled.length).toBeGreaterThanOrEqual(1);
  });
});
