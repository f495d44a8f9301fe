import { fromHex } from '../../src/bytes/bytes.ts';
import { deriveTrafficKeys } from '../../src/crypto/key-schedule-v12.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import { aeadProtectionV12 } from '../../src/record/protection-v12.ts';
import { CIPHER_SUITES } from '../../src/registry/cipher-suites.ts';
import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { readServerHello } from '../../src/wire/messages/server-hello.ts';
import type { Pair } from './pair.ts';
import { fragmentsOf, recordsOf } from './records.ts';

/**
 * What only the holder of a side's keys can do: seal any record in its name. The server must be
 * connected, with `keylog` on at the client and flights in whole messages.
 */
export function sealerOf(
  pair: Pair,
  side: 'client' | 'server',
): (type: number, plaintext: Uint8Array, sequenceNumber?: number) => Uint8Array {
  const [, clientRandom = '', master = ''] = pair.of('client', 'keylog')[0]?.line.split(' ') ?? [];
  const hello = pair.sent
    .filter(({ from }) => from === 'server')
    .flatMap(({ datagram }) => recordsOf(datagram))
    .flatMap(fragmentsOf)
    .find(({ type }) => type === HandshakeType.server_hello);
  const random = hello && readServerHello(hello.fragment)?.random;
  const suite = CIPHER_SUITES.find(({ name }) => name === pair.server.cipherSuite);
  if (random === undefined || suite === undefined) throw new Error('not connected');
  const randoms = { client: fromHex(clientRandom), server: random };
  const { key, fixedIv } = deriveTrafficKeys(nodeCrypto, suite, fromHex(master), randoms)[side];
  const protection = aeadProtectionV12(nodeCrypto, suite.aead, key, fixedIv);
  let next = 20;
  return (type, plaintext, sequenceNumber = next++) => protection.seal(type, 1, sequenceNumber, plaintext);
}
