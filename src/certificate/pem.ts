import { Buffer } from 'node:buffer';
/** A PEM block (RFC 7468 §3): lines of 64 base64 characters between its label's boundaries. */
export function formatPem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}

/** The contents of all blocks with this label, in order. Text around them is skipped, as RFC 7468 §2 has it. */
export function parsePem(label: string, text: string): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
    const from = at + begin.length;
    at = text.indexOf(end, from);
    if (at < 0) break;
    blocks.push(new Uint8Array(Buffer.from(text.slice(from, at), 'base64')));
  }
  return blocks;
}
