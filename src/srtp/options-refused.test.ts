import { describe, it } from 'vitest';
import { CM, expectWrong, keyOf, keysWithMki } from '../../test/lib/srtp.ts';
import { SrtpReceiver, SrtpSender } from './index.ts';

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';
const MISSING = 'ERR_MISSING_ARGS';

const base = { profile: CM.profile, ...keyOf(CM) };
const [first, second, third] = keysWithMki(CM);
const bare = { profile: CM.profile };

type Row = readonly [what: string, options: unknown, code: string, words: RegExp];

/** Wrong for both ends. */
const WRONG: readonly Row[] = [
  ['no options', undefined, TYPE, /"options" argument must be an object; received undefined/],
  ['null', null, TYPE, /"options".*received null/],
  ['no profile', { ...keyOf(CM) }, TYPE, /"options\.profile".*SRTP_AES128_CM_SHA1_80.*received undefined/],
  ['a number for a profile', { ...base, profile: 1 }, TYPE, /"options\.profile".*received 1/],
  [
    'a profile that is not known',
    { ...base, profile: 'SRTP_X' },
    VALUE,
    /"options\.profile".*one of SRTP_AES.*AEAD_AES_256_GCM.*received "SRTP_X"/,
  ],
  ['no key', bare, MISSING, /"masterKey" and "masterSalt"/],
  ['no salt', { ...bare, masterKey: new Uint8Array(16) }, MISSING, /"masterSalt"/],
  ['no master key', { ...bare, masterSalt: new Uint8Array(14) }, MISSING, /"masterKey"/],
  ['null for a key', { ...base, masterKey: null }, TYPE, /"options\.masterKey".*Uint8Array.*received null/],
  ['an array for a key', { ...base, masterKey: [1] }, TYPE, /"options\.masterKey".*received an array of 1/],
  ['a number for a salt', { ...base, masterSalt: 7 }, TYPE, /"options\.masterSalt".*received 7/],
  [
    'a short key',
    { ...base, masterKey: new Uint8Array(15) },
    VALUE,
    /"options\.masterKey".*of 16 bytes for SRTP_AES128_CM_SHA1_80; received 15 bytes/,
  ],
  [
    'a long salt',
    { ...base, masterSalt: new Uint8Array(15) },
    VALUE,
    /"options\.masterSalt".*of 14 bytes.*received 15 bytes/,
  ],
  ['an MKI of no bytes', { ...base, mki: new Uint8Array(0) }, RANGE, /"options\.mki".*1 to 128.*received 0/],
  [
    'an MKI of 129 bytes',
    { ...base, mki: new Uint8Array(129) },
    RANGE,
    /"options\.mki".*1 to 128.*received 129/,
  ],
  ['text for an MKI', { ...base, mki: 'x' }, TYPE, /"options\.mki".*received "x"/],
  [
    'one key and several',
    { ...base, masterKeys: [first] },
    VALUE,
    /"options\.masterKeys".*left out.*received an array of 1/,
  ],
  [
    'an MKI beside several keys',
    { ...bare, mki: Uint8Array.of(1), masterKeys: [first] },
    VALUE,
    /"options\.masterKeys"/,
  ],
  ['no keys at all', { ...bare, masterKeys: [] }, TYPE, /"options\.masterKeys".*received an array of 0/],
  [
    'an object for keys',
    { ...bare, masterKeys: {} },
    TYPE,
    /"options\.masterKeys".*an array.*received an instance of Object/,
  ],
  [
    'null among the keys',
    { ...bare, masterKeys: [first, null] },
    TYPE,
    /"options\.masterKeys\[1\]".*received null/,
  ],
  [
    'a short key among them',
    { ...bare, masterKeys: [first, { ...second, masterKey: new Uint8Array(3) }] },
    VALUE,
    /"options\.masterKeys\[1\]\.masterKey".*of 16 bytes.*received 3 bytes/,
  ],
  [
    'a key without salt',
    { ...bare, masterKeys: [{ masterKey: new Uint8Array(16), mki: Uint8Array.of(1) }] },
    TYPE,
    /"options\.masterKeys\[0\]\.masterSalt".*received undefined/,
  ],
  [
    'MKIs of two lengths',
    { ...bare, masterKeys: [first, { ...second, mki: Uint8Array.of(1) }] },
    VALUE,
    /"options\.masterKeys".*MKIs of one length/,
  ],
  [
    'an MKI twice',
    { ...bare, masterKeys: [first, second, { ...third, mki: first?.mki }] },
    VALUE,
    /"options\.masterKeys".*distinct/,
  ],
  [
    'the same key under two MKIs (S25)',
    { ...bare, masterKeys: [first, { ...second, masterKey: first?.masterKey }] },
    VALUE,
    /"options\.masterKeys".*distinct master keys/,
  ],
  [
    'two keys without MKI',
    { ...bare, masterKeys: [keyOf(CM), keyOf(CM, 2)] },
    VALUE,
    /"options\.masterKeys".*distinct/,
  ],
  [
    'a window of 63',
    { ...base, replayWindow: 63 },
    RANGE,
    /"options\.replayWindow".*64 to 32768; received 63/,
  ],
  ['a window of 32769', { ...base, replayWindow: 32_769 }, RANGE, /"options\.replayWindow".*received 32769/],
  ['half a window', { ...base, replayWindow: 64.5 }, RANGE, /"options\.replayWindow".*received 64\.5/],
  ['text for a window', { ...base, replayWindow: '128' }, TYPE, /"options\.replayWindow".*received "128"/],
  ['a lifetime of 0', { ...base, lifetime: 0 }, RANGE, /"options\.lifetime".*1 to 2147483648; received 0/],
  [
    'a lifetime without end',
    { ...base, lifetime: Number.POSITIVE_INFINITY },
    RANGE,
    /"options\.lifetime".*received Infinity/,
  ],
  ['a bigint for a lifetime', { ...base, lifetime: 5n }, TYPE, /"options\.lifetime".*received 5/],
  [
    '1 for a flag',
    { ...base, unencryptedRtcp: 1 },
    TYPE,
    /"options\.unencryptedRtcp".*true or false; received 1/,
  ],
  [
    'an identifier for a list',
    { ...base, encryptedHeaderExtensions: 1 },
    TYPE,
    /"options\.encryptedHeaderExtensions".*received 1/,
  ],
  [
    'the identifier 0',
    { ...base, encryptedHeaderExtensions: [1, 0] },
    RANGE,
    /"options\.encryptedHeaderExtensions.*1 to 255; received 0/,
  ],
  [
    'the identifier 256',
    { ...base, encryptedHeaderExtensions: [256] },
    RANGE,
    /"options\.encryptedHeaderExtensions.*received 256/,
  ],
  [
    'text for an identifier',
    { ...base, encryptedHeaderExtensions: ['1'] },
    TYPE,
    /"options\.encryptedHeaderExtensions.*received "1"/,
  ],
];

