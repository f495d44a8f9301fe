import { invalidType } from '../../errors/arguments.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';

/** A ClientHello whose sender has shown that it receives what is sent to its address. */
export interface AdmittedHello {
  readonly message: HandshakeMessage;
  /** Of the record that it came in: the server's own begin with it (RFC 6347 §4.2.1). */
  readonly recordSequenceNumber: number;
}

const hellos = new WeakMap<object, AdmittedHello>();

/** What a `HelloGate` gives for a ClientHello with a good cookie: `new DtlsConnection({ admission, … })` answers it. */
export class Admission {}

export function admit(hello: AdmittedHello): Admission {
  const admission = new Admission();
  hellos.set(admission, hello);
  return admission;
}

/** @throws ERR_INVALID_ARG_TYPE for what no gate has given. */
export function admittedHello(admission: unknown): AdmittedHello {
  const hello = typeof admission === 'object' && admission !== null ? hellos.get(admission) : undefined;
  if (hello === undefined) throw invalidType('options.admission', "an admission of a HelloGate's", admission);
  return hello;
}
