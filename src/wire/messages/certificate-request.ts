import { Reader, readU16List } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** ClientCertificateType (RFC 5246 §7.4.4, RFC 8422 §5.5). */
export const ClientCertificateType = { rsa_sign: 1, ecdsa_sign: 64 } as const;

/**
 *     struct {
 *       ClientCertificateType certificate_types<1..2^8-1>;
 *       SignatureAndHashAlgorithm supported_signature_algorithms<2^16-1>;
 *       DistinguishedName certificate_authorities<0..2^16-1>;
 *     } CertificateRequest;                      RFC 5246 §7.4.4
 */
export interface CertificateRequest {
  readonly certificateTypes: readonly number[];
  readonly signatureSchemes: readonly number[];
}

export function readCertificateRequest(body: Uint8Array): CertificateRequest | undefined {
  const reader = new Reader(body);
  const certificateTypes = [...reader.vector8()];
  const signatureSchemes = readU16List(reader.vector16());
  reader.vector16(); // authorities: a hint for choosing among certificates of a public key infrastructure
  if (!reader.finished || signatureSchemes === undefined || certificateTypes.length === 0) return undefined;
  return { certificateTypes, signatureSchemes };
}

export function writeCertificateRequest(request: CertificateRequest): Uint8Array {
  return new Writer()
    .vector8(Uint8Array.from(request.certificateTypes))
    .u16List(request.signatureSchemes)
    .u16(0)
    .finish();
}