const WRONG_FOR_A_SENDER: readonly Row[] = [
  ['cryptex: 1', { ...base, cryptex: 1 }, TYPE, /"options\.cryptex".*received 1/],
  [
    "cryptex: 'required'",
    { ...base, cryptex: 'required' },
    VALUE,
    /"options\.cryptex".*receiver.*received "required"/,
  ],
];

const WRONG_FOR_A_RECEIVER: readonly Row[] = [
  ['cryptex: 1', { ...base, cryptex: 1 }, VALUE, /"options\.cryptex".*'required'; received 1/],
  ['cryptex: null', { ...base, cryptex: null }, VALUE, /"options\.cryptex".*received null/],
  ['no streams', { ...base, maximumStreams: 0 }, RANGE, /"options\.maximumStreams".*received 0/],
  ['text for streams', { ...base, maximumStreams: '5' }, TYPE, /"options\.maximumStreams".*received "5"/],
  [
    'text for a callback',
    { ...base, onDiscard: 'x' },
    TYPE,
    /"options\.onDiscard".*a function; received "x"/,
  ],
];

describe('options that are wrong', () => {
  it.each(WRONG)('both ends: %s', (_, options, code, words) => {
    expectWrong(() => new SrtpSender(options as never), code, words);
    expectWrong(() => new SrtpReceiver(options as never), code, words);
  });

  it.each(WRONG_FOR_A_SENDER)('a sender: %s', (_, options, code, words) => {
    expectWrong(() => new SrtpSender(options as never), code, words);
  });

  it.each(WRONG_FOR_A_RECEIVER)('a receiver: %s', (_, options, code, words) => {
    expectWrong(() => new SrtpReceiver(options as never), code, words);
  });
});
