import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, codecLaws, u16s } from '../../../test/lib/codec.ts';
import { readAlpn, writeAlpn } from './alpn.ts';
import { EC_POINT_FORMATS, readEcPointFormats } from './ec-point-formats.ts';
import { INITIAL_RENEGOTIATION_INFO, readRenegotiationInfo } from './renegotiation-info.ts';
import { isIpLiteral, readServerName, writeServerName } from './server-name.ts';
import { readSignatureAlgorithms, writeSignatureAlgorithms } from './signature-algorithms.ts';
import { readSupportedGroups, writeSupportedGroups } from './supported-groups.ts';
import { readUseSrtp, writeUseSrtp } from './use-srtp.ts';

/** Names of 1 to 255 bytes of UTF-8. */
const protocolNames = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => Buffer.byteLength(name) <= 255);

describe('application_layer_protocol_negotiation (RFC 7301 §3.1)', () => {
  codecLaws<string[]>({
    values: fc.array(protocolNames, { minLength: 1, maxLength: 6 }),
    write: writeAlpn,
    read: readAlpn,
    malformed: {
      'an empty list': Uint8Array.of(0, 0),
      'an empty name': Uint8Array.of(0, 3, 0, 1, 0x61),
      'a name that overruns the list': Uint8Array.of(0, 2, 9, 0x61),
    },
  });

  // The decoder drops a leading U+FEFF; a name that begins with it is not told from one that does not.
  it('keeps a byte order mark: names are compared byte by byte', () => {
    expect(readAlpn(writeAlpn(['\ufeffh']))).toEqual(['\ufeffh']);
  });
});

describe('server_name (RFC 6066 §3)', () => {
  const name = (...bytes: readonly number[]): Uint8Array =>
    Uint8Array.of(0, bytes.length + 3, 0, 0, bytes.length, ...bytes);

  codecLaws({
    values: fc.string({ unit: fc.constantFrom(...'abcXYZ019.-_'), minLength: 1, maxLength: 255 }),
    write: writeServerName,
    read: readServerName,
    malformed: {
      'an empty list': Uint8Array.of(0, 0),
      'an empty host name': name(),
      'a control character': name(0x61, 0x00, 0x62),
      'a space': name(0x20),
      'a byte above ASCII': name(0xc3, 0xa9),
      'a host name of 256 bytes': Uint8Array.from([1, 3, 0, 1, 0, ...new Array(256).fill(0x61)]),
      'two host names': Uint8Array.of(0, 8, 0, 0, 1, 0x61, 0, 0, 1, 0x62),
      'a name cut short': Uint8Array.of(0, 4, 0, 0, 9, 0x61),
    },
  });

  it('passes over names of other types', () => {
    expect(readServerName(Uint8Array.of(0, 8, 7, 0, 1, 0xff, 0, 0, 1, 0x61))).toBe('a');
  });
});

describe('supported_groups (RFC 8422 §5.1.1)', () => {
  codecLaws({
    values: u16s(1, 30),
    write: writeSupportedGroups,
    read: readSupportedGroups,
    malformed: { 'an empty list': Uint8Array.of(0, 0), 'an odd list': Uint8Array.of(0, 3, 0, 29, 0) },
  });
});

describe('signature_algorithms (RFC 5246 §7.4.1.4.1)', () => {
  codecLaws({
    values: u16s(1, 30),
    write: writeSignatureAlgorithms,
    read: readSignatureAlgorithms,
    malformed: { 'an empty list': Uint8Array.of(0, 0), 'an odd list': Uint8Array.of(0, 1, 4) },
  });
});

describe('use_srtp (RFC 5764 §4.1.1)', () => {
  codecLaws({
    values: fc.record({ profiles: u16s(1, 10), mki: bytesOf(0, 255) }),
    write: writeUseSrtp,
    read: readUseSrtp,
    malformed: {
      'no profiles': Uint8Array.of(0, 0, 0),
      'half a profile': Uint8Array.of(0, 3, 0, 1, 0, 0),
      'no MKI field': Uint8Array.of(0, 2, 0, 1),
      'an MKI longer than the extension': Uint8Array.of(0, 2, 0, 1, 4, 1),
    },
  });
});

describe('ec_point_formats (RFC 8422 §5.1.2)', () => {
  it.each<[string, number[], { uncompressed: boolean } | undefined]>([
    ['ours', [...EC_POINT_FORMATS], { uncompressed: true }],
    ['uncompressed among others', [3, 1, 2, 0], { uncompressed: true }],
    ['compressed ones only', [2, 1, 2], { uncompressed: false }],
    ['an empty list', [0], undefined],
    ['no list', [], undefined],
    ['a list cut short', [2, 0], undefined],
    ['bytes behind the list', [1, 0, 0], undefined],
  ])('%s', (_, bytes, expected) => expect(readEcPointFormats(Uint8Array.from(bytes))).toEqual(expected));

  it('never throws, whatever the bytes (S27)', () => {
    fc.assert(fc.property(bytesOf(0, 300), (bytes) => void readEcPointFormats(bytes)));
  });
});

describe('renegotiation_info (RFC 5746 §3.2)', () => {
  it.each<[string, number[], number | undefined]>([
    ['that of a first handshake', [...INITIAL_RENEGOTIATION_INFO], 0],
    ['that of a renegotiation', [2, 8, 9], 2],
    ['nothing at all', [], undefined],
    ['cut short', [3, 1], undefined],
    ['bytes behind the end', [0, 0], undefined],
  ])('%s', (_, bytes, length) => expect(readRenegotiationInfo(Uint8Array.from(bytes))?.length).toBe(length));

  it('never throws, whatever the bytes (S27)', () => {
    fc.assert(fc.property(bytesOf(0, 300), (bytes) => void readRenegotiationInfo(bytes)));
  });
});

describe('isIpLiteral()', () => {
  it.each([
    ['192.0.2.1', true],
    ['::1', true],
    ['fe80::1%eth0', true],
    ['example.org', false],
    ['1.2.3.example', false],
    ['1234', false],
  ])('%s: %s', (host, expected) => expect(isIpLiteral(host)).toBe(expected));
});
