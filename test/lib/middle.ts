import { concat } from '../../src/bytes/bytes.ts';
import { ContentType } from '../../src/registry/content-types.ts';
import type { HandshakeType } from '../../src/registry/handshake-types.ts';
import { type HandshakeMessage, writeHandshakeMessage } from '../../src/wire/handshake.ts';
import type { Path } from './pair.ts';
import { fragmentsOf, plaintextRecord, recordsOf, writeRecord } from './records.ts';

/** So large that every flight is one datagram of whole messages: what `arrange` and `tamper` can read. */
export const WHOLE_FLIGHTS = { mtu: 16_000 } as const;

/**
 * A man in the middle who changes the unprotected messages of one side, flight by flight. Messages are numbered
 * anew, so that the receiver takes them as they stand; what is protected passes as it is, behind them.
 */
export function arrange(
  from: 'client' | 'server',
  edit: (messages: readonly HandshakeMessage[]) => readonly HandshakeMessage[],
): Path {
  return (datagram, sender) => {
    if (sender !== from) return [datagram];
    const records = recordsOf(datagram);
    const messages = records.flatMap(fragmentsOf).map(({ type, messageSeq, length, fragment }) => {
      if (fragment.length !== length) throw new Error('in fragments: the MTU is too small for this test');
      return { type, messageSeq, body: fragment };
    });
    const [first] = messages;
    if (first === undefined) return [datagram];
    const edited = edit(messages).map((message, i) =>
      plaintextRecord(
        ContentType.handshake,
        writeHandshakeMessage({ ...message, messageSeq: first.messageSeq + i }),
      ),
    );
    const rest = records.filter(({ type, epoch }) => type !== ContentType.handshake || epoch > 0);
    return [concat(...edited, ...rest.map(writeRecord))];
  };
}

/** Changes the body of each message of one type. */
export function tamper(
  from: 'client' | 'server',
  type: HandshakeType,
  edit: (body: Uint8Array) => Uint8Array,
): Path {
  return arrange(from, (messages) =>
    messages.map((message) => (message.type === type ? { ...message, body: edit(message.body) } : message)),
  );
}

/** A copy with the byte at `at` (from the end when negative) changed. */
export function flip(bytes: Uint8Array, at = -1): Uint8Array {
  const copy = new Uint8Array(bytes);
  const index = at < 0 ? bytes.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
