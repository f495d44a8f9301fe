import { vi } from 'vitest';
import { clientMachine } from '../../src/handshake/client/v12.ts';
import type { HandshakePort } from '../../src/handshake/core/port.ts';
import { serverMachine } from '../../src/handshake/server/v12.ts';
import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { readClientHello, writeClientHello } from '../../src/wire/messages/client-hello.ts';
import { withExtension } from './hello-edits.ts';

type Handler = (state: unknown, message: unknown, port: HandshakePort) => unknown;

/**
 * Makes one role misbehave until `vi.restoreAllMocks()`: its steps get a port of which some methods are other
 * ones. What they send goes into its own transcript as sent, so that its Finished is right for what it did, and
 * only a check of the other side's can stop it.
 */
export function deviate(
  role: 'client' | 'server',
  change: (port: HandshakePort) => Partial<HandshakePort>,
): void {
  const changed = new WeakMap<HandshakePort, HandshakePort>();
  const wrap = (port: HandshakePort): HandshakePort => {
    const known = changed.get(port) ?? (Object.assign(Object.create(port), change(port)) as HandshakePort);
    changed.set(port, known);
    return known;
  };
  const machine = role === 'client' ? clientMachine : serverMachine;
  const start = machine.start as (port: HandshakePort) => unknown;
  vi.spyOn(machine, 'start').mockImplementation(((port: HandshakePort) => start(wrap(port))) as never);
  const states = machine.states as unknown as Record<string, Record<string, Handler>>;
  for (const handlers of Object.values(states)) {
    for (const [name, handler] of Object.entries(handlers)) {
      vi.spyOn(handlers, name).mockImplementation((state, message, port) =>
        handler(state, message, wrap(port)),
      );
    }
  }
}

/** A client that sends another value of an extension, or none, and means it. */
export function clientOffers(type: number, data: readonly number[] | undefined): void {
  deviate('client', ({ send }) => ({
    send: (message, body) => {
      const hello = message === HandshakeType.client_hello ? readClientHello(body) : undefined;
      if (hello === undefined) send(message, body);
      else
        send(
          message,
          writeClientHello({ ...hello, extensions: withExtension(hello.extensions, type, data) }),
        );
    },
  }));
}
