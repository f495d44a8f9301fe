import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** Certificates in one chain; more is refused. */
export const MAX_CHAIN_LENGTH = 10;

/**
 *     opaque ASN.1Cert<1..2^24-1>;
 *     struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate;          RFC 5246 §7.4.2
 *
 * DER certificates, the sender's own first.
 */
export function readCertificate(body: Uint8Array): Uint8Array[] | undefined {
  const reader = new Reader(body);
  const list = new Reader(reader.vector24());
  if (!reader.finished) return undefined;
  const chain: Uint8Array[] = [];
  while (list.remaining > 0) {
    const der = list.vector24();
    if (der.length === 0 || chain.length === MAX_CHAIN_LENGTH) return undefined;
    chain.push(der);
  }
  return list.ok ? chain : undefined;
}

export function writeCertificate(chain: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer(1024);
  writer.vector24(() => {
    for (const der of chain) writer.vector24(der);
  });
  return writer.finish();
}
