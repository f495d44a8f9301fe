import { dtlslibSwitches } from './switches.ts';

const BYTES_A_LINE = 16;

/** With DTLSLIB_SSL_DEBUG: a packet to standard output, in hexadecimal, under its direction and length. */
export function dumpPacket(direction: 'read' | 'write', packet: Uint8Array): void {
  if (!dtlslibSwitches.DTLSLIB_SSL_DEBUG) return;
  process.stdout.write(formatPacket(direction, packet));
}

function formatPacket(direction: string, packet: Uint8Array): string {
  const lines = [`dtlslib ${direction} ${packet.length} bytes`];
  for (let at = 0; at < packet.length; at += BYTES_A_LINE) {
    const bytes = packet.subarray(at, at + BYTES_A_LINE);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(bytes, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
    ).join('');
    lines.push(`  ${at.toString(16).padStart(4, '0')}  ${hex.padEnd(3 * BYTES_A_LINE - 1)}  ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
