import { describe, expect, it } from 'vitest';
import { certificateOf, makePair, pairWith } from '../../test/lib/ends.ts';
import { expectConnected, expectLocked, expectRefusal } from '../../test/lib/expect.ts';
import type { HashName } from '../registry/algorithms.ts';

type Side = 'client' | 'server';
const SIDES: readonly Side[] = ['client', 'server'];
const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

const HASHES: readonly HashName[] = ['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'];

/** A fingerprint of the peer's certificate, or of somebody else's. */
const right = (side: Side, hash: HashName): string =>
  `${hash} ${certificateOf('ecdsa-p256', other(side)).fingerprint(hash)}`;
const wrong = (hash: HashName): string =>
  `${hash} ${certificateOf('ecdsa-p256', 'stranger').fingerprint(hash)}`;
const UNKNOWN = 'sha3-256 AB:CD';

describe.each(SIDES)('remoteFingerprints of the %s, checked inside the handshake (S18)', (side) => {
  const rows = HASHES.flatMap((hash): [string, string[], boolean][] => [
    [`${hash}: match`, [right(side, hash)], true],
    [`${hash}: mismatch`, [wrong(hash)], false],
    [`${hash}: several, one of which matches`, [wrong(hash), right(side, hash), wrong(hash)], true],
    [`${hash}: several, none of which matches`, [wrong(hash), wrong(hash)], false],
    [`${hash}: match beside an unknown hash`, [UNKNOWN, right(side, hash)], true],
    [`${hash}: in lower case`, [right(side, hash).toLowerCase()], true],
  ]);
  const mixed = HASHES.slice(1).flatMap((strong, i): [string, string[], boolean][] => {
    const weak = HASHES[i] ?? 'sha-1';
    return [
      [`${weak} matches, ${strong} does not`, [right(side, weak), wrong(strong)], false],
      [`${strong} matches, ${weak} does not`, [wrong(weak), right(side, strong)], true],
    ];
  });
  it.each([...rows, ...mixed, ['an unknown hash only', [UNKNOWN], false] as const])(
    '%s',
    (_, list, accepted) => {
      const pair = pairWith(side, { remoteFingerprints: list }).run();
      if (accepted) {
        expectConnected(pair);
        expect(pair[side].srtpKeys().profile).toBe('SRTP_AES128_CM_SHA1_80');
      } else {
        expectRefusal(pair, side, 'ERR_DTLS_FINGERPRINT_MISMATCH', 'bad_certificate', /fingerprint/);
      }
    },
  );

  it('the refusal says what was expected and what came', () => {
    const pair = pairWith(side, { remoteFingerprints: [wrong('sha-256')] }).run();
    expect(pair[side].error?.message).toContain(right(side, 'sha-256'));
    expect(pair[side].error?.message).toContain(wrong('sha-256'));
    expect(pair[side].remoteFingerprint()).toBe(right(side, 'sha-256').split(' ')[1]);
  });

  it('takes the shape of W3C', () => {
    const [algorithm = '', value = ''] = right(side, 'sha-256').split(' ');
    expectConnected(pairWith(side, { remoteFingerprints: [{ algorithm, value }] }).run());
  });
});

describe.each(SIDES)("remoteFingerprints: 'later' of the %s", (side) => {
  const list = [right(side, 'sha-256')];

  it('given before the handshake', () => {
    const pair = pairWith(side, { remoteFingerprints: 'later' });
    pair[side].setRemoteFingerprints(list, 0);
    expectConnected(pair.run());
  });

  it('given during the handshake, before the certificate and after it', () => {
    for (const at of [0, 1, 2, 3]) {
      let count = 0;
      const pair = pairWith(side, { remoteFingerprints: 'later' });
      pair.path = (datagram) => {
        if (count++ === at) pair[side].setRemoteFingerprints(list, pair.now);
        return [datagram];
      };
      expectConnected(pair.run());
    }
  });

  it('given after the handshake: until then all is locked, and messages are held', () => {
    const pair = pairWith(side, { remoteFingerprints: 'later' }).start();
    expect(pair[other(side)].state).toBe('connected');
    expect(pair[side].state).toBe('connecting');
    expect(pair[side].nextTimeout).toBeUndefined();
    pair[other(side)].send(Buffer.from('first'), 0);
    pair[other(side)].send(Buffer.from('second'), 0);
    pair.settle();
    expectLocked(pair, side);
    expect(() => pair[side].srtpKeys()).toThrow(/setRemoteFingerprints/);
    expect(pair[side].remoteFingerprint()).toBe(right(side, 'sha-256').split(' ')[1]);

    pair[side].setRemoteFingerprints(list, 5);
    expectConnected(pair.settle());
    const kinds = pair.outputs[side].map(({ type }) => type);
    expect(kinds).toEqual(['connected', 'message', 'message']);
    expect(pair.of(side, 'message').map(({ data }) => Buffer.from(data).toString())).toEqual([
      'first',
      'second',
    ]);
    expect(pair[side].srtpKeys().local.masterKey).toEqual(pair[other(side)].srtpKeys().remote.masterKey);
  });

  it('holds 16 messages and no more', () => {
    const pair = pairWith(side, { remoteFingerprints: 'later' }).start();
    for (let i = 0; i < 40; i++) pair[other(side)].send(Uint8Array.of(i), 0);
    pair.settle();
    expect(pair[side].stats.discards.too_early).toBe(24);
    pair[side].setRemoteFingerprints(list, 0);
    expect(pair.settle().of(side, 'message')).toHaveLength(16);
  });

  it.each(['during', 'after'] as const)('a mismatch, given %s the handshake, ends it', (when) => {
    const pair = pairWith(side, { remoteFingerprints: 'later' });
    if (when === 'after') pair.start();
    else {
      let count = 0;
      pair.path = (datagram) => {
        if (count++ === 2) pair[side].setRemoteFingerprints([wrong('sha-256')], 0);
        return [datagram];
      };
      pair.start();
    }
    if (when === 'after') {
      pair[other(side)].send(Buffer.from('never read'), 0);
      pair.settle();
      pair[side].setRemoteFingerprints([wrong('sha-256')], 0);
      pair.settle();
      expect(pair[side].error).toMatchObject({
        code: 'ERR_DTLS_FINGERPRINT_MISMATCH',
        alert: 'bad_certificate',
      });
      expectLocked(pair, side);
      expect(pair[other(side)].error).toMatchObject({
        code: 'ERR_DTLS_ALERT_RECEIVED',
        alert: 'bad_certificate',
      });
    } else {
      expectRefusal(pair, side, 'ERR_DTLS_FINGERPRINT_MISMATCH', 'bad_certificate');
    }
  });

  it('a list that is none throws, and may be put right', () => {
    const pair = pairWith(side, { remoteFingerprints: 'later' }).start();
    expect(() => pair[side].setRemoteFingerprints([], 0)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    expect(() => pair[side].setRemoteFingerprints(['md5 AB'], 0)).toThrow(/md5/);
    expectLocked(pair, side);
    pair[side].setRemoteFingerprints(list, 0);
    expectConnected(pair.settle());
  });

  it('once only, and only where it was said', () => {
    const later = pairWith(side, { remoteFingerprints: 'later' });
    later[side].setRemoteFingerprints(list, 0);
    const known = makePair();
    for (const connection of [later[side], known[side]]) {
      expect(() => connection.setRemoteFingerprints(list, 0)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
      );
    }
  });
});
