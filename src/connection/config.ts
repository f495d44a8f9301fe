import { copy } from '../bytes/bytes.ts';
import type { Certificate } from '../certificate/certificate.ts';
import { type Fingerprint, normalizeFingerprint } from '../certificate/fingerprint.ts';
import { nodeCrypto } from '../crypto/node/index.ts';
import { invalidType, invalidValue, missingArgs, outOfRange, unavailable } from '../errors/arguments.ts';
import { DtlsError } from '../errors/dtls-error.ts';
import type { HandshakeConfig, SelectContext } from '../handshake/core/config.ts';
import { type AdmittedHello, admittedHello } from '../handshake/server/admission.ts';
import { CIPHER_SUITES } from '../registry/cipher-suites.ts';
import { GROUPS } from '../registry/groups.ts';
import { SIGNATURE_SCHEMES } from '../registry/signature-schemes.ts';
import { SRTP_PROFILES, srtpProfileByName } from '../registry/srtp-profiles.ts';
import { WireVersion } from '../registry/versions.ts';
import { checkAlpnProtocols } from './alpn.ts';
import { checkCertificate, checkContext } from './answers.ts';
import { readExternalBindings } from './external-bindings.ts';
import { checkFlag, readFunction, readInteger, readNames } from './option-readers.ts';
import type { DtlsConnectionOptions, DtlsLogger } from './options.ts';

/** The options, checked and with their defaults. */
export interface ConnectionConfig {
  readonly handshake: HandshakeConfig;
  /** Undefined when something else than fingerprints decides who the peer is. */
  readonly remoteFingerprints: readonly Fingerprint[] | 'later' | undefined;
  readonly mtu: number;
  readonly initialTimeout: number;
  readonly maximumTimeout: number;
  /** 0: no limit. */
  readonly handshakeTimeout: number;
  readonly trace: boolean;
  readonly keylog: boolean;
  readonly logger: DtlsLogger;
}

export const MTU_RANGE = { min: 256, max: 65_535 } as const;
export const TIMEOUT_RANGE = { min: 1, max: 3_600_000 } as const;

/** Checks every option; throws a Node-style error that says what was expected. */
export function readOptions(options: DtlsConnectionOptions): ConnectionConfig {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
  const { role } = options;
  if (role !== 'client' && role !== 'server')
    throw invalidValue('options.role', "'client' or 'server'", role);
  checkVersions(options.versions);
  checkUnavailable(options);
  checkPeerCheck(options);
  for (const name of FLAGS) checkFlag(name, options[name]);

  const srtpProfiles = options.srtpProfiles === undefined ? [] : readProfiles(options.srtpProfiles);
  const srtp = srtpProfiles.length > 0;
  if (options.srtpRequired === true && !srtp) {
    throw invalidValue('options.srtpRequired', 'left out, or false, where there are no "srtpProfiles"', true);
  }
  const certificates = readCertificates(options);
  return {
    handshake: {
      role,
      crypto: nodeCrypto,
      random: readRandom(options.random),
      certificates,
      cipherSuites: readNames('cipherSuites', options.cipherSuites, CIPHER_SUITES),
      groups: readNames(
        'groups',
        options.groups,
        GROUPS.map((name) => ({ name })),
      ).map(({ name }) => name),
      signatureSchemes: readNames('signatureSchemes', options.signatureSchemes, SIGNATURE_SCHEMES),
      srtpProfiles,
      srtpRequired: options.srtpRequired ?? srtp,
      extendedMasterSecret: readExtendedMasterSecret(options.extendedMasterSecret, srtp),
      alpnProtocols: readAlpnProtocols(options.alpnProtocols),
      servername: readServername(options.servername),
      ...readExternalBindings(options),
      requestCertificate: readRequestCertificate(options, srtp),
      verifyPeer:
        options.verifyPeer === 'request' ? 'request' : readFunction('verifyPeer', options.verifyPeer),
      selectContext:
        options.selectContext === 'request'
          ? 'request'
          : readSelectContext(options.selectContext, options.sign === 'request'),
      sign: readSign(options.sign),
      cookieExchange: options.cookieExchange ?? false,
    },
    remoteFingerprints: readRemoteFingerprints(options.remoteFingerprints),
    mtu: readInteger('mtu', options.mtu, 1200, MTU_RANGE),
    ...readTimeouts(options, srtp),
    handshakeTimeout: readInteger('handshakeTimeout', options.handshakeTimeout, 60_000, {
      min: 0,
      max: 86_400_000,
    }),
    trace: options.trace ?? false,
    keylog: options.keylog ?? false,
    logger: readLogger(options.logger),
  };
}

