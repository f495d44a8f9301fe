import { afterAll, describe, expect, test } from 'vitest';
import type { KeyType } from '../../src/registry/algorithms.ts';
import { GROUPS } from '../../src/registry/groups.ts';
import { SRTP_PROFILES } from '../../src/registry/srtp-profiles.ts';
import { type Exchange, runExchange } from './lib/exchange.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { describeWith, named } from './lib/suites.ts';

const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'rsa', 'ed25519'];
/** OpenSSL 3 signs with Ed25519 as a client of DTLS 1.2, but not as a server. */
const SERVER_KEY_TYPES = KEY_TYPES.filter((type) => type !== 'ed25519');

/** Every certificate of ours against every one of theirs in every group; the rest goes through its combinations. */
function exchangesOf(role: 'client' | 'server'): Exchange[] {
  const theirTypes = role === 'client' ? SERVER_KEY_TYPES : KEY_TYPES;
  const base = KEY_TYPES.flatMap((ours) =>
    theirTypes.flatMap((theirs) => GROUPS.map((group) => ({ ours, theirs, group }))),
  );
  return base.map((row, i) => ({
    ...row,
    role,
    clientCertificate: i % 2 === 0,
    smallMtu: (i >> 1) % 2 === 0,
    cookie: (i >> 2) % 2 === 0,
    closer: i % 3 === 0 ? 'them' : 'us',
    srtpProfile: SRTP_PROFILES[i % SRTP_PROFILES.length]?.name ?? 'SRTP_AES128_CM_SHA1_80',
  }));
}

const EXCHANGES = { client: exchangesOf('client'), server: exchangesOf('server') };
const DIMENSIONS = ['ours', 'theirs', 'group', 'clientCertificate', 'smallMtu', 'cookie'] as const;

function nameOf(exchange: Exchange): string {
  const parts = [`ours ${exchange.ours}`, `theirs ${exchange.theirs}`, exchange.group];
  parts.push(exchange.cookie ? 'cookie' : 'no cookie asked', exchange.smallMtu ? '300 bytes' : 'wide');
  parts.push(exchange.clientCertificate ? 'both certificates' : 'one certificate');
  return parts.join(', ');
}

const certificates = new PeerCertificates();
afterAll(() => certificates.dispose());

describe.each(['client', 'server'] as const)('the table of exchanges with us as %s', (role) => {
  test('has every pair of values of any two dimensions', () => {
    for (const one of DIMENSIONS) {
      for (const other of DIMENSIONS) {
        const values = (dimension: (typeof DIMENSIONS)[number]) =>
          new Set(EXCHANGES[role].map((row) => row[dimension]));
        const seen = new Set(EXCHANGES[role].map((row) => `${row[one]} ${row[other]}`));
        if (one !== other) expect(seen.size).toBe(values(one).size * values(other).size);
      }
    }
  });
});

describeWith('openssl')('openssl s_server, DTLS 1.2, us as client', () => {
  test.each(named(EXCHANGES.client, nameOf))('%s', (_, exchange) => runExchange(exchange, certificates));
});

describeWith('openssl')('openssl s_client, DTLS 1.2, us as server', () => {
  test.each(named(EXCHANGES.server, nameOf))('%s', (_, exchange) => runExchange(exchange, certificates));
});
