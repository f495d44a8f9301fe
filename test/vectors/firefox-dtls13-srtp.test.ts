import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes/bytes.ts';
import { ExtensionType } from '../../src/registry/extension-types.ts';
import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { SRTP_PROFILES, type SrtpProfileParameters } from '../../src/registry/srtp-profiles.ts';
import { isRtcp, SrtpReceiver } from '../../src/srtp/index.ts';
import { readUseSrtp } from '../../src/wire/extensions/use-srtp.ts';
import { readClientHello } from '../../src/wire/messages/client-hello.ts';
import { readServerHello } from '../../src/wire/messages/server-hello.ts';
import { Capture, type Side } from './capture.ts';
import {
  type SrtpMasterKeys,
  splitKeyingMaterial,
  srtpDatagrams,
  testCapturedSrtp,
} from './captured-srtp.ts';

const TLS_AES_128_GCM_SHA256 = 0x1301;
const HASH_LENGTH = 32;

const capture = new Capture('firefox-153-dtls13-x25519.json');

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the capture has no ${what}, or it could not be read`);
  return value;
}

function bodyOf(type: number): Uint8Array {
  const found = capture.plaintextMessages().find(({ message }) => message.type === type);
  return must(found, `message ${type}`).message.body;
}

const clientHello = must(readClientHello(bodyOf(HandshakeType.client_hello)), 'ClientHello');
const serverHello = must(readServerHello(bodyOf(HandshakeType.server_hello)), 'ServerHello');

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** HKDF-Expand (RFC 5869 §2.3) of an HkdfLabel (RFC 8446 §7.1), of which DTLS has its own prefix (RFC 9147 §5.9). */
function hkdfExpandLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const name = Buffer.from(`dtls13${label}`);
  const info = Buffer.concat([
    Uint8Array.of(length >> 8, length & 255, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  ]);
  const blocks: Buffer[] = [];
  for (let i = 1; i <= Math.ceil(length / HASH_LENGTH); i++) {
    const previous = blocks.at(-1) ?? Buffer.alloc(0);
    blocks.push(createHmac('sha256', secret).update(previous).update(info).update(Uint8Array.of(i)).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** TLS-Exporter (RFC 8446 §7.5) without a context, which is as an empty one. */
function exporter(label: string, length: number): Buffer {
  const empty = sha256(new Uint8Array(0));
  const derived = hkdfExpandLabel(capture.secret('EXPORTER_SECRET'), label, empty, HASH_LENGTH);
  return hkdfExpandLabel(derived, 'exporter', empty, length);
}

function keysOf({ masterKeyLength, masterSaltLength }: SrtpProfileParameters): Record<Side, SrtpMasterKeys> {
  const length = 2 * (masterKeyLength + masterSaltLength);
  return splitKeyingMaterial(exporter('EXTRACTOR-dtls_srtp', length), masterKeyLength, masterSaltLength);
}

/** Whether the first packet is authentic when the keys are of this profile. */
function opensFirst(profile: SrtpProfileParameters): boolean {
  const { from, bytes } = must(srtpDatagrams(capture)[0], 'SRTP packet');
  const receiver = new SrtpReceiver({ profile: profile.name, ...keysOf(profile)[from] });
  return (isRtcp(bytes) ? receiver.unprotectRtcp(bytes) : receiver.unprotect(bytes)) !== undefined;
}

describe('RFC 8446 §7.5, RFC 5764 §4.2: the SRTP keys of two Firefox 153 with DTLS 1.3', () => {
  const offered = must(
    readUseSrtp(must(clientHello.extensions.get(ExtensionType.use_srtp), 'use_srtp')),
    'use_srtp',
  ).profiles.map((offer) =>
    must(
      SRTP_PROFILES.find(({ id }) => id === offer),
      `profile ${offer} in the library`,
    ),
  );
  // The answer is in EncryptedExtensions; of the profiles offered, the keys fit only the one that was chosen.
  const fitting = offered.filter(opensFirst);

  test('the key log is of this handshake, whose hash is SHA-256', () => {
    expect(toHex(clientHello.random)).toBe(toHex(capture.clientRandom));
    expect(serverHello.cipherSuite).toBe(TLS_AES_128_GCM_SHA256);
  });

  test('of the four profiles offered, one fits', () => {
    expect(offered.map(({ name }) => name)).toEqual([
      'SRTP_AEAD_AES_128_GCM',
      'SRTP_AEAD_AES_256_GCM',
      'SRTP_AES128_CM_SHA1_80',
      'SRTP_AES128_CM_SHA1_32',
    ]);
    expect(fitting.map(({ name }) => name)).toEqual(['SRTP_AEAD_AES_128_GCM']);
  });

  const profile = must(fitting[0], 'profile');
  testCapturedSrtp({
    capture,
    profile: profile.name,
    keys: keysOf(profile),
    rtpPackets: { client: 0, server: 124 },
    rtcpPackets: { client: 39, server: 1 },
  });
});
