import { copy } from '../../src/bytes/bytes.ts';
import type { Clock } from '../../src/cli/call/clock.ts';
import type { MediaPath, MediaProtection } from '../../src/cli/call/media.ts';
import type { RtpPacket } from '../../src/cli/call/rtp.ts';
import { isRtcp } from '../../src/srtp/index.ts';

/** A clock that stands still until it is moved. */
export class HeldClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ readonly time: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return 1_000_000_000_000 + this.#now;
  }

  at(time: number, callback: () => void): () => void {
    const alarm = { time, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** How many are to be called at some time. */
  get alarms(): number {
    return this.#alarms.size;
  }

  /** Goes on to `time`, calling whom it passes at their times. */
  runTo(time: number): void {
    for (;;) {
      const next = [...this.#alarms].filter((alarm) => alarm.time <= time).sort((a, b) => a.time - b.time)[0];
      if (next === undefined) break;
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.time);
      next.callback();
    }
    this.#now = time;
  }

  /** As when the process was held up: time has passed, and who was to be called is called late. */
  stallTo(time: number): void {
    this.#now = time;
    this.runTo(time);
  }
}

/** Bytes that can be told in advance: 0, 1, 2… */
export function countingBytes(start = 0): (length: number) => Uint8Array {
  let next = start;
  return (length) => Uint8Array.from({ length }, () => next++);
}

/** A way that ends in lists. */
export class ListedPath implements MediaPath {
  readonly sent: Uint8Array[] = [];
  readonly waiting: Uint8Array[] = [];
  open = true;

  sendMedia(packet: Uint8Array): boolean {
    if (this.open) this.sent.push(copy(packet));
    return this.open;
  }

  receiveMedia(): Uint8Array | undefined {
    return this.waiting.shift();
  }
}

/** No protection at all, for tests of what is above it: two bytes more, and a lost packet for each that lacks them. */
export function stubProtection(): MediaProtection & { readonly destroyed: () => boolean } {
  const discards = { bad_tag: 0 };
  let destroyed = false;
  const protect = (packet: Uint8Array): Uint8Array => {
    if (destroyed) throw new Error('destroyed');
    return Uint8Array.from([...packet, 0x5a, 0x5a]);
  };
  return {
    profile: 'SRTP_AES128_CM_SHA1_80',
    protectRtp: protect,
    protectRtcp: protect,
    unprotect: (packet) => {
      if (packet.at(-1) !== 0x5a) {
        discards.bad_tag++;
        return undefined;
      }
      return { kind: isRtcp(packet) ? 'rtcp' : 'rtp', packet: packet.subarray(0, -2) };
    },
    discards,
    destroy: () => {
      destroyed = true;
    },
    destroyed: () => destroyed,
  };
}

/** A packet of PCMU, of 160 samples if nothing else is said. */
export function audioPacket(packet: Partial<RtpPacket> & { readonly sequenceNumber: number }): RtpPacket {
  return {
    marker: false,
    payloadType: 0,
    timestamp: packet.sequenceNumber * 160,
    ssrc: 0x1234_5678,
    payload: new Uint8Array(160).fill(packet.sequenceNumber & 0xff),
    ...packet,
  };
}
