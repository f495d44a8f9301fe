import { EMPTY, sameBytes } from '../bytes/bytes.ts';
import {
  checkBytes,
  checkInteger,
  checkSecretBytes,
  concealed,
  invalidType,
  invalidValue,
  lengthOf,
  missingArgs,
  outOfRange,
} from '../errors/arguments.ts';
import { SRTP_SUITES, type SrtpParameters, type SrtpSuiteName, srtpParameters } from './profiles.ts';
import { type RtcpTrailer, rtcpTrailerOf, type Trailer, trailerOf } from './trailer.ts';

/** One master key, with what tells it from others (RFC 3711 §3.2.1). Nothing of key and salt is kept, only what is derived. */
export interface SrtpMasterKey {
  /** 16, 24 or 32 bytes, as the profile has it. */
  readonly masterKey: Uint8Array;
  /** 14 bytes; 12 with AES-GCM. */
  readonly masterSalt: Uint8Array;
  /** Master key identifier: 1 to 128 bytes that go with each packet (RFC 3711 §3.1, RFC 4568 §6.1). Default: none. */
  readonly mki?: Uint8Array | undefined;
}

/** What sender and receiver have in common. Both ends have the same, as signalling told them. */
export interface SrtpOptions {
  /**
   * A protection profile of DTLS-SRTP, in OpenSSL's or IANA's spelling (`SRTP_AES128_CM_SHA1_80`), or a crypto suite
   * of SDES (`AES_CM_128_HMAC_SHA1_80`). They differ in the lifetime of keys. The NULL profiles authenticate and do not
   * encrypt.
   */
  readonly profile: SrtpSuiteName | (string & {});
  /** The master key, as in `SrtpMasterKey`; or else `masterKeys`. */
  readonly masterKey?: Uint8Array | undefined;
  readonly masterSalt?: Uint8Array | undefined;
  readonly mki?: Uint8Array | undefined;
  /** Up to 64 master keys, each with an MKI of its own and all of these of one length. A sender begins with the first. */
  readonly masterKeys?: readonly SrtpMasterKey[] | undefined;
  /** How far behind the newest a packet may be, in packets: 64 to 32,768, default 128 (RFC 3711 §3.3.2). */
  readonly replayWindow?: number | undefined;
  /**
   * Most packets under one master key, SRTP and SRTCP counted apart. Default, and most: 2^31 for the CM and NULL
   * profiles of DTLS-SRTP (RFC 5764 §4.1.2), else 2^48 SRTP and 2^31 SRTCP packets (RFC 3711 §9.2, RFC 7714 §10).
   */
  readonly lifetime?: number | undefined;
  /** SRTCP that is authenticated and not encrypted (E = 0, RFC 3711 §3.4) is sent, or taken. Default false. */
  readonly unencryptedRtcp?: boolean | undefined;
  /** Identifiers (1 to 255) of the header extension elements to encrypt (RFC 6904). Default: none. */
  readonly encryptedHeaderExtensions?: readonly number[] | undefined;
}

/** A master key that was checked; with no MKI, this has no bytes. */
export interface MasterKeyBytes {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly mki: Uint8Array;
}

/** Options, read and checked. */
export interface SrtpConfig {
  readonly parameters: SrtpParameters;
  readonly trailer: Trailer;
  readonly rtcpTrailer: RtcpTrailer;
  /** Whether packets are encrypted at all, and not only authenticated. */
  readonly encrypts: boolean;
  readonly replayWindow: number;
  readonly lifetime: number;
  readonly rtcpLifetime: number;
  readonly unencryptedRtcp: boolean;
  readonly encryptedHeaderExtensions: ReadonlySet<number>;
}

const MAX_NAME_LENGTH = 30;
const MAX_MKI_LENGTH = 128;
const MAX_MASTER_KEYS = 64;

/** The configuration, and apart from it the master keys, which are not kept. */
export function readSrtpOptions(options: SrtpOptions): {
  config: SrtpConfig;
  masterKeys: readonly MasterKeyBytes[];
} {
  if (typeof options !== 'object' || options === null)
    throw invalidType('options', 'an object', concealed(options));
  const parameters = readProfile(options.profile);
  const masterKeys = readMasterKeys(options, parameters);
  const mkiLength = masterKeys[0]?.mki.length ?? 0;
  const aead = parameters.cipher === 'aes-gcm';
  const lifetime = options.lifetime ?? parameters.lifetime;
  checkInteger('options.lifetime', lifetime, 1, parameters.lifetime);
  const replayWindow = options.replayWindow ?? 128;
  checkInteger('options.replayWindow', replayWindow, 64, 32_768);
  const config: SrtpConfig = {
    parameters,
    trailer: trailerOf(aead, parameters.tagLength, mkiLength),
    rtcpTrailer: rtcpTrailerOf(aead, parameters.rtcpTagLength, mkiLength),
    encrypts: parameters.cipher !== 'null',
    replayWindow,
    lifetime,
    rtcpLifetime: Math.min(lifetime, parameters.rtcpLifetime),
    unencryptedRtcp: readFlag('unencryptedRtcp', options.unencryptedRtcp),
    encryptedHeaderExtensions: readIdentifiers(options.encryptedHeaderExtensions),
  };
  return { config, masterKeys };
}

