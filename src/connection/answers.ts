import { Certificate } from '../certificate/certificate.ts';
import { invalidType, invalidValue } from '../errors/arguments.ts';
import type { ServerContext } from '../handshake/core/config.ts';
import type { Question } from '../handshake/core/port.ts';
import { checkAlpnProtocols } from './alpn.ts';

/** Throws unless the answer is of the question's type, or an Error. `signsElsewhere`: certificates need no keys. */
export function checkAnswer(kind: Question['kind'], answer: unknown, signsElsewhere: boolean): void {
  if (answer instanceof Error) return;
  switch (kind) {
    case 'sign':
      if (!(answer instanceof Uint8Array))
        throw invalidType('answer', 'the bytes of a signature, or an Error', answer);
      return;
    case 'verifyPeer':
      if (typeof answer !== 'boolean') throw invalidType('answer', 'true, false or an Error', answer);
      return;
    case 'selectContext':
      checkContext(answer, signsElsewhere);
  }
}

/** A context for a ClientHello, or undefined to refuse it. */
export function checkContext(
  context: unknown,
  signsElsewhere: boolean,
): asserts context is ServerContext | undefined {
  if (context === undefined) return;
  if (typeof context !== 'object' || context === null) {
    throw invalidType('context', 'an object { certificate }, or undefined', context);
  }
  const { certificate, certificates, alpnProtocols }: { [Name in keyof ServerContext]?: unknown } = context;
  if (certificate !== undefined) checkCertificate('context.certificate', certificate, signsElsewhere);
  if (certificates !== undefined) {
    if (!Array.isArray(certificates))
      throw invalidType('context.certificates', 'an array of Certificate', certificates);
    for (const entry of certificates) checkCertificate('context.certificates', entry, signsElsewhere);
  }
  if (alpnProtocols !== undefined) checkAlpnProtocols('context.alpnProtocols', alpnProtocols);
}

/** A certificate of our own: with its key, unless signatures are asked for. */
export function checkCertificate(
  name: string,
  certificate: unknown,
  signsElsewhere: boolean,
): asserts certificate is Certificate {
  if (!(certificate instanceof Certificate)) {
    throw invalidType(name, 'a Certificate, from createCertificate() or Certificate.fromPem()', certificate);
  }
  if (!signsElsewhere && certificate.signingKey === undefined) {
    throw invalidValue(name, "one with its private key, or the option sign: 'request' given", certificate);
  }
}
