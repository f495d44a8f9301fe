import { DerReader, DerTag } from '../bytes/der-reader.ts';

/**
 * The DER SubjectPublicKeyInfo in a DER certificate, as a view of its bytes. Undefined when the certificate is
 * malformed on the way there. Never throws; the work does not grow with what the certificate holds.
 *
 * ```asn1
 * Certificate ::= SEQUENCE { tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier,
 *                            signatureValue BIT STRING }
 * TBSCertificate ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, serialNumber INTEGER,
 *   signature AlgorithmIdentifier, issuer Name, validity Validity, subject Name,
 *   subjectPublicKeyInfo SubjectPublicKeyInfo, … }                                      -- RFC 5280 §4.1
 * ```
 */
export function certificatePublicKey(der: Uint8Array): Uint8Array | undefined {
  const outer = new DerReader(der);
  const certificate = new DerReader(outer.read(DerTag.SEQUENCE));
  const tbs = new DerReader(certificate.read(DerTag.SEQUENCE));
  certificate.read(DerTag.SEQUENCE);
  certificate.read(DerTag.BIT_STRING);
  if (!outer.finished || !certificate.finished) return undefined;

  if (tbs.next(DerTag.CONTEXT_0)) tbs.read(DerTag.CONTEXT_0);
  tbs.read(DerTag.INTEGER);
  tbs.read(DerTag.SEQUENCE);
  tbs.read(DerTag.SEQUENCE);
  tbs.read(DerTag.SEQUENCE);
  tbs.read(DerTag.SEQUENCE);
  const publicKey = tbs.readWhole(DerTag.SEQUENCE);
  return tbs.ok ? publicKey : undefined;
}
