import { middleOf, type ReportBlock, type SenderInfo } from './rtcp.ts';
import type { RtpPacket } from './rtp.ts';

/** What is known of one stream that comes in, as reports want it (RFC 3550 §A.1, §A.3, §A.8). */
export class Reception {
  readonly ssrc: number;
  /** Samples in a millisecond. */
  readonly #rate: number;
  #lowest = 0;
  #highest: number | undefined;
  #received = 0;
  #firstArrival: number | undefined;
  #lastArrival = 0;
  #transit: number | undefined;
  #jitter = 0;
  #atLastReport = { expected: 0, received: 0 };
  #senderReport: { readonly info: SenderInfo; readonly arrived: number } | undefined;

  constructor(ssrc: number, rate: number) {
    this.ssrc = ssrc;
    this.#rate = rate;
  }

  /** All that came, late ones and duplicates too. */
  get received(): number {
    return this.#received;
  }

  /** From the first to the last that came, those missing between them too. */
  get expected(): number {
    return this.#highest === undefined ? 0 : this.#highest - this.#lowest + 1;
  }

  /** Milliseconds from the first arrival to the last. */
  get elapsed(): number {
    return this.#lastArrival - (this.#firstArrival ?? this.#lastArrival);
  }

  /** How many the sender says it has sent; 0 until it says so. */
  get announced(): number {
    return this.#senderReport?.info.packets ?? 0;
  }

  /** Counts a packet. Gives its sequence number, extended by the times that it has gone round. */
  receive({ sequenceNumber, timestamp }: RtpPacket, now: number): number {
    this.#received++;
    this.#firstArrival ??= now;
    this.#lastArrival = now;
    this.#measureJitter(timestamp, now);
    const highest = this.#highest ?? sequenceNumber;
    // The number nearest to the highest: what is 2^15 behind is as far ahead.
    const step = (((sequenceNumber - highest) & 0xffff) ^ 0x8000) - 0x8000;
    const sequence = highest + step;
    this.#lowest = this.#highest === undefined ? sequence : Math.min(this.#lowest, sequence);
    this.#highest = Math.max(highest, sequence);
    return sequence;
  }

  reportedBySender(info: SenderInfo, now: number): void {
    this.#senderReport = { info, arrived: now };
  }

  /** What the next report says. Asking for it begins the interval of the one after. */
  takeReportBlock(now: number): ReportBlock {
    const { expected, received } = this;
    const expectedSince = expected - this.#atLastReport.expected;
    const lostSince = expectedSince - (received - this.#atLastReport.received);
    this.#atLastReport = { expected, received };
    const report = this.#senderReport;
    return {
      ssrc: this.ssrc,
      fractionLost:
        expectedSince <= 0 || lostSince <= 0
          ? 0
          : Math.min(255, Math.floor((lostSince * 256) / expectedSince)),
      lost: expected - received,
      highestSequence: (this.#highest ?? 0) >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: report === undefined ? 0 : middleOf(report.info.ntp),
      sinceSenderReport: report === undefined ? 0 : Math.floor((now - report.arrived) * 65.536),
    };
  }

  #measureJitter(timestamp: number, now: number): void {
    const transit = now * this.#rate - timestamp;
    // A timestamp goes round at 2^32: the nearer way counts.
    const difference = this.#transit === undefined ? 0 : Math.abs(transit - this.#transit) % 2 ** 32;
    this.#transit = transit;
    this.#jitter += (Math.min(difference, 2 ** 32 - difference) - this.#jitter) / 16;
  }
}
