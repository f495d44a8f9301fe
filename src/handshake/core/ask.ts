import { copy, EMPTY } from '../../bytes/bytes.ts';
import type { Certificate } from '../../certificate/certificate.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import type { SignatureSchemeParameters } from '../../registry/signature-schemes.ts';
import type { ServerContext } from './config.ts';
import type { AwaitAnswer, NamedState } from './machine.ts';
import type { HandshakePort, Question } from './port.ts';

/** Puts a question to the caller; the handshake goes on with `resume`. */
export function ask<State extends NamedState>(
  port: HandshakePort,
  question: Question,
  resume: (answer: unknown) => State,
): AwaitAnswer<State> {
  port.ask(question);
  return { name: 'awaitAnswer', resume };
}

/** An answer by its type. `DtlsConnection.resolve` has refused any other with a sentence to the caller. */
export const answerAs: {
  boolean(answer: unknown): boolean;
  bytes(answer: unknown): Uint8Array;
  context(answer: unknown): ServerContext | undefined;
} = {
  boolean: (answer) => answer === true,
  bytes: (answer) => (answer instanceof Uint8Array ? answer : EMPTY),
  context: (answer) => (typeof answer === 'object' && answer !== null ? answer : undefined),
};

/** Signs with the certificate's key, or has the caller sign, and goes on with the signature. */
export function signWith<State extends NamedState>(
  port: HandshakePort,
  certificate: Certificate,
  scheme: SignatureSchemeParameters,
  data: Uint8Array,
  then: (signature: Uint8Array) => State,
): State | AwaitAnswer<State> {
  if (port.config.sign === 'request') {
    const question: Question = {
      kind: 'sign',
      scheme: scheme.name,
      data: copy(data),
      certificate: certificate.der,
    };
    return ask(port, question, (answer) => then(answerAs.bytes(answer)));
  }
  const key = certificate.signingKey;
  if (key === undefined)
    throw new DtlsError('ERR_DTLS_INTERNAL', 'The certificate has no private key to sign with.');
  return then(key.sign(scheme, data));
}
