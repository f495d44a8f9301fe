import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  dtlslib_continue,
  dtlslib_free_session,
  dtlslib_get_timeout_ms,
  dtlslib_start_handshake,
} from '../src/prosody/index.ts';
import { createPair, holdClock, type Pair, run, start } from './prosody-support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Nothing that is under way arrives. */
function loseAll({ clientEnd, serverEnd }: Pair): void {
  clientEnd.inbox.length = 0;
  serverEnd.inbox.length = 0;
}

describe('dtlslib_continue()', () => {
  it('sends a lost flight again once its time is over, and not before', () => {
    const clock = holdClock();
    const pair = createPair();
    start(pair);
    pair.serverEnd.inbox.length = 0;
    const timeout = dtlslib_get_timeout_ms(pair.client);
    expect(timeout).toBeGreaterThan(1);
    clock.advance(timeout - 1);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(1);
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(pair.serverEnd.inbox).toHaveLength(0);
    clock.advance(1);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(0);
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(pair.serverEnd.inbox).toHaveLength(1);
    expect(run(pair)).toEqual({ client: 1, server: 1 });
  });

  it('answers a peer that repeats itself after completion, and gives 1', () => {
    const clock = holdClock();
    const pair = createPair();
    start(pair);
    while (dtlslib_continue(pair.server) === 0) expect(dtlslib_continue(pair.client)).toBe(0);
    pair.clientEnd.inbox.length = 0; // the server's last flight is lost
    clock.advance(dtlslib_get_timeout_ms(pair.client));
    expect(dtlslib_continue(pair.client)).toBe(0);
    expect(pair.clientEnd.inbox).toHaveLength(0);
    expect(dtlslib_continue(pair.server)).toBe(1);
    expect(pair.clientEnd.inbox.length).toBeGreaterThan(0);
    expect(dtlslib_continue(pair.client)).toBe(1);
  });

  it.each(['client', 'server'] as const)(
    'goes on for as long as the application wants: a %s that waits for an hour then completes',
    (waiting) => {
      const clock = holdClock();
      const pair = createPair();
      start(pair);
      // A server has no timer before a hello with its cookie.
      for (let turn = 0; turn < 2; turn++)
        expect([dtlslib_continue(pair.server), dtlslib_continue(pair.client)]).toEqual([0, 0]);
      loseAll(pair);
      let waited = 0;
      while (waited < 3_600_000) {
        const timeout = dtlslib_get_timeout_ms(pair[waiting]);
        expect(timeout).toBeGreaterThan(0);
        clock.advance(timeout);
        waited += timeout;
        expect(dtlslib_continue(pair[waiting])).toBe(0);
        loseAll(pair);
      }
      clock.advance(60_000);
      expect(run(pair)).toEqual({ client: 1, server: 1 });
    },
  );
});

describe('dtlslib_get_timeout_ms()', () => {
  it('gives -1 for NULL, before the start, after completion and after free', () => {
    expect(dtlslib_get_timeout_ms(null)).toBe(-1);
    const pair = createPair();
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
    start(pair);
    run(pair);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_free_session(pair.client);
    expect(dtlslib_get_timeout_ms(pair.client)).toBe(-1);
  });

  it('gives the time in which the peer should answer a flight', () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.client, 0);
    const timeout = dtlslib_get_timeout_ms(pair.client);
    expect(Number.isInteger(timeout)).toBe(true);
    expect(timeout).toBeGreaterThanOrEqual(0);
    expect(timeout).toBeLessThanOrEqual(400);
  });

  it("gives -1 to a server before its first hello, and before a hello's cookie came back", () => {
    const pair = createPair();
    dtlslib_start_handshake(pair.server, 1);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_start_handshake(pair.client, 0);
    dtlslib_continue(pair.server);
    expect(dtlslib_get_timeout_ms(pair.server)).toBe(-1);
    dtlslib_continue(pair.client);
    dtlslib_continue(pair.server);
    expect(dtlslib_get_timeout_ms(pair.server)).toBeGreaterThanOrEqual(0);
  });
});
