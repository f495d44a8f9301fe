import { describe, expect, it } from 'vitest';
import { addressForFamily, canonicalAddress, isPort, unmapped } from './address.ts';

describe('canonicalAddress()', () => {
  it('gives one spelling for all spellings of an address', () => {
    expect(canonicalAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalAddress('0:0:0:0:0:0:0:1')).toBe('::1');
    expect(canonicalAddress('192.0.2.1')).toBe('192.0.2.1');
  });

  it('gives a mapped IPv4 address as IPv4 (RFC 4291 §2.5.5.2)', () => {
    expect(canonicalAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress('::ffff:c000:201')).toBe('192.0.2.1');
  });

  it('keeps the zone of a link-local address', () => {
    expect(canonicalAddress('FE80::1%eth0')).toBe('fe80::1%eth0');
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '::1::', '1.2.3.4 '])('gives nothing for %j', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });
});

describe('addressForFamily()', () => {
  it('maps IPv4 for an IPv6 socket, and refuses IPv6 for an IPv4 socket', () => {
    expect(addressForFamily('192.0.2.1', 'IPv4')).toBe('192.0.2.1');
    expect(addressForFamily('192.0.2.1', 'IPv6')).toBe('::ffff:192.0.2.1');
    expect(addressForFamily('::1', 'IPv6')).toBe('::1');
    expect(addressForFamily('::1', 'IPv4')).toBeUndefined();
  });
});

describe('isPort()', () => {
  it.each([1, 5004, 65_535])('takes %d', (port) => expect(isPort(port)).toBe(true));
  it.each([0, -1, 65_536, 1.5, Number.NaN, '5004', null])('refuses %j', (port) => {
    expect(isPort(port)).toBe(false);
  });
  it('takes 0 where it means any free port', () => expect(isPort(0, 0)).toBe(true));
});

describe('unmapped()', () => {
  it('leaves IPv6 addresses alone', () => {
    expect(unmapped('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(unmapped('::ffff:1')).toBe('::ffff:1');
  });
});
