/** Whether a name is an address: SNI is for names alone (RFC 6066 §3). */
export function isIpLiteral(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
