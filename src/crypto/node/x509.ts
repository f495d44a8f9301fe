import { X509Certificate } from 'node:crypto';
import { invalidArgument } from '../../errors/arguments.ts';

export type { X509Certificate };

/** Node's view of a DER certificate. @throws ERR_INVALID_ARG_VALUE when it is none. */
export function parseX509(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw invalidArgument('The certificate is not a valid X.509 certificate in DER.', cause);
  }
}
