import { DtlsError } from '../../errors/dtls-error.ts';
import { HandshakeType, handshakeTypeName } from '../../registry/handshake-types.ts';
import type { HandshakeMessage } from '../../wire/handshake.ts';
import type { HandshakePort } from './port.ts';

/** A state of a handshake: a tagged union of what is known at each point. */
export interface NamedState {
  readonly name: string;
}

/** Waiting for the caller; messages wait as well. `resume` gets the answer, of the type that the question wants. */
export interface AwaitAnswer<State extends NamedState> {
  readonly name: 'awaitAnswer';
  readonly resume: (answer: unknown) => State;
}

type MessageName = keyof typeof HandshakeType;

type Handler<In extends NamedState, State extends NamedState> = (
  state: In,
  message: HandshakeMessage,
  port: HandshakePort,
) => State;

/** For each state the messages it expects, and what each of them does. The compiler misses no state. */
export type StateTable<State extends NamedState> = {
  readonly [Name in State['name']]: {
    readonly [Message in MessageName]?: Handler<Extract<State, { readonly name: Name }>, State>;
  };
};

/** One role's side of the protocol. */
export interface Machine<State extends NamedState> {
  start(port: HandshakePort): State;
  /** Whether a ClientHello may come again, from anyone and under any number, for nothing is settled yet. */
  isOpenToHellos(state: State): boolean;
  readonly states: StateTable<State>;
}

function messageName(type: number): MessageName | undefined {
  for (const name in HandshakeType) {
    if (HandshakeType[name as MessageName] === type) return name as MessageName;
  }
  return undefined;
}

/** Whether the state takes messages at all. */
export function takesMessages<State extends NamedState>(table: StateTable<State>, state: State): boolean {
  for (const _ in table[state.name as State['name']]) return true;
  return false;
}

/** Handles one message; whatever the state does not expect ends the handshake here, and only here. */
export function step<State extends NamedState>(
  table: StateTable<State>,
  state: State,
  message: HandshakeMessage,
  port: HandshakePort,
): State {
  const handlers = table[state.name as State['name']];
  const name = messageName(message.type);
  // The table pairs each state's name with handlers of that very state; the compiler cannot follow the lookup.
  const handler = (name && handlers[name]) as Handler<State, State> | undefined;
  if (handler === undefined) {
    const expected = Object.keys(handlers).join(' or ');
    throw new DtlsError(
      'ERR_DTLS_UNEXPECTED_MESSAGE',
      `The peer sent ${handshakeTypeName(message.type)} where ${expected} was expected (in state ${state.name}).`,
    );
  }
  return handler(state, message, port);
}
