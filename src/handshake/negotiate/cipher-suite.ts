import type { Certificate } from '../../certificate/certificate.ts';
import type { CipherSuiteParameters } from '../../registry/cipher-suites.ts';
import type { SignatureSchemeParameters } from '../../registry/signature-schemes.ts';
import { chooseSigner, type Signer } from './signature.ts';

export interface SuiteChoice {
  readonly suite: CipherSuiteParameters;
  readonly signer: Signer;
}

/** The server's choice, by its own order: the first suite that the client has and a certificate of ours can serve. */
export function chooseCipherSuite(
  suites: readonly CipherSuiteParameters[],
  certificates: readonly Certificate[],
  schemes: readonly SignatureSchemeParameters[],
  offeredSuites: readonly number[],
  offeredSchemes: readonly number[],
): SuiteChoice | undefined {
  for (const suite of suites) {
    if (!offeredSuites.includes(suite.id)) continue;
    const signer = chooseSigner(certificates, schemes, offeredSchemes, suite.authentication);
    if (signer !== undefined) return { suite, signer };
  }
  return undefined;
}
