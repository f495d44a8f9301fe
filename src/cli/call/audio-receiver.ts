import { TELEPHONE_RATE } from '../audio/resample.ts';
import { Reception } from './reception.ts';
import type { Recording } from './recording.ts';
import { Reorder } from './reorder.ts';
import { type ReportBlock, readRtcp } from './rtcp.ts';
import { PayloadType, type RtpPacket, readRtp } from './rtp.ts';

export interface ReceiverStats {
  /** Of the audio stream, each once. */
  readonly packets: number;
  /** Of their payload. */
  readonly bytes: number;
  /** Sent, as sequence numbers and the peer's own reports show, and not arrived. */
  readonly lost: number;
  /** Arrived more than a second's worth of packets after their place; not in the recording. */
  readonly late: number;
  readonly duplicates: number;
  /** Authentic, but no audio of the stream that we follow: another SSRC, or neither PCMU nor PCMA. */
  readonly other: number;
  /** Authentic, and neither RTP nor RTCP. */
  readonly malformed: number;
  /** Compound packets. */
  readonly rtcpPackets: number;
}

/** The first stream of PCMU or PCMA that comes: in order, counted, and recorded if that is wanted. */
export class AudioReceiver {
  readonly recording: Recording | undefined;
  #reception: Reception | undefined;
  readonly #reorder: Reorder = new Reorder();
  #bytes = 0;
  #late = 0;
  #duplicates = 0;
  #other = 0;
  #malformed = 0;
  #rtcpPackets = 0;
  #left = false;

  constructor(recording?: Recording) {
    this.recording = recording;
  }

  /** Whether the peer has said BYE. */
  get left(): boolean {
    return this.#left;
  }

  get stats(): ReceiverStats {
    const packets = (this.#reception?.received ?? 0) - this.#duplicates;
    // What was lost at the end no sequence number shows, but a sender report does.
    const sent = Math.max(this.#reception?.expected ?? 0, this.#reception?.announced ?? 0);
    return {
      packets,
      bytes: this.#bytes,
      lost: Math.max(0, sent - packets),
      late: this.#late,
      duplicates: this.#duplicates,
      other: this.#other,
      malformed: this.#malformed,
      rtcpPackets: this.#rtcpPackets,
    };
  }

  /** Takes what was authenticated and decrypted. Gives the packet if it is new audio. */
  receive(bytes: Uint8Array, now: number): RtpPacket | undefined {
    const packet = readRtp(bytes);
    if (packet === undefined) {
      this.#malformed++;
      return undefined;
    }
    const reception = this.#follow(packet);
    if (reception === undefined) {
      this.#other++;
      return undefined;
    }
    const fate = this.#reorder.put(reception.receive(packet, now), packet);
    if (fate === 'duplicate') {
      this.#duplicates++;
      return undefined;
    }
    this.#bytes += packet.payload.length;
    if (fate === 'late') this.#late++;
    else this.#release(false);
    return packet;
  }

  receiveRtcp(bytes: Uint8Array, now: number): void {
    const summary = readRtcp(bytes);
    if (summary === undefined) {
      this.#malformed++;
      return;
    }
    this.#rtcpPackets++;
    if (summary.bye) this.#left = true;
    const { sender } = summary;
    if (sender !== undefined && sender.ssrc === this.#reception?.ssrc)
      this.#reception.reportedBySender(sender, now);
  }

  /** For the next report; undefined when nothing has come. */
  takeReportBlock(now: number): ReportBlock | undefined {
    return this.#reception?.takeReportBlock(now);
  }

  /** No more will come: what still waits for its turn goes into the recording. */
  finish(): void {
    this.#release(true);
  }

  #follow({ ssrc, payloadType }: RtpPacket): Reception | undefined {
    if (payloadType !== PayloadType.PCMU && payloadType !== PayloadType.PCMA) return undefined;
    this.#reception ??= new Reception(ssrc, TELEPHONE_RATE / 1000);
    return this.#reception.ssrc === ssrc ? this.#reception : undefined;
  }

  #release(all: boolean): void {
    const elapsed = this.#reception?.elapsed ?? 0;
    for (let packet = this.#reorder.take(all); packet !== undefined; packet = this.#reorder.take(all))
      this.recording?.append(packet, elapsed);
  }
}
