import type { DiscardReason } from '../registry/discard-reasons.ts';

/** Counts of one connection since it was made; the object is a copy, and stays as it is. */
export interface DtlsStats {
  /** Datagrams handed out, retransmissions among them. */
  readonly datagramsSent: number;
  /** Datagrams given to `receive`, dropped ones among them. */
  readonly datagramsReceived: number;
  /** Bytes of those datagrams, without the headers of UDP and IP. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Application messages sent. */
  readonly messagesSent: number;
  /** Application messages handed out as outputs. */
  readonly messagesReceived: number;
  /** Flights sent again, by timer or because the peer repeated its own. */
  readonly retransmissions: number;
  /** Retransmission timeouts. */
  readonly timeouts: number;
  /** What was dropped without a word, by reason; a reason that has not come up has no entry. */
  readonly discards: Readonly<Partial<Record<DiscardReason, number>>>;
}

export class ConnectionStats {
  #datagramsSent = 0;
  #datagramsReceived = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #messagesSent = 0;
  #messagesReceived = 0;
  #timeouts = 0;
  readonly #discards: Partial<Record<DiscardReason, number>> = {};

  sent(bytes: number): void {
    this.#datagramsSent++;
    this.#bytesSent += bytes;
  }

  received(bytes: number): void {
    this.#datagramsReceived++;
    this.#bytesReceived += bytes;
  }

  sentMessage(): void {
    this.#messagesSent++;
  }

  receivedMessage(): void {
    this.#messagesReceived++;
  }

  timedOut(): void {
    this.#timeouts++;
  }

  discarded(reason: DiscardReason): void {
    this.#discards[reason] = (this.#discards[reason] ?? 0) + 1;
  }

  snapshot(retransmissions: number): DtlsStats {
    return {
      datagramsSent: this.#datagramsSent,
      datagramsReceived: this.#datagramsReceived,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      messagesSent: this.#messagesSent,
      messagesReceived: this.#messagesReceived,
      retransmissions,
      timeouts: this.#timeouts,
      discards: { ...this.#discards },
    };
  }
}
