import {
  checkBytes,
  checkInteger,
  invalidType,
  invalidValue,
  lengthOf,
  outOfRange,
  refusedPacket,
} from '../errors/arguments.ts';

export function checkSsrc(ssrc: unknown): asserts ssrc is number {
  checkInteger('ssrc', ssrc, 0, 2 ** 32 - 1);
}

/** An argument that holds a packet, or the entry of a batch at `place`. */
export function nameOf(argument: string, place: number | undefined): string {
  return place === undefined ? argument : `${argument}[${place}]`;
}

/** Throws unless `out`, where it is given or `place` says that it is one of several, is bytes and long enough. */
export function checkOut(
  argument: string,
  out: unknown,
  needed: number,
  place?: number,
): asserts out is Uint8Array | undefined {
  if (out === undefined && place === undefined) return;
  if (out instanceof Uint8Array && out.length >= needed) return;
  const name = nameOf(argument, place);
  checkBytes(name, out);
  throw outOfRange(name, `of at least ${needed} bytes`, lengthOf(out));
}

export function checkBatch(packets: unknown, outs: unknown): void {
  if (!Array.isArray(packets)) throw invalidType('packets', 'an array of packets', packets);
  if (outs === undefined) return;
  if (!Array.isArray(outs)) throw invalidType('outs', 'an array of outputs', outs);
  if (outs.length !== packets.length)
    throw invalidValue('outs', `an array of ${packets.length}, one for each packet`, outs);
}

/** The master key's life is over. */
export function keyExpired(kind: 'SRTP' | 'SRTCP', packets: number): Error {
  return refusedPacket(
    'ERR_SRTP_KEY_EXPIRED',
    `The master key has come to the end of its life after ${packets} ${kind} packets (RFC 3711 §9.2, RFC 5764 §4.1.2): ` +
      'the call needs new keys.',
  );
}

/** There is no index left. `ssrc` may have a sign. */
export function indicesExhausted(kind: 'SRTP' | 'SRTCP', ssrc: number): Error {
  return refusedPacket(
    'ERR_SRTP_KEY_EXPIRED',
    `SSRC ${ssrc >>> 0} has used the last ${kind} index (RFC 3711 §9.2): the call needs new keys.`,
  );
}

/** A packet with this index went out before, or nobody can tell. `ssrc` may have a sign. */
export function indexUsed(ssrc: number, sequenceNumber: number): Error {
  return refusedPacket(
    'ERR_SRTP_INDEX_USED',
    `A packet of SSRC ${ssrc >>> 0} with sequence number ${sequenceNumber} was protected before, or is too old to tell; ` +
      'to send a packet again, send the same SRTP packet.',
  );
}
