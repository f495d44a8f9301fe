import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/**
 *     struct {
 *       SignatureAndHashAlgorithm algorithm;
 *       opaque signature<0..2^16-1>;
 *     } DigitallySigned;                         RFC 5246 §4.7, §7.4.8
 */
export interface CertificateVerify {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function readCertificateVerify(body: Uint8Array): CertificateVerify | undefined {
  const reader = new Reader(body);
  const scheme = reader.u16();
  const signature = reader.vector16();
  return reader.finished ? { scheme, signature } : undefined;
}

export function writeCertificateVerify(message: CertificateVerify): Uint8Array {
  return new Writer().u16(message.scheme).vector16(message.signature).finish();
}
