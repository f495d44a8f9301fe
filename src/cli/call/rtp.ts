import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';
import { payloadOffset } from '../../srtp/rtp.ts';

/** The payload types of RFC 3551 §6 that are spoken here. */
export const PayloadType = { PCMU: 0, PCMA: 8 } as const;

export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  /** In samples. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

/** An RTP packet without CSRC list, header extension and padding (RFC 3550 §5.1): 12 bytes and the payload. */
export function writeRtp(packet: RtpPacket): Uint8Array {
  return new Writer(12 + packet.payload.length)
    .u8(0x80)
    .u8((packet.marker ? 0x80 : 0) | packet.payloadType)
    .u16(packet.sequenceNumber)
    .u32(packet.timestamp)
    .u32(packet.ssrc)
    .bytes(packet.payload)
    .finish();
}

/** Undefined for what is no RTP packet. The payload is a view, without padding. */
export function readRtp(packet: Uint8Array): RtpPacket | undefined {
  const start = payloadOffset(packet, 0, packet.length);
  if (start < 0) return undefined;
  const reader = new Reader(packet);
  const first = reader.u8();
  const second = reader.u8();
  const rest = packet.subarray(start);
  const payload = (first & 0x20) === 0 ? rest : withoutPadding(rest);
  if (payload === undefined) return undefined;
  return {
    marker: second >= 0x80,
    payloadType: second & 0x7f,
    sequenceNumber: reader.u16(),
    timestamp: reader.u32(),
    ssrc: reader.u32(),
    payload,
  };
}

/** The last octet says how many there are, itself included. */
function withoutPadding(bytes: Uint8Array): Uint8Array | undefined {
  const count = bytes.at(-1) ?? 0;
  return count === 0 || count > bytes.length ? undefined : bytes.subarray(0, bytes.length - count);
}
