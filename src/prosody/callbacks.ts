import { dumpPacket } from './dump.ts';
import { reportDebug, reportError, reportException } from './log.ts';

/**
 * Sends one UDP datagram: the `len` bytes of `data`, to the peer that `ctx` stands for. Gives `len`; any other
 * length counts as a lost datagram, which the handshake repeats in time; below 0 is an error. `data` is the
 * callback's to keep.
 */
export type dtlslib_send_data_cb<Context = unknown> = (ctx: Context, data: Uint8Array, len: number) => number;

/**
 * Copies the next waiting UDP datagram, at most `max_len` bytes, into `data` and gives the number of bytes
 * copied; 0 when none waits; below 0 for an error. `data` is lent until the callback returns.
 */
export type dtlslib_read_data_cb<Context = unknown> = (
  ctx: Context,
  data: Uint8Array,
  max_len: number,
) => number;

/** The two callbacks of one session, each bound to its context. */
export interface Callbacks {
  readonly send: (data: Uint8Array, len: number) => unknown;
  readonly read: (data: Uint8Array, max_len: number) => unknown;
}

/** What a packet met: `lost` is no error, the handshake repeats it. */
export type SendResult = 'sent' | 'lost' | 'error';

/** The largest payload that UDP carries, in bytes. */
const MAX_DATAGRAM_LENGTH = 65_535;

/** Buffers to read into. One serves all sessions; a second is needed only when a callback runs another session. */
const spare: Uint8Array[] = [];

export function takeBuffer(): Uint8Array {
  return spare.pop() ?? new Uint8Array(MAX_DATAGRAM_LENGTH);
}

export function returnBuffer(buffer: Uint8Array): void {
  if (spare.length < 2) spare.push(buffer);
}

export function sendPacket(callbacks: Callbacks, packet: Uint8Array): SendResult {
  dumpPacket('write', packet);
  let sent: unknown;
  try {
    sent = callbacks.send(packet, packet.length);
  } catch (error) {
    reportException('the send callback threw', error);
    return 'error';
  }
  if (sent === packet.length) return 'sent';
  if (typeof sent === 'number' && sent >= 0) {
    reportDebug(`the send callback took ${sent} of ${packet.length} bytes; the packet counts as lost`);
    return 'lost';
  }
  reportError(`the send callback gave ${String(sent)}`);
  return 'error';
}

/** The packet read, in `buffer`; undefined when none waits. */
export function readPacket(callbacks: Callbacks, buffer: Uint8Array): Uint8Array | undefined | 'error' {
  let length: unknown;
  try {
    length = callbacks.read(buffer, buffer.length);
  } catch (error) {
    reportException('the read callback threw', error);
    return 'error';
  }
  if (length === 0) return undefined;
  if (typeof length === 'number' && Number.isInteger(length) && length > 0 && length <= buffer.length) {
    const packet = buffer.subarray(0, length);
    dumpPacket('read', packet);
    return packet;
  }
  reportError(`the read callback gave ${String(length)}`);
  return 'error';
}
