import { sameBytes } from '../../../src/bytes/bytes.ts';
import { clientMachine } from '../../../src/handshake/client/v12.ts';
import type { HandshakePort } from '../../../src/handshake/core/port.ts';
import { serverMachine } from '../../../src/handshake/server/v12.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import type { Edit } from './edit.ts';
import { MESSAGES, nothing } from './grammars.ts';
import { mutate } from './mutate.ts';
import { noise } from './random.ts';
import type { Side } from './setups.ts';

/*
 * A peer that does wrong and means it: what it sends goes into its own transcript as sent, so that its Finished is right
 * for what it did, and only a check of the other side's can stop it.
 */

type Send = HandshakePort['send'];
type Handler = (state: unknown, message: unknown, port: HandshakePort) => unknown;

interface Misbehaving {
  readonly side: Side;
  readonly edits: readonly Edit[];
  sent: number;
  /** Of something that proves who it is, another has been sent. */
  lied: boolean;
}

/** Who misbehaves at present, and how. */
let misbehaving: Misbehaving | undefined;
let installed = false;

/** Nothing in these can be another and still be right: a signature with what it is over, and a digest. */
const PROOFS: readonly number[] = [
  HandshakeType.server_key_exchange,
  HandshakeType.certificate_verify,
  HandshakeType.finished,
];

const TYPES: readonly HandshakeType[] = Object.values(HandshakeType);

/** Edits of whole messages; all others are of bytes, by the message's syntax. */
export const MESSAGE_OPERATIONS: readonly string[] = ['drop', 'double', 'retype', 'invent'];

/** `right`: the body that would be right, if there is one of this type. */
function sendEdited(
  send: Send,
  type: HandshakeType,
  body: Uint8Array,
  edits: readonly Edit[],
  right: Uint8Array | 'none' = body,
): void {
  const [edit, ...rest] = edits;
  if (edit === undefined) {
    if (misbehaving !== undefined && PROOFS.includes(type) && right !== 'none' && !sameBytes(right, body))
      misbehaving.lied = true;
    send(type, body);
    return;
  }
  const { operation, numbers } = edit;
  const [a = 0, b = 0] = numbers;
  const other = TYPES[a % TYPES.length] ?? type;
  switch (operation) {
    case 'drop':
      return;
    case 'double':
      // What is right comes second: nothing that proves who it is has been shown before.
      sendEdited(send, type, body, rest, right);
      send(type, body);
      return;
    case 'retype':
      sendEdited(send, other, body, rest, other === type ? right : 'none');
      return;
    case 'invent':
      send(other, noise(b % 80, a));
      sendEdited(send, type, body, rest, right);
      return;
    default:
      sendEdited(send, type, mutate(body, MESSAGES[type] ?? nothing, operation, numbers), rest, right);
  }
}

function wrapped(port: HandshakePort, side: Side): HandshakePort {
  const current = misbehaving;
  if (current?.side !== side) return port;
  const send: Send = (type, body) => {
    const edits = current.edits.filter(({ at }) => at === current.sent);
    current.sent++;
    sendEdited((...message) => port.send(...message), type, body, edits);
  };
  return Object.assign(Object.create(port) as HandshakePort, { send });
}

/** The machines are changed once, and do as they did before unless somebody misbehaves. */
function install(): void {
  if (installed) return;
  installed = true;
  for (const [side, machine] of [
    ['client', clientMachine],
    ['server', serverMachine],
  ] as const) {
    const start = machine.start as (port: HandshakePort) => never;
    machine.start = (port: HandshakePort) => start(wrapped(port, side));
    const states = machine.states as unknown as Readonly<Record<string, Record<string, Handler>>>;
    for (const handlers of Object.values(states)) {
      for (const [name, handler] of Object.entries(handlers))
        handlers[name] = (state, message, port) => handler(state, message, wrapped(port, side));
    }
  }
}

/** Whether whoever misbehaves has shown a proof that is none. */
export function hasLied(): boolean {
  return misbehaving?.lied === true;
}

/** Runs with one side misbehaving: an edit's `at` counts the messages that it sends. */
export function misbehave<T>(side: Side, edits: readonly Edit[], run: () => T): T {
  install();
  misbehaving = { side, edits, sent: 0, lied: false };
  try {
    return run();
  } finally {
    misbehaving = undefined;
  }
}
