/** RTP (RFC 3550 §5.1) and RTCP (§6) packets to protect, the same in every run. */

export interface RtpFields {
  readonly ssrc?: number;
  readonly sequenceNumber?: number;
  readonly csrcs?: readonly number[];
  /** `profile` is the first 16 bits of the header extension; `data` a multiple of 4 bytes. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  /** Bytes without the padding. Default 20. */
  readonly payload?: Uint8Array | number;
  /** Bytes of padding, the last of which counts them. */
  readonly padding?: number;
  readonly marker?: boolean;
}

export const SSRC = 0xcafebabe;

/** Bytes that look random, and differ from `seed` to `seed`. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

export function rtpPacket(fields: RtpFields = {}): Buffer {
  const { ssrc = SSRC, sequenceNumber = 1, csrcs = [], extension, padding = 0 } = fields;
  const given = fields.payload ?? 20;
  const payload = typeof given === 'number' ? noise(given, sequenceNumber + 1) : given;
  const header = Buffer.alloc(12 + 4 * csrcs.length);
  header[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs.length;
  header[1] = (fields.marker === true ? 0x80 : 0) | 0x60;
  header.writeUInt16BE(sequenceNumber, 2);
  header.writeUInt32BE((160 * sequenceNumber + 12345) >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  csrcs.forEach((csrc, i) => {
    header.writeUInt32BE(csrc, 12 + 4 * i);
  });
  const parts: Uint8Array[] = [header];
  if (extension !== undefined) {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt16BE(extension.profile, 0);
    prefix.writeUInt16BE(extension.data.length / 4, 2);
    parts.push(prefix, extension.data);
  }
  parts.push(payload);
  if (padding > 0) parts.push(Buffer.alloc(padding - 1), Buffer.of(padding));
  return Buffer.concat(parts);
}

/** A single RTCP packet: a sender report where `blocks` are report blocks of 24 bytes. */
export function senderReport(ssrc: number = SSRC, blocks = 0, seed = 1): Buffer {
  const body = noise(20 + 24 * blocks, seed);
  return rtcpPacket(200, blocks, Buffer.concat([uint32(ssrc), body]));
}

/** Receiver report without blocks: the shortest RTCP packet, 8 bytes. */
export function emptyReceiverReport(ssrc: number = SSRC): Buffer {
  return rtcpPacket(201, 0, uint32(ssrc));
}

/** SDES with a CNAME (RFC 3550 §6.5). */
export function sourceDescription(ssrc: number = SSRC, cname = 'someone@example.org'): Buffer {
  const text = Buffer.from(cname);
  const item = Buffer.concat([Buffer.of(1, text.length), text, Buffer.of(0)]);
  const chunk = Buffer.alloc(Math.ceil(item.length / 4) * 4);
  chunk.set(item);
  return rtcpPacket(202, 1, Buffer.concat([uint32(ssrc), chunk]));
}

/** APP (RFC 3550 §6.7) of a given number of bytes, a multiple of 4 from 12 up. */
export function applicationDefined(length: number, ssrc: number = SSRC): Buffer {
  return rtcpPacket(204, 0, Buffer.concat([uint32(ssrc), Buffer.from('test'), noise(length - 12, length)]));
}

/** BYE (RFC 3550 §6.6). */
export function goodbye(ssrc: number = SSRC): Buffer {
  return rtcpPacket(203, 1, uint32(ssrc));
}

function rtcpPacket(packetType: number, count: number, body: Uint8Array): Buffer {
  const header = Buffer.of(0x80 | count, packetType, 0, 0);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
