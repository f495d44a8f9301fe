import { Certificate } from '../certificate/certificate.ts';
import { invalidType, invalidValue } from '../errors/arguments.ts';
import type { HandshakeConfig } from '../handshake/core/config.ts';
import type { Question } from '../handshake/core/port.ts';

/** Throws unless the answer is of the question's type, or an Error. */
export function checkAnswer(kind: Question['kind'], answer: unknown, config: HandshakeConfig): void {
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
      if (answer !== undefined) checkContext(answer, config);
  }
}

/** A context for a ClientHello: its certificates have keys, unless signatures are asked for. */
function checkContext(context: unknown, config: HandshakeConfig): void {
  if (typeof context !== 'object' || context === null) {
    throw invalidType('answer', 'an object { certificate }, undefined or an Error', context);
  }
  const { certificate, certificates = certificate === undefined ? [] : [certificate] } = context as {
    readonly certificate?: unknown;
    readonly certificates?: unknown;
  };
  if (!Array.isArray(certificates))
    throw invalidType('answer.certificates', 'an array of Certificate', certificates);
  for (const entry of certificates) {
    if (!(entry instanceof Certificate)) throw invalidType('answer.certificate', 'a Certificate', entry);
    if (config.sign === undefined && entry.signingKey === undefined) {
      throw invalidValue('answer.certificate', 'one with its private key', entry);
    }
  }
}
