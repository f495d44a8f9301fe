import { ReplayWindow } from '../bytes/replay-window.ts';

/** Roll-over counters run to here (RFC 3711 §3.3.1). */
export const MAX_ROLL_OVER_COUNTER: number = 2 ** 32 - 1;

/** The 48-bit index of a packet (RFC 3711 §3.3.1). */
export function packetIndex(rollOverCounter: number, sequenceNumber: number): number {
  return rollOverCounter * 2 ** 16 + sequenceNumber;
}

/** What is known of the packets of one SSRC: the roll-over counter, the highest sequence number, which were seen. */
export class RtpStream {
  readonly #windowSize: number;
  #window: ReplayWindow;
  #rollOverCounter = 0;
  #sequenceNumber = 0;
  /** A roll-over counter that the caller has set, for the next packet. */
  #set: number | undefined;

  constructor(windowSize: number) {
    this.#windowSize = windowSize;
    this.#window = new ReplayWindow(windowSize);
  }

  get rollOverCounter(): number {
    return this.#set ?? this.#rollOverCounter;
  }

  /** The next packet has this roll-over counter, whatever came before. */
  set rollOverCounter(value: number) {
    this.#set = value === this.#rollOverCounter && this.#window.highest >= 0 ? undefined : value;
  }

  /** The highest index so far, or -1. */
  get highest(): number {
    return this.#window.highest;
  }

  /**
   * The roll-over counter that brings the packet nearest to the highest so far (RFC 3711 §3.3.1, appendix A). Before the
   * first one there is nothing, and so a packet that would be of there is far ahead; libsrtp has it so too. 2^32 for a
   * packet behind the last.
   */
  estimate(sequenceNumber: number): number {
    if (this.#set !== undefined) return this.#set;
    if (this.#window.highest < 0) return 0;
    const ahead = sequenceNumber - this.#sequenceNumber;
    if (ahead > 0x8000) return Math.max(0, this.#rollOverCounter - 1);
    if (ahead < -0x8000) return this.#rollOverCounter + 1;
    return this.#rollOverCounter;
  }

  isFresh(index: number): boolean {
    return this.#window.isFresh(index) || this.#startsOver(index);
  }

  isTooOld(index: number): boolean {
    return this.#window.isTooOld(index);
  }

  /** Takes in a fresh packet; for a receiver, one that is authentic. */
  accept(rollOverCounter: number, sequenceNumber: number): void {
    const index = packetIndex(rollOverCounter, sequenceNumber);
    if (this.#startsOver(index)) this.#window = new ReplayWindow(this.#windowSize);
    this.#set = undefined;
    if (this.#window.accept(index)) {
      this.#rollOverCounter = rollOverCounter;
      this.#sequenceNumber = sequenceNumber;
    }
  }

  /** Whether the caller has set the roll-over counter back to before the window. */
  #startsOver(index: number): boolean {
    return this.#set !== undefined && this.#window.isTooOld(index);
  }
}
