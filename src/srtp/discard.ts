/** Why a packet that arrived was discarded; each is counted in `stats.discards`. */
export type SrtpDiscardReason =
  /** No RTP or RTCP packet of version 2, cut short, or longer than UDP carries. */
  | 'malformed_packet'
  /** Of a master key that is not known here. */
  | 'unknown_mki'
  /** The tag is wrong: forged, damaged, of other keys or of another roll-over counter. */
  | 'bad_tag'
  /** Seen before. */
  | 'replayed'
  /** So far behind the newest that nobody can tell whether it was seen. */
  | 'too_old'
  /** The master key has served as many packets as it may. */
  | 'key_expired'
  /** SRTCP that is not encrypted, and was not allowed. */
  | 'not_encrypted'
  /** CSRCs or a header extension without Cryptex, where that is required. */
  | 'not_cryptex'
  /** Of an SSRC more than `maximumStreams`. */
  | 'too_many_streams'
  /** The receiver was destroyed. */
  | 'not_open';

/** A packet that was discarded, for whom it may concern. */
export interface SrtpDiscard {
  readonly reason: SrtpDiscardReason;
  readonly kind: 'srtp' | 'srtcp';
  /** As the packet has it, which anyone may have written; undefined when there is none to be read. */
  readonly ssrc: number | undefined;
}

/**
 * Counts what is discarded. It is told to the caller's function only when `tell` is called, for that function may do
 * anything, also with packets.
 */
export class Discards {
  readonly #onDiscard: ((discard: SrtpDiscard) => void) | undefined;
  readonly #counts: Partial<Record<SrtpDiscardReason, number>> = {};
  #untold: SrtpDiscard[] = [];

  constructor(onDiscard: ((discard: SrtpDiscard) => void) | undefined) {
    this.#onDiscard = onDiscard;
  }

  get counts(): Readonly<Partial<Record<SrtpDiscardReason, number>>> {
    return { ...this.#counts };
  }

  /** `ssrc` may have a sign. */
  add(reason: SrtpDiscardReason, kind: SrtpDiscard['kind'], ssrc: number | undefined): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    if (this.#onDiscard === undefined) return;
    this.#untold.push({ reason, kind, ssrc: ssrc === undefined ? undefined : ssrc >>> 0 });
  }

  tell(): void {
    if (this.#untold.length === 0) return;
    const untold = this.#untold;
    this.#untold = [];
    for (const discard of untold) {
      try {
        this.#onDiscard?.(discard);
      } catch (error) {
        // The packets that were not discarded must not be lost for it: it is thrown once they are handed out.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
