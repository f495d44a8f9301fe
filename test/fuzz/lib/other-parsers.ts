import { sameBytes } from '../../../src/bytes/bytes.ts';
import { Certificate } from '../../../src/certificate/certificate.ts';
import { formatFingerprint, parseFingerprint } from '../../../src/certificate/fingerprint.ts';
import { certificatePublicKey } from '../../../src/certificate/parse.ts';
import { parsePem } from '../../../src/certificate/pem.ts';
import { readRtcp } from '../../../src/cli/call/rtcp.ts';
import { readRtp } from '../../../src/cli/call/rtp.ts';
import { nodeCrypto } from '../../../src/crypto/node/index.ts';
import { GROUPS } from '../../../src/registry/groups.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { SIGNATURE_SCHEMES } from '../../../src/registry/signature-schemes.ts';
import { isRtcp } from '../../../src/srtp/index.ts';
import { readCertificate } from '../../../src/wire/messages/certificate.ts';
import { rtpPacket, senderReport, sourceDescription } from '../../interop/lib/rtp.ts';
import { der, nothing, rtcp, rtp } from './grammars.ts';
import { IDENTITIES, identity } from './identities.ts';
import { attempt, bodies, once, type Parser } from './parser.ts';

const certificates = once(() => [
  ...IDENTITIES.map((name) => identity(name).der),
  ...bodies(HandshakeType.certificate).flatMap((body) => readCertificate(body) ?? []),
]);
const publicKeys = once(() =>
  certificates().map((certificate) => certificatePublicKey(certificate) ?? new Uint8Array(0)),
);

/** Reads a key, and has it judge something that is no signature. */
function tryKey(spki: Uint8Array): unknown {
  const key = nodeCrypto.importPublicKey(spki);
  if (key === undefined) return undefined;
  for (const scheme of SIGNATURE_SCHEMES)
    if (key.verify(scheme, Uint8Array.of(1), spki)) throw new Error('a signature of nobody is right');
  return key.keyType;
}

/** What an application may be shown of a certificate that anyone may have sent. */
function tryCertificate(bytes: Uint8Array): unknown {
  const certificate = Certificate.fromDer([bytes]);
  certificate.fingerprint();
  certificate.toJSON();
  const spki = certificatePublicKey(bytes);
  const keyType = spki === undefined ? undefined : tryKey(spki);
  if (spki === undefined || keyType === undefined) return undefined;
  // What else reads the certificate must not find another key in it.
  const theirs = attempt(() => certificate.x509.publicKey.export({ format: 'der', type: 'spki' }));
  if (theirs !== undefined && !sameBytes(theirs, spki)) throw new Error('OpenSSL finds another key');
  return keyType;
}

/** Signatures that are right, by what made them; none but the very same may be. */
const signatures = once(() =>
  IDENTITIES.flatMap((name) => {
    const { signingKey, der: whole } = identity(name);
    const key = nodeCrypto.importPublicKey(certificatePublicKey(whole) ?? new Uint8Array(0));
    return SIGNATURE_SCHEMES.flatMap((scheme) => {
      const signature = attempt(() => signingKey?.sign(scheme, Uint8Array.of(5)));
      return signature === undefined || key === undefined ? [] : [{ key, scheme, signature }];
    });
  }),
);

function trySignature(bytes: Uint8Array): undefined {
  for (const { key, scheme, signature } of signatures()) {
    const right = Buffer.compare(signature, bytes) === 0;
    if (key.verify(scheme, Uint8Array.of(5), bytes) !== right)
      throw new Error(`${scheme.name}: a signature is judged ${right ? 'wrong' : 'right'}`);
  }
}

const shares = once(() => GROUPS.map((group) => nodeCrypto.generateKeyShare(group)));

const hasCode = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^ERR_(INVALID_ARG|OUT_OF_RANGE)/.test(String(error.code));

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Of certificates, keys, and media. */
export const OTHER_PARSERS: Readonly<Record<string, Parser>> = {
  'X.509': { seeds: certificates, grammar: der, read: tryCertificate },
  'public keys': { seeds: publicKeys, grammar: der, read: tryKey },
  signatures: {
    seeds: once(() => signatures().map(({ signature }) => signature)),
    grammar: der,
    read: trySignature,
  },
  'key shares': {
    seeds: once(() => shares().map(({ publicKey }) => publicKey)),
    grammar: nothing,
    read: (bytes) => shares().map((share) => share.agree(bytes)).length,
  },
  PEM: {
    seeds: once(() => IDENTITIES.map((name) => Buffer.from(identity(name).pem))),
    grammar: nothing,
    read(bytes) {
      parsePem('CERTIFICATE', asText(bytes));
      return Certificate.fromPem({ cert: bytes }).chain.length;
    },
    refusal: hasCode,
  },
  fingerprint: {
    seeds: once(() => [Buffer.from(`a=fingerprint:sha-256 ${identity('rsa').fingerprint()}`)]),
    grammar: nothing,
    read: (bytes) => parseFingerprint(asText(bytes)),
    write: (value: { readonly algorithm: string; readonly value: string }) =>
      Buffer.from(formatFingerprint(value)),
    refusal: hasCode,
  },
  RTP: {
    seeds: once(() => [
      rtpPacket({ csrcs: [1, 2], padding: 4 }),
      rtpPacket({ extension: { profile: 0xbede, data: Buffer.of(0x10, 1, 0, 0) } }),
    ]),
    grammar: rtp,
    read: (bytes) => [readRtp(bytes), isRtcp(bytes)],
  },
  RTCP: {
    seeds: once(() => [Buffer.concat([senderReport(7, 2), sourceDescription(7)])]),
    grammar: rtcp,
    read: readRtcp,
  },
};