export function readFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidType(`options.${name}`, 'true or false', value);
  return value;
}

function readProfile(name: unknown): SrtpParameters {
  if (typeof name !== 'string')
    throw invalidType('options.profile', `one of ${SRTP_SUITES.join(', ')}`, name);
  const parameters = srtpParameters(name);
  if (parameters === undefined) {
    // A key may have come here by mistake, and a key is longer than any name.
    const received = name.length > MAX_NAME_LENGTH ? concealed(name) : name;
    throw invalidValue('options.profile', `one of ${SRTP_SUITES.join(', ')}`, received);
  }
  return parameters;
}

function readMasterKeys(
  { masterKey, masterSalt, mki, masterKeys }: SrtpOptions,
  parameters: SrtpParameters,
): readonly MasterKeyBytes[] {
  if (masterKeys === undefined) {
    if (masterKey === undefined || masterSalt === undefined)
      throw missingArgs(
        'The options "masterKey" and "masterSalt" are needed; srtpKeys() of a DtlsConnection gives them.',
      );
    return [readMasterKey('options', { masterKey, masterSalt, mki }, parameters)];
  }
  if (masterKey !== undefined || masterSalt !== undefined || mki !== undefined)
    throw invalidValue('options.masterKeys', 'left out where "masterKey" is given', concealed(masterKeys));
  if (!Array.isArray(masterKeys) || masterKeys.length === 0 || masterKeys.length > MAX_MASTER_KEYS)
    throw invalidType(
      'options.masterKeys',
      `an array of 1 to ${MAX_MASTER_KEYS} master keys`,
      concealed(masterKeys),
    );
  const keys = masterKeys.map((key: SrtpMasterKey, i) => {
    if (typeof key !== 'object' || key === null)
      throw invalidType(
        `options.masterKeys[${i}]`,
        'an object with masterKey, masterSalt and mki',
        concealed(key),
      );
    return readMasterKey(`options.masterKeys[${i}]`, key, parameters);
  });
  const length = keys[0]?.mki.length ?? 0;
  const distinct = new Set(keys.map((key) => key.mki.join()));
  if (keys.some((key) => key.mki.length !== length) || distinct.size < keys.length)
    throw invalidValue('options.masterKeys', 'of distinct MKIs of one length', concealed(masterKeys));
  // The same key under two names would live twice as long as it may.
  if (keys.some((key, i) => keys.slice(0, i).some((other) => sameBytes(key.masterKey, other.masterKey))))
    throw invalidValue('options.masterKeys', 'of distinct master keys', concealed(masterKeys));
  return keys;
}

function readMasterKey(
  name: string,
  { masterKey, masterSalt, mki = EMPTY }: SrtpMasterKey,
  parameters: SrtpParameters,
): MasterKeyBytes {
  checkLength(`${name}.masterKey`, masterKey, parameters.masterKeyLength, parameters.name);
  checkLength(`${name}.masterSalt`, masterSalt, parameters.masterSaltLength, parameters.name);
  checkBytes(`${name}.mki`, mki);
  if (mki !== EMPTY && (mki.length < 1 || mki.length > MAX_MKI_LENGTH))
    throw outOfRange(`${name}.mki`, `of 1 to ${MAX_MKI_LENGTH} bytes`, lengthOf(mki));
  return { masterKey, masterSalt, mki };
}

/** Of what is wrong the length is told, and never the bytes. */
function checkLength(name: string, bytes: unknown, length: number, profile: string): void {
  checkSecretBytes(name, bytes);
  if (bytes.length !== length) throw invalidValue(name, `of ${length} bytes for ${profile}`, lengthOf(bytes));
}

function readIdentifiers(ids: unknown): ReadonlySet<number> {
  if (ids === undefined) return new Set();
  if (!Array.isArray(ids))
    throw invalidType('options.encryptedHeaderExtensions', 'an array of identifiers', ids);
  for (const [i, id] of ids.entries()) checkInteger(`options.encryptedHeaderExtensions[${i}]`, id, 1, 255);
  return new Set(ids);
}
