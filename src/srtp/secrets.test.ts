import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  keyOf,
  keysWithMki,
  receiverOf,
  SUITES,
  type Suite,
  senderOf,
  thrownBy,
  titled,
} from '../../test/lib/srtp.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { openSslEngine } from '../crypto/node/openssl-engine.ts';
import { loadKernel } from '../crypto/packets/kernel.ts';
import type { PacketEngine, PacketTransform, SessionKeys } from '../crypto/packets/packet-transform.ts';
import { SrtpReceiver, SrtpSender } from './index.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import { MasterKey } from './master-key.ts';
import { readSrtpOptions } from './options.ts';
import { srtpParameters } from './profiles.ts';

/** Each way in which some of these bytes may be written. */
function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  const some = bytes.subarray(0, 6);
  return [
    some.toString('hex'),
    some.toString('hex').toUpperCase(),
    [...some].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    some.join(', '),
    some.join(','),
    bytes.toString('base64').slice(0, 8),
  ];
}

/** `util.inspect` sets the numbers of an array in columns. */
function expectNoneOf(text: string, secrets: readonly Uint8Array[]): void {
  const inOneLine = text.replace(/\s+/g, ' ');
  for (const secret of secrets) for (const form of formsOf(secret)) expect(inOneLine).not.toContain(form);
}

function parametersOf(row: Suite): NonNullable<ReturnType<typeof srtpParameters>> {
  const parameters = srtpParameters(row.profile);
  if (parameters === undefined) throw new Error(`no ${row.profile}`);
  return parameters;
}

/** Master key and salt, and all that is derived of them. */
function secretsOf(row: Suite): Uint8Array[] {
  const { masterKey, masterSalt } = keyOf(row);
  const derived = (['srtp', 'srtcp', 'headerExtensions'] as const).flatMap((purpose) => {
    const keys = deriveSessionKeys(nodeCrypto, parametersOf(row), masterKey, masterSalt, purpose);
    return [keys.cipherKey, keys.salt, keys.authenticationKey];
  });
  return [masterKey, masterSalt, ...derived].filter((secret) => secret.length > 0);
}

describe.each(titled(SUITES))('%s: nothing of the keys is shown (S28)', (_, row) => {
  it('by util.inspect, JSON.stringify and text, before, during and after use', () => {
    const options = { encryptedHeaderExtensions: [1] };
    for (const end of [senderOf(row, options), receiverOf(row, options)]) {
      const show = (): void => {
        const shown = [
          inspect(end),
          inspect(end, { showHidden: true, depth: null, getters: true, maxArrayLength: null }),
          JSON.stringify(end),
          String(end),
          JSON.stringify(Object.getOwnPropertyDescriptors(end)),
          inspect([end.stats, Object.getPrototypeOf(end)], { showHidden: true, depth: null }),
        ];
        for (const text of shown) expectNoneOf(text, secretsOf(row));
      };
      show();
      if (end instanceof SrtpSender) end.protect(rtpPacket());
      else end.unprotect(senderOf(row, options).protect(rtpPacket()));
      show();
      end.destroy();
      show();
    }
  });

  it('by the errors of a sender', () => {
    const sender = senderOf(row, { lifetime: 1 });
    sender.protect(rtpPacket());
    sender.protectRtcp(senderReport());
    const errors = [
      () => sender.protect(rtpPacket()),
      () => sender.protect(rtpPacket({ sequenceNumber: 2 })),
      () => sender.protectRtcp(senderReport()),
      () => sender.protect(new Uint8Array(3)),
      () => sender.setRollOverCounter(-1, 0),
    ].map(thrownBy);
    for (const error of errors) {
      expect(error).toBeDefined();
      expectNoneOf(inspect(error, { showHidden: true, depth: null }), secretsOf(row));
    }
  });
});

describe('keys where they do not belong are not shown by the error (S28)', () => {
  const { masterKey, masterSalt } = keyOf(CM);
  const [first, second] = keysWithMki(CM);
  const text = Buffer.from(masterKey).toString('base64');
  const hex = Buffer.from(masterKey).toString('hex');
  const profile = CM.profile;
  it.each<[string, object]>([
    ['as hex', { masterKey: hex, masterSalt }],
    ['as base64', { masterKey: text, masterSalt }],
    ['a salt as base64', { masterKey, masterSalt: text }],
    ['too long', { masterKey: Buffer.concat([masterKey, masterSalt]), masterSalt }],
    ['as an array of numbers', { masterKey: [...masterKey], masterSalt }],
    ['as an object', { masterKey: { key: text }, masterSalt }],
    ['as a view of another kind', { masterKey: new Uint16Array(masterKey), masterSalt }],
    ['as the list', { masterKeys: text }],
    ['in the list', { masterKeys: [text] }],
    ['in the list, with a wrong key', { masterKeys: [first, { ...second, masterKey: text }] }],
    ['in the list, with MKIs of two lengths', { masterKeys: [first, { ...second, mki: Uint8Array.of(1) }] }],
    ['beside the list', { masterKey, masterKeys: text }],
    ['with a wrong window', { masterKey, masterSalt, replayWindow: 1 }],
  ])('%s', (_, options) => {
    for (const make of [SrtpSender, SrtpReceiver]) {
      const error = thrownBy(() => new make({ profile, ...options } as never));
      expect(error?.message).toMatch(/^The .*\.$/);
      expectNoneOf(inspect(error, { showHidden: true, depth: null }), [masterKey, masterSalt]);
    }
  });
});

