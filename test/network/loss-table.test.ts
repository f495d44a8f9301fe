import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLAIN, type Shape } from './handshake.ts';
import { distributionOf, formatRows, leastRoundTrips, measure } from './loss-figures.ts';

const ROOT = resolve(import.meta.dirname, '../..');

function loss(...options: string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
} {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/run-program.mjs', 'test/network/loss-table.ts', ...options],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return { status, out: stdout, error: stderr };
}

describe('measure()', () => {
  const terms = { handshakes: 40, losses: [], rtt: 80, seed: 1 };

  it('counts those that complete on each side, and how long they take', () => {
    const [client, server] = measure({ ...PLAIN, cookie: 'gate' }, 20, terms);
    expect([client.completed, server.completed, client.of]).toEqual([40, 40, 40]);
    for (const { times } of [client, server]) {
      const { median = 0, p90 = 0, p95 = 0, p99 = 0, worst = 0 } = times ?? {};
      expect([median, p90, p95, p99, worst]).toEqual(
        [median, p90, p95, p99, worst].toSorted((a, b) => a - b),
      );
      expect(worst).toBeGreaterThan(400);
    }
    expect(client.times?.median).toBeGreaterThanOrEqual(3 * 80);
    expect(server.times?.median).toBeGreaterThanOrEqual(2.5 * 80);
  });

  it.each([
    ['none', 2, 1.5],
    ['cookieExchange', 3, 2.5],
    ['gate', 3, 2.5],
  ] as const)(
    'without loss, cookie %s: half take little more than the least there is, %d and %d round trips',
    (cookie, client, server) => {
      const shape: Shape = { ...PLAIN, cookie };
      const least = [client, server];
      const rows = measure(shape, 0, { ...terms, handshakes: 60 });
      expect(rows.map(({ side }) => leastRoundTrips(shape, side))).toEqual(least);
      rows.forEach(({ times }, i) => {
        const roundTrips = (times?.median ?? 0) / 80;
        expect(roundTrips).toBeGreaterThanOrEqual(least[i] ?? 0);
        expect(roundTrips).toBeLessThan((least[i] ?? 0) + 0.25);
      });
    },
  );

  it('is the same for the same seed, and another for another', () => {
    const shape: Shape = { ...PLAIN, mtu: 256 };
    const rows = measure(shape, 30, { ...terms, handshakes: 20 });
    expect(measure(shape, 30, { ...terms, handshakes: 20 })).toEqual(rows);
    expect(measure(shape, 30, { ...terms, handshakes: 20, seed: 2 })).not.toEqual(rows);
  });

  it('has no times where none complete', () => {
    const [client] = measure(PLAIN, 100, { ...terms, handshakes: 2 });
    expect(client).toMatchObject({ completed: 0, of: 2, times: undefined });
    expect(formatRows([client], 50)).toContain('0 of 2');
  });
});

describe('distributionOf()', () => {
  it('is by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(distributionOf(values)).toEqual({ median: 50, p90: 90, p95: 95, p99: 99, worst: 100 });
    expect(distributionOf([7])).toEqual({ median: 7, p90: 7, p95: 7, p99: 7, worst: 7 });
    expect(distributionOf([])).toBeUndefined();
  });
});

describe('npm run loss', () => {
  it('prints a table of all shapes, and exits with 0 when all complete', () => {
    const { status, out } = loss('--handshakes', '3', '--loss', '0,30', '--rtt', '60', '--seed', '9');
    expect(out).toMatch(/\n {3}0 % +client +3 of 3 /);
    expect(out).toMatch(/\n {2}30 % +server +3 of 3 /);
    expect(out.match(/^Certificates: /gm)).toHaveLength(8);
    expect(out).toMatch(/\n48 of 48 handshakes completed\.\n$/);
    expect(status).toBe(0);
  });

  it('exits with 1 when one does not complete', () => {
    // With round trips of 10 s, and nine in ten datagrams lost, 60 s are not enough.
    const { status, out } = loss('--handshakes', '1', '--loss', '90', '--rtt', '10000');
    expect(out).toMatch(/ 0 of 1 +- /);
    expect(status).toBe(1);
  });

  it.each([
    [['--handshakes', '0'], '--handshakes takes a whole number from 1 to 1,000,000, not "0"'],
    [['--loss', '5,x'], '--loss takes a number from 0 to 90, not "x"'],
    [['--rtt', ''], '--rtt takes a number from 1 to 10,000, not ""'],
    [['--seed', '1.5'], '--seed takes a whole number from 0 to 4,294,967,295, not "1.5"'],
    [['--what'], "Unknown option '--what'"],
  ])('refuses %s in a sentence', (options, sentence) => {
    const { status, out, error } = loss(...options);
    expect(error).toContain(sentence);
    expect([status, out]).toEqual([1, '']);
  });
});
