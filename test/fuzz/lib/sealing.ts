import { fromHex } from '../../../src/bytes/bytes.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { deriveTrafficKeys } from '../../../src/crypto/key-schedule-v12.ts';
import { nodeCrypto } from '../../../src/crypto/node/index.ts';
import { aeadProtectionV12 } from '../../../src/record/protection-v12.ts';
import { CIPHER_SUITES } from '../../../src/registry/cipher-suites.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { readHandshakeFragment } from '../../../src/wire/handshake.ts';
import { readServerHello, type ServerHello } from '../../../src/wire/messages/server-hello.ts';
import { readRecord } from '../../../src/wire/record.ts';
import type { Seal } from './road.ts';
import type { Side } from './setups.ts';

/** The ServerHello that a datagram begins with, if it does. */
export function serverHelloIn(datagram: Uint8Array): ServerHello | undefined {
  const record = readRecord(new Reader(datagram));
  const fragment = record && readHandshakeFragment(new Reader(record.fragment));
  return fragment?.type === HandshakeType.server_hello ? readServerHello(fragment.fragment) : undefined;
}

/** The write keys of one side, from its line of the key log and the ServerHello. */
export function sealOf(
  side: Side,
  secret: string | undefined,
  hello: ServerHello | undefined,
): Seal | undefined {
  const [, clientRandom, master] = secret?.split(' ') ?? [];
  const suite = CIPHER_SUITES.find(({ id }) => id === hello?.cipherSuite);
  if (clientRandom === undefined || master === undefined || hello === undefined || suite === undefined)
    return undefined;
  const randoms = { client: fromHex(clientRandom), server: hello.random };
  const { key, fixedIv } = deriveTrafficKeys(nodeCrypto, suite, fromHex(master), randoms)[side];
  const protection = aeadProtectionV12(nodeCrypto, suite.aead, key, fixedIv);
  return {
    open: (record) => protection.open(record),
    seal: (type, sequenceNumber, plaintext) => protection.seal(type, 1, sequenceNumber, plaintext),
  };
}