/** A list that is not empty, each in its one form; `setRemoteFingerprints` takes the same. */
export function readFingerprints(list: unknown, name = 'remoteFingerprints'): Fingerprint[] {
  if (!Array.isArray(list)) {
    throw invalidType(name, "an array of fingerprints, or 'later'", list);
  }
  if (list.length === 0) {
    throw invalidValue(name, "a list of at least one fingerprint; 'later' if they come later", list);
  }
  return list.map((fingerprint) => normalizeFingerprint(fingerprint));
}

function readRemoteFingerprints(value: unknown): readonly Fingerprint[] | 'later' | undefined {
  return value === undefined || value === 'later'
    ? value
    : readFingerprints(value, 'options.remoteFingerprints');
}

function checkVersions(versions: unknown): void {
  if (versions === undefined) return;
  if (!Array.isArray(versions) || versions.length === 0) {
    throw invalidType('options.versions', "an array such as ['DTLSv1.2']", versions);
  }
  for (const version of versions) {
    if (typeof version !== 'string' || !Object.hasOwn(WireVersion, version)) {
      throw invalidValue('options.versions', `made of ${Object.keys(WireVersion).join(', ')}`, version);
    }
    if (version !== 'DTLSv1.2')
      throw unavailable(`${version} is not available in this version; DTLSv1.2 is.`);
  }
}