/** A provider that notes the session keys it is given and the transforms it makes of them. */
function watching(engine: PacketEngine): {
  crypto: typeof nodeCrypto;
  given: SessionKeys[];
  made: PacketTransform[];
} {
  const given: SessionKeys[] = [];
  const made: PacketTransform[] = [];
  const note = (keys: SessionKeys, transform: PacketTransform): PacketTransform => {
    given.push(keys);
    made.push(transform);
    return transform;
  };
  const packetEngine = (): PacketEngine => ({
    memory: engine.memory,
    counterModeHmacSha1: (keys, tagLength) => note(keys, engine.counterModeHmacSha1(keys, tagLength)),
    gcm: (keys, suffixed) => note(keys, engine.gcm(keys, suffixed)),
  });
  return { crypto: { ...nodeCrypto, packetEngine }, given, made };
}

const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The bytes that are among an object's properties, as the compiler's `protected` leaves them. */
function bytesIn(object: object): Uint8Array[] {
  return Object.values(object).filter((value): value is Uint8Array => value instanceof Uint8Array);
}

describe.each(titled(SUITES))('%s: keys are overwritten (S28)', (_, row) => {
  const make = (engine: PacketEngine): { master: MasterKey } & ReturnType<typeof watching> => {
    const watched = watching(engine);
    const { config, masterKeys } = readSrtpOptions({
      profile: row.profile,
      ...keyOf(row),
      encryptedHeaderExtensions: [1],
    });
    const [key] = masterKeys;
    if (key === undefined) throw new Error('no key');
    return { master: new MasterKey(watched.crypto, config, key), ...watched };
  };

  it.each([
    ['the kernel', nodeCrypto.packetEngine()],
    ['OpenSSL alone', openSslEngine()],
  ] as const)('session keys, as soon as %s has them', (_name, engine) => {
    const { given } = make(engine);
    expect(given).toHaveLength(2);
    for (const keys of given)
      expect([keys.cipherKey, keys.salt, keys.authenticationKey].every(isWiped)).toBe(true);
  });

  it('the key stream that they are cut from', () => {
    const streams: Uint8Array[] = [];
    const blockCipher: typeof nodeCrypto.blockCipher = (key) => {
      const cipher = nodeCrypto.blockCipher(key);
      const encrypt = (blocks: Uint8Array): Uint8Array => {
        const stream = cipher.encrypt(blocks);
        streams.push(stream);
        return stream;
      };
      return { encrypt, destroy: () => cipher.destroy() };
    };
    const { masterKey, masterSalt } = keyOf(row);
    const crypto = { ...nodeCrypto, blockCipher };
    const keys = deriveSessionKeys(crypto, parametersOf(row), masterKey, masterSalt, 'srtp');
    expect(isWiped(keys.cipherKey)).toBe(false);
    expect(streams.length).toBeGreaterThanOrEqual(2);
    expect(streams.every(isWiped)).toBe(true);
  });

  it('those of a transform, and the kernel’s, by destroy()', () => {
    const { master, made } = make(nodeCrypto.packetEngine());
    expect(made.flatMap(bytesIn).some((bytes) => !isWiped(bytes))).toBe(true);
    const sender = senderOf(row);
    sender.protect(rtpPacket());
    sender.protect(rtpPacket({ sequenceNumber: 2 }));
    const kernel = loadKernel();
    if (kernel !== undefined) expect(isWiped(kernel.keys)).toBe(false);
    master.destroy();
    expect(made.flatMap(bytesIn).every(isWiped)).toBe(true);
    sender.destroy();
    if (kernel !== undefined) expect([isWiped(kernel.keys), isWiped(kernel.keyStream)]).toEqual([true, true]);
  });

  it('the caller’s stay the caller’s', () => {
    const { masterKey, masterSalt } = keyOf(row);
    const ends = [senderOf(row, { masterKey, masterSalt }), receiverOf(row, { masterKey, masterSalt })];
    for (const end of ends) end.destroy();
    expect({ masterKey, masterSalt }).toEqual(keyOf(row));
  });
});
