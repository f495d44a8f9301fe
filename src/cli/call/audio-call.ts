import type { SrtpProfileName } from '../../registry/srtp-profiles.ts';
import { AudioReceiver, type ReceiverStats } from './audio-receiver.ts';
import { AudioSender } from './audio-sender.ts';
import { type Clock, systemClock } from './clock.ts';
import type { MediaPath, MediaProtection } from './media.ts';
import type { Recording } from './recording.ts';
import { writeRtcpReport } from './rtcp.ts';
import type { RtpPacket } from './rtp.ts';
import type { Schedule } from './schedule.ts';

export interface AudioCallOptions {
  readonly path: MediaPath;
  readonly protection: MediaProtection;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Where what comes is kept; default nowhere. */
  readonly recording?: Recording | undefined;
  readonly clock?: Clock;
  /** Told of each packet of audio, in the order in which they come. */
  readonly onPacket?: (packet: RtpPacket) => void;
}

/** A packet of ours on its way. */
export interface SentPacket {
  readonly packet: RtpPacket;
  /** Its bytes before protection, and after. */
  readonly rtp: Uint8Array;
  readonly srtp: Uint8Array;
}

export interface WireStats {
  readonly srtpPackets: number;
  /** In all, as they are on the wire. */
  readonly srtpBytes: number;
  readonly srtcpPackets: number;
  readonly srtcpBytes: number;
}

export interface CallStats {
  readonly sent: WireStats & {
    /** Packets that the socket did not take. */
    readonly unsent: number;
  };
  readonly received: ReceiverStats & WireStats & { readonly discards: Readonly<Record<string, number>> };
}

class WireCount implements WireStats {
  srtpPackets = 0;
  srtpBytes = 0;
  srtcpPackets = 0;
  srtcpBytes = 0;

  /** `packet` as it is on the wire. */
  add(kind: 'rtp' | 'rtcp', { length }: Uint8Array): void {
    if (kind === 'rtp') {
      this.srtpPackets++;
      this.srtpBytes += length;
    } else {
      this.srtcpPackets++;
      this.srtcpBytes += length;
    }
  }
}

/** Between two reports, on average; half of it before the first (RFC 3550 §6.2). */
const REPORT_INTERVAL_MS = 5000;

/**
 * Audio both ways between two ends that have SRTP keys. It begins with the keys and cannot send anything without
 * them. Reports go out as RFC 3550 §6.2 has it for two participants.
 */
export class AudioCall {
  readonly #path: MediaPath;
  readonly #protection: MediaProtection;
  readonly #clock: Clock;
  readonly #random: (length: number) => Uint8Array;
  readonly #onPacket: ((packet: RtpPacket) => void) | undefined;
  readonly #sender: AudioSender;
  readonly #receiver: AudioReceiver;
  readonly #cname: string;
  readonly #sent = new WireCount();
  #unsent = 0;
  readonly #received = new WireCount();
  /** How many packets we had sent at the last report and at the one before. */
  #sentAtReports: readonly [number, number] = [0, 0];
  #reported = false;
  #cancelReport: () => void = () => undefined;
  #cancelTurn: () => void = () => undefined;
  #endPlaying: () => void = () => undefined;
  /** Nothing is sent any more. */
  #left = false;
  /** Nor received. */
  #over = false;

  constructor({ path, protection, randomBytes, recording, clock = systemClock, onPacket }: AudioCallOptions) {
    this.#path = path;
    this.#protection = protection;
    this.#clock = clock;
    this.#random = randomBytes;
    this.#onPacket = onPacket;
    this.#sender = new AudioSender(randomBytes);
    this.#receiver = new AudioReceiver(recording);
    // Unique, and says nothing about the user or the machine (RFC 8827 §9.2).
    this.#cname = Buffer.from(randomBytes(12)).toString('base64');
    this.#scheduleReport(REPORT_INTERVAL_MS / 2);
  }

  get profile(): SrtpProfileName {
    return this.#protection.profile;
  }

