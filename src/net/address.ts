import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** Where a UDP datagram comes from or goes to. */
export interface UdpAddress {
  /** An IP literal in canonical form; an IPv4 address is written as such, whatever the family of the socket. */
  readonly address: string;
  readonly port: number;
}

export type IpFamily = 'IPv4' | 'IPv6';

/** How a socket of both families shows an IPv4 peer (RFC 4291 §2.5.5.2). */
const MAPPED = '::ffff:';

/** Whether `value` is a UDP port; 0, which nobody can send to, is one only where it stands for any free one. */
export function isPort(value: unknown, min: 0 | 1 = 1): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= 65_535;
}

/**
 * The canonical form of an IP literal (RFC 5952 for IPv6), so that two spellings of one address compare equal.
 * Undefined for anything else, host names included. A zone (`fe80::1%eth0`) is kept.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return undefined;
  const at = text.indexOf('%');
  const bare = at < 0 ? text : text.slice(0, at);
  const canonical = new SocketAddress({ family: 'ipv6', address: bare }).address;
  return unmapped(canonical) + (at < 0 ? '' : text.slice(at));
}

/** `::ffff:192.0.2.1` as `192.0.2.1`; any other address as it is. */
export function unmapped(address: string): string {
  return address.startsWith(MAPPED) && isIPv4(address.slice(MAPPED.length))
    ? address.slice(MAPPED.length)
    : address;
}

/** The address as a socket of `family` wants it for sending; undefined when that family cannot reach it. */
export function addressForFamily(address: string, family: IpFamily): string | undefined {
  if (isIPv4(address)) return family === 'IPv4' ? address : MAPPED + address;
  return family === 'IPv6' ? address : undefined;
}

export function sameAddress(a: UdpAddress, b: UdpAddress): boolean {
  return a.port === b.port && a.address === b.address;
}
