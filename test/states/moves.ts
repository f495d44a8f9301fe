/** What a handshake message can be: RFC 5246 §7.4, RFC 6347 §4.3.2, RFC 5077 §3.3, RFC 6066 §8, and one of no RFC. */
export const MESSAGE_TYPES = {
  hello_request: 0,
  client_hello: 1,
  server_hello: 2,
  hello_verify_request: 3,
  new_session_ticket: 4,
  certificate: 11,
  server_key_exchange: 12,
  certificate_request: 13,
  server_hello_done: 14,
  certificate_verify: 15,
  client_key_exchange: 16,
  finished: 20,
  certificate_status: 22,
  unknown_message: 99,
} as const;
export type MessageName = keyof typeof MESSAGE_TYPES;

/** Records that are no handshake messages: RFC 5246 §6.2.1, and one of no RFC. The alert is one that ends nothing. */
export const RECORD_TYPES = {
  change_cipher_spec: 20,
  warning_alert: 21,
  application_data: 23,
  unknown_record: 99,
} as const;
export type RecordName = keyof typeof RECORD_TYPES;

/** Without protection, in epoch 0. */
type PlainMove = MessageName | RecordName;

/**
 * One thing that a peer may do next: one record in one datagram. A handshake message takes the next sequence
 * number, but for HelloRequest, which has 0 (RFC 6347 §4.2.2).
 */
export type Move =
  | PlainMove
  /** Under the keys of the handshake, in epoch 1. */
  | `protected ${PlainMove}`
  /** A HelloRequest with a sequence number as if it were one of this handshake's messages. */
  | 'numbered hello_request'
  /** A Certificate with nothing in it, as a client declines (RFC 5246 §7.4.6). */
  | 'empty certificate'
  /** The message before, once more and under the same number: a retransmission. */
  | 'again'
  /** A ClientHello of somebody else: another random, no cookie, number 0. */
  | "stranger's client_hello";

interface MoveParts {
  readonly epoch: 0 | 1;
  readonly message?: MessageName;
  readonly record?: RecordName;
}

const parts = new Map<Move, MoveParts>();
for (const message of Object.keys(MESSAGE_TYPES) as MessageName[]) {
  parts.set(message, { epoch: 0, message });
  parts.set(`protected ${message}`, { epoch: 1, message });
}
for (const record of Object.keys(RECORD_TYPES) as RecordName[]) {
  parts.set(record, { epoch: 0, record });
  parts.set(`protected ${record}`, { epoch: 1, record });
}
parts.set('numbered hello_request', { epoch: 0, message: 'hello_request' });
parts.set('empty certificate', { epoch: 0, message: 'certificate' });
parts.set('again', { epoch: 0 });
parts.set("stranger's client_hello", { epoch: 0, message: 'client_hello' });

/** What the move is made of. */
export function partsOf(move: Move): MoveParts {
  return parts.get(move) ?? { epoch: 0 };
}

/** Whether it is a handshake message that takes a sequence number. */
export function isNumbered(move: Move): boolean {
  if (move === 'numbered hello_request') return true;
  const { message } = partsOf(move);
  return message !== undefined && message !== 'hello_request' && move !== "stranger's client_hello";
}

/** Everything that a peer in this role may do next; only a client has others that say hello in its place. */
export function alphabetOf(role: 'client' | 'server'): readonly Move[] {
  return [...parts.keys()].filter((move) => role === 'client' || move !== "stranger's client_hello");
}