/** Named in the design of the API and not built yet: refused rather than ignored. */
function checkUnavailable(options: object): void {
  const names: Readonly<Record<string, string>> = {
    ca: 'Checking the peer by certificate authorities',
    session: 'Session resumption',
    wallClock: 'A clock for certificates',
    localConnectionId: 'A connection ID',
  };
  for (const [name, what] of Object.entries(names)) {
    if ((options as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    throw unavailable(`${what} (option "${name}") is not available in this version.`);
  }
}

/** The hello that a server is to answer first; it is not kept with the rest, for it is needed once. */
export function readAdmission({
  role,
  admission,
  cookieExchange,
}: DtlsConnectionOptions): AdmittedHello | undefined {
  if (admission === undefined) return undefined;
  if (role === 'client') throw invalidValue('options.admission', 'left out for a client', admission);
  if (cookieExchange === true)
    throw invalidValue(
      'options.cookieExchange',
      'left out with an "admission": the cookie has come back',
      true,
    );
  return admittedHello(admission);
}

/** Of the two, a default gives way to what the caller says of the other. */
function readTimeouts(
  options: DtlsConnectionOptions,
  srtp: boolean,
): Pick<ConnectionConfig, 'initialTimeout' | 'maximumTimeout'> {
  const { initialTimeout: initial, maximumTimeout: maximum } = options;
  const initialTimeout = readInteger('initialTimeout', initial, srtp ? 400 : 1000, TIMEOUT_RANGE);
  const maximumTimeout = readInteger('maximumTimeout', maximum, srtp ? 3000 : 60_000, TIMEOUT_RANGE);
  if (initialTimeout <= maximumTimeout) return { initialTimeout, maximumTimeout };
  if (maximum === undefined) return { initialTimeout, maximumTimeout: initialTimeout };
  if (initial === undefined) return { initialTimeout: maximumTimeout, maximumTimeout };
  throw outOfRange(
    'options.maximumTimeout',
    `at least the initialTimeout of ${initialTimeout}`,
    maximumTimeout,
  );
}

/** Exactly one way of knowing the peer, in so many words. */
function checkPeerCheck(options: DtlsConnectionOptions): void {
  // Own properties alone: a polluted prototype is not to decide whom we trust.
  const own = (name: keyof DtlsConnectionOptions): unknown =>
    Object.hasOwn(options, name) ? options[name] : undefined;
  const ways = [own('remoteFingerprints'), own('verifyPeer')].filter((way) => way !== undefined).length;
  const insecure = own('insecureNoPeerCheck') === true ? 1 : 0;
  if (ways + insecure === 1) return;
  const choices =
    "remoteFingerprints (the peer's, from its SDP, or 'later'), verifyPeer (your own check), or insecureNoPeerCheck: true";
  throw missingArgs(
    ways + insecure === 0
      ? `How to know the peer must be said: give one of ${choices}.`
      : `How to know the peer must be said in one way, and several were given: choose one of ${choices}.`,
  );
}

const FLAGS = [
  'insecureNoPeerCheck',
  'srtpRequired',
  'requestCertificate',
  'cookieExchange',
  'trace',
  'keylog',
] as const;

function readRequestCertificate(options: DtlsConnectionOptions, srtp: boolean): boolean {
  const checked = options.insecureNoPeerCheck !== true;
  const request = options.requestCertificate ?? (checked || srtp);
  if (options.role === 'server' && checked && !request) {
    throw invalidValue(
      'options.requestCertificate',
      'true where the peer is to be checked: without a certificate there is nothing to check',
      request,
    );
  }
  return request;
}

function readCertificates({
  role,
  certificate,
  certificates,
  sign,
}: DtlsConnectionOptions): readonly Certificate[] {
  if (certificate !== undefined && certificates !== undefined) {
    throw invalidValue('options.certificates', 'left out where "certificate" is given', certificates);
  }
  const list: unknown = certificates ?? (certificate === undefined ? [] : [certificate]);
  if (!Array.isArray(list)) throw invalidType('options.certificates', 'an array of Certificate', list);
  for (const entry of list) checkCertificate('options.certificate', entry, sign === 'request');
  if (role === 'server' && list.length === 0) {
    throw missingArgs('A server needs a "certificate"; createCertificate() makes one.');
  }
  return [...list];
}

function readProfiles(names: unknown): readonly (typeof SRTP_PROFILES)[number][] {
  if (!Array.isArray(names)) throw invalidType('options.srtpProfiles', 'an array of profile names', names);
  return names.map((name: unknown) => {
    const profile = typeof name === 'string' ? srtpProfileByName(name) : undefined;
    if (profile === undefined) {
      throw invalidValue(
        'options.srtpProfiles',
        `made of ${SRTP_PROFILES.map((known) => known.name).join(', ')}`,
        name,
      );
    }
    return profile;
  });
}

function readExtendedMasterSecret(value: unknown, srtp: boolean): 'required' | 'preferred' {
  if (value === undefined) return srtp ? 'required' : 'preferred';
  if (value === 'required' || value === 'preferred') return value;
  throw invalidValue('options.extendedMasterSecret', "'required' or 'preferred'", value);
}

function readAlpnProtocols(names: unknown): readonly string[] {
  if (names === undefined) return [];
  checkAlpnProtocols('options.alpnProtocols', names);
  return [...names];
}

function readServername(name: unknown): string | undefined {
  if (name === undefined || name === '') return undefined;
  if (typeof name !== 'string') throw invalidType('options.servername', 'a string', name);
  if (!/^[\x21-\x7e]{1,255}$/.test(name))
    throw invalidValue('options.servername', 'of 1 to 255 ASCII characters', name);
  return name;
}

function readSign(value: unknown): 'request' | undefined {
  if (value === undefined || value === 'request') return value;
  throw invalidValue('options.sign', "'request', or left out", value);
}

/** What the caller's source of randomness gives is checked: too few bytes would not be noticed by anyone else. */
function readRandom(random: unknown): (length: number) => Uint8Array {
  const source = readFunction('random', random as DtlsConnectionOptions['random']);
  if (source === undefined) return nodeCrypto.randomBytes;
  return (length) => {
    const bytes: unknown = source(length);
    if (bytes instanceof Uint8Array && bytes.length === length) return copy(bytes);
    throw new DtlsError(
      'ERR_DTLS_CALLBACK',
      `The option "random" must give ${length} bytes when asked for them.`,
    );
  };
}

/** What it returns is checked as an answer to the request would be. */
function readSelectContext(
  select: SelectContext | undefined,
  signsElsewhere: boolean,
): SelectContext | undefined {
  const callback = readFunction('selectContext', select);
  if (callback === undefined) return undefined;
  return (hello) => {
    const context: unknown = callback(hello);
    checkContext(context, signsElsewhere);
    return context;
  };
}

function readLogger(logger: DtlsLogger | undefined): DtlsLogger {
  if (logger === undefined) return {};
  if (typeof logger !== 'object' || logger === null)
    throw invalidType('options.logger', 'an object of functions', logger);
  for (const level of ['warning', 'info', 'debug'] as const) readFunction(`logger.${level}`, logger[level]);
  return logger;
}
