import { describe, expect, it } from 'vitest';
import { DtlsError } from '../../errors/dtls-error.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { clientMachine } from '../client/v12.ts';
import { serverMachine } from '../server/v12.ts';
import { step, takesMessages } from './machine.ts';
import type { HandshakePort } from './port.ts';

/** No step may get as far as to use it. */
const NO_PORT = new Proxy({} as HandshakePort, {
  get(_, name) {
    throw new Error(`the port's ${String(name)} was used`);
  },
});

const TYPES: readonly (readonly [string, number])[] = [...Object.entries(HandshakeType), ['of no name', 99]];

/** What each state takes: the message diagrams of RFC 6347 §4.2.1 and RFC 5246 §7.3, and nothing else. */
const LEGAL = {
  client: {
    awaitServerHello: ['hello_verify_request', 'server_hello'],
    awaitCertificate: ['certificate'],
    awaitServerKeyExchange: ['server_key_exchange'],
    awaitCertificateRequest: ['certificate_request', 'server_hello_done'],
    awaitServerHelloDone: ['server_hello_done'],
    awaitFinished: ['finished'],
    awaitAnswer: [],
    established: [],
  },
  server: {
    awaitClientHello: ['client_hello'],
    awaitCertificate: ['certificate'],
    awaitClientKeyExchange: ['client_key_exchange'],
    awaitCertificateVerify: ['certificate_verify'],
    awaitFinished: ['finished'],
    awaitAnswer: [],
    established: [],
  },
} as const;

describe.each([
  ['client', clientMachine],
  ['server', serverMachine],
] as const)('step() of the %s', (role, machine) => {
  const table = machine.states as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  it('takes what its RFC draws', () => {
    const taken = Object.entries(table).map(([state, messages]) => [state, Object.keys(messages)]);
    expect(Object.fromEntries(taken)).toEqual(LEGAL[role]);
  });

  for (const [state, expected] of Object.entries(LEGAL[role])) {
    const others = TYPES.filter(([name]) => !(expected as readonly string[]).includes(name));
    it.each(others)(`${state} refuses %s (S16)`, (_name, type) => {
      const message = { type, messageSeq: 0, body: new Uint8Array(0) };
      const run = (): unknown =>
        step(
          machine.states as Parameters<typeof step>[0],
          { name: state } as Parameters<typeof step>[1],
          message,
          NO_PORT,
        );
      expect(run).toThrow(DtlsError);
      expect(run).toThrow(
        expect.objectContaining({ code: 'ERR_DTLS_UNEXPECTED_MESSAGE', alert: 'unexpected_message' }),
      );
    });
  }

  it('waiting for the caller, and complete, it takes no messages', () => {
    const takes = (name: string): boolean =>
      takesMessages(machine.states as Parameters<typeof takesMessages>[0], { name });
    const waiting = Object.keys(table).filter((name) => !takes(name));
    expect(waiting).toEqual(['awaitAnswer', 'established']);
  });

  it('expects no HelloRequest and no ClientHello but the first: there is no renegotiation', () => {
    const takers = (message: string): string[] =>
      Object.keys(table).filter((state) => Object.hasOwn(table[state] ?? {}, message));
    expect(takers('hello_request')).toEqual([]);
    expect(takers('client_hello')).toEqual(machine === serverMachine ? ['awaitClientHello'] : []);
  });
});
