import { expect } from 'vitest';
import type { DtlsErrorCode } from '../../src/errors/dtls-error.ts';
import type { AlertName } from '../../src/registry/alerts.ts';
import type { Pair } from './pair.ts';

type Side = 'client' | 'server';

/** No key, no message and no `connected` came out of this side. */
export function expectLocked(pair: Pair, side: Side): void {
  const connection = pair[side];
  const invalid = expect.objectContaining({ code: 'ERR_INVALID_STATE' });
  expect(connection.state).not.toBe('connected');
  expect(() => connection.srtpKeys()).toThrow(invalid);
  expect(() => connection.exportKeyingMaterial(20, 'EXPERIMENTAL test')).toThrow(invalid);
  expect(() => connection.send(Uint8Array.of(1), pair.now)).toThrow(invalid);
  expect([pair.of(side, 'connected'), pair.of(side, 'message')]).toEqual([[], []]);
}

/** One side has refused the other with this error, in words; the other has got the alert. */
export function expectRefusal(
  pair: Pair,
  side: Side,
  code: DtlsErrorCode,
  alert: AlertName,
  words?: RegExp,
): void {
  const [refusing, refused] = [pair[side], pair[side === 'client' ? 'server' : 'client']];
  expect({ code: refusing.error?.code, alert: refusing.error?.alert, state: refusing.state }).toEqual({
    code,
    alert,
    state: 'failed',
  });
  if (words !== undefined) expect(refusing.error?.message).toMatch(words);
  expect(refusing.error?.message).toMatch(/^[A-Z].*\.$/);
  expect(refusing.nextTimeout).toBeUndefined();
  expectLocked(pair, side);
  expect(pair.of(side, 'closed')).toEqual([{ type: 'closed', error: refusing.error }]);
  expect(refused.error).toMatchObject({ code: 'ERR_DTLS_ALERT_RECEIVED', alert });
  expect(refused.error?.message).toContain(alert);
}

/** Both sides are connected, and hold the same keys. */
export function expectConnected(pair: Pair): void {
  const { client, server } = pair;
  expect([client.error, server.error]).toEqual([undefined, undefined]);
  expect([client.state, server.state]).toEqual(['connected', 'connected']);
  for (const side of ['client', 'server'] as const) expect(pair.of(side, 'connected')).toHaveLength(1);
  const exported = (side: Side): Uint8Array => pair[side].exportKeyingMaterial(40, 'EXPERIMENTAL test');
  expect(exported('client')).toEqual(exported('server'));
}
