import { Reader } from '../../bytes/reader.ts';
import { ntpTime, type SenderInfo } from './rtcp.ts';
import { PayloadType, type RtpPacket, writeRtp } from './rtp.ts';

/** Samples of G.711 in a packet, and its bytes: 20 ms (RFC 3551 §4.5). */
export const SAMPLES_PER_PACKET = 160;
export const PACKET_MS = 20;

/** What PCMU has for silence. */
const PCMU_SILENCE = 0xff;

/** Cuts PCMU audio into payloads of 20 ms, the last one filled up with silence. */
export function packetize(pcmu: Uint8Array): Uint8Array[] {
  const length = Math.ceil(pcmu.length / SAMPLES_PER_PACKET);
  // Views of one piece of memory: each of their own would take several times what it holds.
  const whole = new Uint8Array(length * SAMPLES_PER_PACKET).fill(PCMU_SILENCE, pcmu.length);
  whole.set(pcmu);
  return Array.from({ length }, (_, i) =>
    whole.subarray(i * SAMPLES_PER_PACKET, (i + 1) * SAMPLES_PER_PACKET),
  );
}

/** A stream of PCMU: numbers and times its packets. */
export class AudioSender {
  readonly ssrc: number;
  #sequenceNumber: number;
  #timestamp: number;
  #packets = 0;
  #bytes = 0;
  #last: { readonly timestamp: number; readonly at: number } | undefined;

  /** SSRC, first sequence number and first timestamp are random (RFC 3550 §5.1). */
  constructor(randomBytes: (length: number) => Uint8Array) {
    const random = new Reader(randomBytes(10));
    this.ssrc = random.u32();
    this.#sequenceNumber = random.u16();
    this.#timestamp = random.u32();
  }

  get packets(): number {
    return this.#packets;
  }

  /** The next packet. `payload` has one byte for a sample. */
  next(payload: Uint8Array, now: number): { readonly packet: RtpPacket; readonly bytes: Uint8Array } {
    const packet: RtpPacket = {
      // The first of a talkspurt (RFC 3551 §4.1).
      marker: this.#packets === 0,
      payloadType: PayloadType.PCMU,
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp,
      ssrc: this.ssrc,
      payload,
    };
    this.#last = { timestamp: this.#timestamp, at: now };
    this.#sequenceNumber = (this.#sequenceNumber + 1) % 2 ** 16;
    this.#timestamp = (this.#timestamp + payload.length) % 2 ** 32;
    this.#packets++;
    this.#bytes += payload.length;
    return { packet, bytes: writeRtp(packet) };
  }

  /** What a sender report says now; undefined as long as nothing was sent. */
  info(now: number, wallClock: number): SenderInfo | undefined {
    if (this.#last === undefined) return undefined;
    const elapsed = Math.floor(((now - this.#last.at) * SAMPLES_PER_PACKET) / PACKET_MS);
    return {
      ntp: ntpTime(wallClock),
      rtpTimestamp: (this.#last.timestamp + elapsed) % 2 ** 32,
      packets: this.#packets,
      bytes: this.#bytes,
    };
  }
}