  get stats(): CallStats {
    return {
      sent: { ...this.#sent, unsent: this.#unsent },
      received: { ...this.#receiver.stats, ...this.#received, discards: this.#protection.discards },
    };
  }

  /** Whether the peer has said BYE. */
  get peerLeft(): boolean {
    return this.#receiver.left;
  }

  /** Takes in every packet that waits. */
  take(): void {
    for (let packet = this.#receive(); packet !== undefined; packet = this.#receive()) {
      const opened = this.#protection.unprotect(packet);
      if (opened === undefined) continue;
      this.#received.add(opened.kind, packet);
      const now = this.#clock.now();
      if (opened.kind === 'rtcp') {
        this.#receiver.receiveRtcp(opened.packet, now);
        continue;
      }
      const audio = this.#receiver.receive(opened.packet, now);
      if (audio !== undefined) this.#onPacket?.(audio);
    }
  }

  /** Sends a payload at once. Undefined, and nothing sent, once it has left. */
  send(payload: Uint8Array): SentPacket | undefined {
    if (this.#left) return undefined;
    const { packet, bytes } = this.#sender.next(payload, this.#clock.now());
    const srtp = this.#protection.protectRtp(bytes);
    this.#transmit('rtp', srtp);
    // Between two the first report may go at once (RFC 3550 §6.2), and tells whose stream this is.
    if (this.#sender.packets === 1) this.#report(false);
    return { packet, rtp: bytes, srtp };
  }

  /** Sends payloads when they are due. Resolves with how many were sent: all, unless it has left before. */
  play(
    payloads: readonly Uint8Array[],
    schedule: Schedule,
    onSent?: (sent: SentPacket) => void,
  ): Promise<number> {
    let sent = 0;
    return new Promise((resolve, reject) => {
      this.#endPlaying = () => resolve(sent);
      const turn = (): void => {
        try {
          const due = Math.min(payloads.length, schedule.due(sent, this.#clock.now()));
          while (sent < due) {
            const packet = this.send(payloads[sent] ?? new Uint8Array(0));
            if (packet === undefined) break;
            onSent?.(packet);
            sent++;
          }
        } catch (error) {
          reject(error);
          return;
        }
        if (sent < payloads.length && !this.#left)
          this.#cancelTurn = this.#clock.at(schedule.next(sent), turn);
        else resolve(sent);
      };
      turn();
    });
  }

  /** Says BYE, and sends nothing from here on. What comes is still taken in. */
  leave(): void {
    if (this.#left) return;
    // Who has never sent anything does not say BYE (RFC 3550 §6.3.7).
    if (this.#reported) this.#report(true);
    this.#fallSilent();
  }

  /** Ends it without a word, once what waits was taken in. The keys are overwritten. */
  end(): void {
    if (this.#over) return;
    this.take();
    this.#fallSilent();
    this.#over = true;
    this.#receiver.finish();
    this.#protection.destroy();
  }

  #fallSilent(): void {
    this.#left = true;
    this.#cancelReport();
    this.#cancelTurn();
    this.#endPlaying();
  }

  #receive(): Uint8Array | undefined {
    return this.#over ? undefined : this.#path.receiveMedia();
  }

  #transmit(kind: 'rtp' | 'rtcp', packet: Uint8Array): void {
    if (this.#path.sendMedia(packet)) this.#sent.add(kind, packet);
    else this.#unsent++;
  }

  #report(bye: boolean): void {
    const now = this.#clock.now();
    const [last, before] = this.#sentAtReports;
    const { packets } = this.#sender;
    // A sender is who has sent since the report before the last (RFC 3550 §6.4); the last report has the last count.
    const isSender = bye || packets > before;
    const report = writeRtcpReport({
      ssrc: this.#sender.ssrc,
      cname: this.#cname,
      sender: isSender ? this.#sender.info(now, this.#clock.wallClock()) : undefined,
      block: this.#receiver.takeReportBlock(now),
      bye,
    });
    this.#sentAtReports = [packets, last];
    this.#reported = true;
    this.#transmit('rtcp', this.#protection.protectRtcp(report));
    this.#scheduleReport(REPORT_INTERVAL_MS);
  }

  /** Half to one and a half times the interval, so that two ends never fall into step (RFC 3550 §6.3.1). */
  #scheduleReport(interval: number): void {
    this.#cancelReport();
    const [random = 0] = this.#random(1);
    const time = this.#clock.now() + interval * (0.5 + random / 256);
    this.#cancelReport = this.#clock.at(time, () => {
      try {
        this.#report(false);
      } catch {
        // The keys are used up, which `send` tells to whoever calls it. Nothing more can go out.
        this.#fallSilent();
      }
    });
  }
}
