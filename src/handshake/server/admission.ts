import { invalidType } from '../../errors/arguments.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';

/** A ClientHello whose sender has shown that it receives what is sent to its address. */
export interface AdmittedHello {
  readonly message: HandshakeMessage;
  /** Of the record that it came in: the server's own begin with it (RFC 6347 §4.2.1). */
  readonly recordSequenceNumber: number;
}

/** @throws ERR_INVALID_ARG_TYPE for what no gate has given. */
export let admittedHello: (admission: unknown) => AdmittedHello;

/** What a `HelloGate` gives for a ClientHello with a good cookie: `new DtlsConnection({ admission, … })` answers it. */
export class Admission {
  readonly #hello: AdmittedHello;

  constructor(hello: AdmittedHello) {
    this.#hello = hello;
  }

  static {
    admittedHello = (admission) => {
      if (typeof admission === 'object' && admission !== null && #hello in admission) return admission.#hello;
      throw invalidType('options.admission', 'an admission that a HelloGate gave', admission);
    };
  }
}
